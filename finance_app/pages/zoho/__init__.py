"""The marketplace and the pages of the connection to Zoho."""
