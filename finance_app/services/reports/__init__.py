"""What is owed, what waits to be billed, tax, cash, hourly rates and what is to come: one report a file."""
