"""Zoho Books v3 and Zoho Invoice v3: the same records under two addresses."""
