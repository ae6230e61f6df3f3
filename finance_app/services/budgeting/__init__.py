"""Budgets in use: what was planned, what is spent, what will be, for projects and their parts.

Spent time comes from `time_total`, which triggers keep true, so that no figure reads the logs one by one.
"""
