"""The states of estimates and sales orders."""
