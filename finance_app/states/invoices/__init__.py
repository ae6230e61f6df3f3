"""The states of invoices."""
