"""Currencies, taxes, clients, items and people."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from finance_app.models import Client, Contact, Item, Tax, User
from finance_app.services.zoho.sync.look import Look, currency_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import (
    CONTACTS,
    CURRENCIES,
    ITEMS,
    USERS,
    Gone,
    Nothing,
    Plan,
    Unfit,
    Wanted,
)

CLONE = " (Marge)"
"""Behind the name of a contact that is made beside one of the same name."""


def currency(_look: Look, key: int) -> Plan:
    code = currency_of(key)
    return Wanted(
        CURRENCIES,
        {"currency_code": code},
        code,
        lambda found: found.get("currency_code") == code,
        fixed=True,
    )


def tax(look: Look, id: int) -> Plan:
    """A row of our taxes; the link is kept under its name and rate, for documents that hold a copy."""
    row = look.session.get(Tax, id)
    if row is None or row.archived_at or row.rate < 0:
        return Nothing()
    look.tax(row.name, row.rate, compound=row.compound)
    return Nothing()


def contact_body(client: Client, people: Sequence[Contact], currency_id: str, name: str) -> dict[str, Any]:
    """A client as a contact of Zoho, with the people that we know."""
    return {
        "contact_name": name,
        "company_name": client.legal_name or client.name,
        "contact_type": "customer",
        "currency_id": currency_id,
        "language_code": client.locale[:2],
        "website": client.website,
        "notes": client.notes,
        **_terms(client.payment_terms),
        "billing_address": {
            "address": client.address,
            "city": client.city,
            "state": client.region,
            "zip": client.postcode,
            "country": client.country,
            "phone": client.phone,
        },
        "contact_persons": [
            {
                **_names(person.name),
                "email": person.email,
                "phone": person.phone,
                "designation": person.job_title,
                "is_primary_contact": person.is_primary,
            }
            for person in people
        ],
    }


def _terms(code: str | None) -> dict[str, Any]:
    if not code:
        return {}
    kind, _, days = code.partition(":")
    if kind == "net" and days.isdigit():
        return {"payment_terms": int(days), "payment_terms_label": f"Net {days}"}
    return {}


def _names(name: str) -> dict[str, str]:
    first, _, last = name.strip().rpartition(" ")
    return {"first_name": first or last, "last_name": last if first else ""}


def contact(look: Look, id: int) -> Plan:
    client = look.session.get(Client, id)
    if client is None:
        return Gone(CONTACTS)
    if not client.currency:
        raise Unfit("no_currency", name=client.name)
    name, reference = look.name_for(Module.CONTACT, id, client.name.strip())
    known = look.link(Module.CONTACT, id)
    if look.sync.clone_contacts and known and known.reference.endswith(CLONE):
        name = reference = f"{name}{CLONE}"
    people = look.session.exec(
        select(Contact)
        .where(Contact.client_id == id, col(Contact.archived_at).is_(None))
        .order_by(col(Contact.is_primary).desc(), col(Contact.id))
    ).all()
    return Wanted(
        CONTACTS,
        contact_body(client, people, look.currency(client.currency), name),
        reference,
        lambda found: found.get("contact_name") == name,
        {"contact_name": name},
        adopts=not look.sync.clone_contacts,
        states=("inactive",) if client.archived_at else ("active",),
        reached={"inactive": ("inactive",), "active": ("active",)},
    )


def item(look: Look, id: int) -> Plan:
    row = look.session.get(Item, id)
    if row is None:
        return Gone(ITEMS)
    name, reference = look.name_for(Module.ITEM, id, row.name.strip())
    return Wanted(
        ITEMS,
        {
            "name": name,
            "description": row.description,
            "rate": row.unit_price,
            "unit": row.unit,
            "product_type": "service",
            **_tax_of(look, row),
        },
        reference,
        lambda found: found.get("name") == name,
        {"name": name},
        states=("inactive",) if row.archived_at else ("active",),
        reached={"inactive": ("inactive",), "active": ("active",)},
    )


def _tax_of(look: Look, row: Item) -> dict[str, Any]:
    found = look.session.get(Tax, row.tax_id) if row.tax_id else None
    if found is None or found.rate < 0:
        return {}
    return {"tax_id": look.tax(found.name, found.rate, compound=found.compound)}


def user(look: Look, id: int) -> Plan:
    """A person, found by e-mail address. One that Zoho does not know is added as inactive staff."""
    row = look.session.get(User, id)
    if row is None:
        return Nothing()
    if not row.email:
        raise Unfit("no_email", name=row.name)
    email = row.email.lower()
    return Wanted(
        USERS,
        {"name": row.name, "email": email},
        email,
        lambda found: str(found.get("email", "")).lower() == email,
        fixed=True,
    )


__all__ = ["contact", "contact_body", "currency", "item", "tax", "user"]
