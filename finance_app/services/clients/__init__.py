"""Clients with their contacts, terms, credit and work."""
