"""The states of time."""
