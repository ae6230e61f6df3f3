"""Time logs, their week, their list and their approval."""
