"""What the states of all documents share."""
