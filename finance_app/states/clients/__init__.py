"""The states of clients' pages."""
