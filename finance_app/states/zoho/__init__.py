"""The connection to Zoho on the screen."""
