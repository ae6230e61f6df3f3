"""The reports, and the widget of profitability."""
