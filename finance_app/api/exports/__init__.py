"""Lists and reports as files."""
