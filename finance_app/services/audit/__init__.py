"""Who did what: the trail, the chain that seals it, and its list."""
