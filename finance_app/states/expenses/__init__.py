"""The states of expenses."""
