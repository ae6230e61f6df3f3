"""The states of a project's tabs."""
