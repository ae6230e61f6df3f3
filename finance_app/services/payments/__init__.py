"""Payments received, what they settle, and their list."""
