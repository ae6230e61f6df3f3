"""The states of the reports, and of the widget of profitability."""
