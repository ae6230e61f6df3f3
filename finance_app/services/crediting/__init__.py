"""Credit notes, from an invoice or a part of it."""
