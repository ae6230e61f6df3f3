"""The states of credit notes."""
