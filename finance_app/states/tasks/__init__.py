"""The states of tasks and issues."""
