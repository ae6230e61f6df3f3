"""Issuer and client as a document shows them: plain fields as address lines, ids, bank, mentions."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from finance_app.documents.data import BankDetails, Company, TaxId
from finance_app.documents.data import Client as DocumentClient
from finance_app.documents.legal import french_mentions
from finance_app.i18n import t
from finance_app.i18n.formats import country_name
from finance_app.models import Client, Portal, StoredFile
from finance_app.models.document import DocumentColumns
from finance_app.services import files
from finance_app.services.parties import company_snapshot, customer_snapshot, main_contact

_CITY_FIRST = frozenset({"US", "CA", "AU", "GB", "IE", "NZ", "IN"})


def parties_of(session: Session, row: DocumentColumns) -> tuple[dict[str, Any], dict[str, Any]]:
    """Issuer and client of a document: as frozen, or for a draft as they are today."""
    company, customer = row.company, row.customer
    if not company:
        portal = session.execute(select(Portal).limit(1)).scalars().first()
        company = company_snapshot(portal, row.locale) if portal else {}
    if not customer:
        customer = customer_snapshot(
            session.get_one(Client, row.client_id), main_contact(session, row.client_id)
        )
    return company, customer


def company(session: Session, frozen: Mapping[str, Any], locale: str) -> Company:
    name, legal_name = frozen.get("name", ""), frozen.get("legal_name", "")
    identity = ", ".join(part for part in (legal_name or name, frozen.get("registration", "")) if part)
    bank = None
    if frozen.get("iban") or frozen.get("bank_name"):
        bank = BankDetails(
            holder=legal_name or name,
            iban=frozen.get("iban", ""),
            bic=frozen.get("bic", ""),
            bank=frozen.get("bank_name", ""),
        )
    return Company(
        name=name or legal_name,
        address=address_lines(frozen, locale),
        tax_ids=tax_ids_of(frozen, locale),
        logo=logo_content(session, frozen.get("logo_id")),
        bank=bank,
        email=frozen.get("email", ""),
        phone=frozen.get("phone", ""),
        website=frozen.get("website", ""),
        legal=(identity,) if identity != name else (),
        accent=frozen.get("accent_color") or Company.accent,
    )


def client(frozen: Mapping[str, Any], locale: str) -> DocumentClient:
    return DocumentClient(
        name=frozen.get("legal_name") or frozen.get("name", ""),
        contact=frozen.get("contact", ""),
        address=address_lines(frozen, locale),
        tax_ids=tax_ids_of(frozen, locale),
    )


def tax_ids_of(frozen: Mapping[str, Any], locale: str) -> tuple[TaxId, ...]:
    value = frozen.get("tax_number", "")
    return (TaxId(label=t(locale, "delivery.document.tax_number"), value=value),) if value else ()


def address_lines(party: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    """A postal address as its country writes it, the country's name last."""
    country = party.get("country", "")
    postcode, city, region = (party.get(name, "") for name in ("postcode", "city", "region"))
    order = (city, region, postcode) if country in _CITY_FIRST else (postcode, city)
    lines = [*party.get("address", "").splitlines(), " ".join(part for part in order if part)]
    if country not in _CITY_FIRST:
        lines.append(region)
    lines.append(country_name(country, locale) if country else "")
    return tuple(line.strip() for line in lines if line.strip())


def logo_content(session: Session, logo_id: int | None) -> bytes | None:
    """The file of a logo; None where there is none, or its file is lost."""
    file = session.get(StoredFile, logo_id) if logo_id else None
    if file is None:
        return None
    path = files.path_of(file.sha256)
    return path.read_bytes() if path.is_file() else None


def mentions(company: Mapping[str, Any], totals: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    own = tuple(line.strip() for line in company.get("legal_mentions", "").splitlines() if line.strip())
    if own or company.get("country") != "FR":
        return own
    reverse = any(charge.get("category") == "AE" for charge in totals.get("taxes", ()))
    return french_mentions(locale, reverse_charge=reverse)
