"""People, their rates from a date on, and their work."""
