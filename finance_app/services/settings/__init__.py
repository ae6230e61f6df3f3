"""What the portal is set to: company, taxes, items, logo."""
