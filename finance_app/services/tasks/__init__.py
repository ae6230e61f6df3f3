"""Tasks and issues: their directory, lists, progress and moves."""
