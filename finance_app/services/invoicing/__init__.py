"""From tracked time to an invoice: scope, draft, totals, number, issue, void, list.

Every function takes the session and the actor first, checks the right, flushes, and leaves the commit to the
caller.
"""
