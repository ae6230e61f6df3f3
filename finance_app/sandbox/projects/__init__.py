"""Zoho Projects: the V3 protocol, and the older one of `/restapi`, over the same records."""
