"""A server that speaks the REST protocols of Zoho Books, Invoice, Projects and Accounts from the published
facts: for demos without an account, and for tests against something that is not our own client.

It imports nothing of Marge. Its state is one SQLite file, or memory. A fresh one has one portal and one
organisation, both with the id `10`, takes any client id and secret, and knows the refresh token `sandbox`.

    /oauth/v2/...   authorise, token, revoke
    /books/v3/...   Zoho Books       /invoice/v3/...  Zoho Invoice
    /api/v3/...     Zoho Projects    /restapi/...     Zoho Projects, the older protocol
    /sandbox/...    what a test asks of the sandbox itself: faults, limits, counts, a fresh start
"""

from finance_app.sandbox.server import Sandbox

__all__ = ["Sandbox"]
