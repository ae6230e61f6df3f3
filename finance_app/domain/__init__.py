"""The rules of the house, in the standard library alone: no clock, no database, no framework."""
