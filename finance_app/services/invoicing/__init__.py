"""From what can be billed to an invoice: scope, draft, totals, number, issue, void, list.

`scope` says what is chosen, `charges` what a kind of charge is, `charging` knows them all, `preview` and
`drafts` make lines of them. Every function takes the session and the actor first, checks the right, flushes,
and leaves the commit to the caller.
"""
