"""The states of payments."""
