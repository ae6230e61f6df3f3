"""The pages of estimates and sales orders."""
