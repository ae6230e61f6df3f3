"""Zoho's REST API as a client sees it: data centres, sign-in, pacing, typed records, errors.

It knows nothing of our tables. A `Caller` sends one request at a time as often as it takes; `Books` and
`Projects` say what can be asked, in `records`."""

from finance_app.integrations.zoho.books import Books
from finance_app.integrations.zoho.caller import Caller
from finance_app.integrations.zoho.centres import CENTRES, Centre, Product
from finance_app.integrations.zoho.errors import Cause, ZohoError
from finance_app.integrations.zoho.oauth import Credentials, Grant
from finance_app.integrations.zoho.projects import Projects

__all__ = [
    "CENTRES",
    "Books",
    "Caller",
    "Cause",
    "Centre",
    "Credentials",
    "Grant",
    "Product",
    "Projects",
    "ZohoError",
]
