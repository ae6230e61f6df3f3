"""Expenses: entered with their receipts, approved, paid back, and charged to the client.

Every function takes the session and the actor first, checks the right, flushes, and leaves the commit to the
caller. Whoever lacks `expenses_view_all` has their own expenses only; another person's do not exist for them.
"""
