"""The settings of the portal and one's own."""
