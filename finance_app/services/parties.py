"""Issuer and client as a document keeps them: frozen when it is issued, read anew for a draft."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.documents.legal import in_language
from finance_app.models import Client, Contact, Portal

_COMPANY = (
    *("name", "legal_name", "address", "postcode", "city", "country", "email", "phone", "website"),
    *("tax_number", "registration", "legal_mentions", "bank_name", "iban", "bic", "accent_color", "logo_id"),
)
_CUSTOMER = (
    *("name", "legal_name", "address", "postcode", "city", "region", "country"),
    *("tax_number", "registration"),
)


def company_snapshot(portal: Portal, locale: str) -> dict[str, Any]:
    """What a document in a language freezes of the issuer (`DocumentColumns.company`): JSON values by name of
    the field. Standing mentions of the law are in that language; those of the firm's own stay as typed."""
    mentions = (in_language(line, locale) for line in portal.legal_mentions.splitlines())
    found = {name: getattr(portal, name) for name in _COMPANY}
    return {**found, "legal_mentions": "\n".join(mentions)}


def customer_snapshot(client: Client, contact: Contact | None = None) -> dict[str, Any]:
    """What a document freezes of the client (`DocumentColumns.customer`), with the person it goes to."""
    found = {name: getattr(client, name) for name in _CUSTOMER}
    return {**found, "contact": contact.name if contact else "", "email": contact.email if contact else ""}


def main_contact(session: Session, client_id: int) -> Contact | None:
    """The person of a client that documents are addressed to."""
    return (
        session.execute(
            select(Contact)
            .where(col(Contact.client_id) == client_id, col(Contact.archived_at).is_(None))
            .order_by(col(Contact.is_primary).desc(), col(Contact.id))
            .limit(1)
        )
        .scalars()
        .first()
    )
