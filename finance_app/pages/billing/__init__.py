"""The wizard that bills: what, in which lines, then the draft's details and its review."""
