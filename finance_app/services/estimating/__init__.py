"""From an offer to its invoices: draft, link, decision, sales order, parts.

Every function takes the session and the actor first, checks the right, flushes, and leaves the commit to the
caller. Where the client decides on the link there is no actor: the link is the right.
"""
