"""Zoho: the connection, its wizard, and what keeps both sides alike."""
