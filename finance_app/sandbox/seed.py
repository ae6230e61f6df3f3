"""What a fresh sandbox holds: one portal and one organisation, both with the id 10."""

from finance_app.sandbox.books.settings import EVERYBODY, new_organization
from finance_app.sandbox.protocol import Call
from finance_app.sandbox.store import Record, Store

ID = 10


def fresh(store: Store) -> None:
    """Fill an empty store."""
    if store.get(EVERYBODY, "organization", ID) is not None:
        return
    call = Call(store, "POST", "/organizations", "books", {})
    organization: Record = {"name": "Sandbox", "currency_code": "EUR", "time_zone": "Europe/Paris"}
    new_organization(call, organization, ID)
    portal = {
        "id": str(ID),
        "id_string": str(ID),
        "name": "sandbox",
        "portal_name": "sandbox",
        "is_default": True,
        "plan": "Enterprise",
        "role": "owner",
        "currency_code": "EUR",
        "gmt_time_zone": "Europe/Paris",
        "settings": {"company_name": "Sandbox", "time_zone": "Europe/Paris", "date_format": "yyyy-MM-dd"},
    }
    store.put(EVERYBODY, "portal", ID, portal)
