"""The states of people."""
