"""Invoices and credit notes as their reader sees them: rows of the database -> `documents.data.Document`.

Every amount is one that the engine of totals gave and the document stored; nothing is computed here. An
issued document shows its frozen parties, a draft those of today.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.documents.data import (
    Adjustment,
    BankDetails,
    Company,
    Document,
    Kind,
    Line,
    Mark,
    Paper,
    PriceMode,
    TaxId,
    TaxTotal,
)
from finance_app.documents.data import Client as DocumentClient
from finance_app.documents.legal import french_mentions
from finance_app.domain.errors import NotFound
from finance_app.domain.time import printed_quantity
from finance_app.i18n import t
from finance_app.i18n.formats import country_name, money, percent
from finance_app.models import (
    Allocation,
    Client,
    Contact,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    Refund,
    StoredFile,
)
from finance_app.models.kinds import (
    AllocationKind,
    CreditNoteState,
    DiscountKind,
    InvoiceState,
)
from finance_app.services.parties import company_snapshot, customer_snapshot
from finance_app.settings import settings

_LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "CL", "CO", "PH"})
_CITY_FIRST = frozenset({"US", "CA", "AU", "GB", "IE", "NZ", "IN"})


def invoice_document(session: Session, invoice_id: int) -> Document:
    """Raises NotFound."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    lines = session.execute(
        select(InvoiceLine)
        .where(col(InvoiceLine.invoice_id) == invoice_id)
        .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
    ).scalars()
    rows = list(lines)
    credited = session.execute(
        select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(
            col(Allocation.invoice_id) == invoice_id,
            col(Allocation.kind) == AllocationKind.CREDIT_NOTE,
            col(Allocation.removed_at).is_(None),
        )
    ).scalar_one()
    marks = {InvoiceState.DRAFT: Mark.DRAFT, InvoiceState.PAID: Mark.PAID, InvoiceState.VOID: Mark.VOID}
    return _document(
        session,
        invoice,
        rows,
        kind=Kind.INVOICE,
        mark=marks.get(invoice.state),
        due_date=invoice.due_date,
        terms=terms_text(invoice.payment_terms, invoice.locale),
        projects=_projects(session, rows),
        paid_minor=invoice.settled_minor - credited,
        credited_minor=credited,
        balance_minor=invoice.total_minor - invoice.settled_minor,
    )


def credit_note_document(session: Session, credit_note_id: int) -> Document:
    """Raises NotFound."""
    note = session.get(CreditNote, credit_note_id)
    if note is None:
        raise NotFound
    rows = list(
        session.execute(
            select(CreditNoteLine)
            .where(col(CreditNoteLine.credit_note_id) == credit_note_id)
            .order_by(col(CreditNoteLine.position), col(CreditNoteLine.id))
        ).scalars()
    )
    refunded = session.execute(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            col(Refund.credit_note_id) == credit_note_id, col(Refund.removed_at).is_(None)
        )
    ).scalar_one()
    original = session.get(Invoice, note.invoice_id) if note.invoice_id else None
    marks = {CreditNoteState.DRAFT: Mark.DRAFT, CreditNoteState.VOID: Mark.VOID}
    return _document(
        session,
        note,
        rows,
        kind=Kind.CREDIT_NOTE,
        mark=marks.get(note.state),
        original_number=(original.number or "") if original else "",
        original_date=original.issue_date if original else None,
        paid_minor=refunded,
        credited_minor=note.used_minor - refunded,
        balance_minor=note.total_minor - note.used_minor,
    )


def document_of(session: Session, kind: str, object_id: int) -> Document:
    """The document of a kind, `invoice` or `credit_note`. Raises NotFound."""
    if kind == Kind.INVOICE:
        return invoice_document(session, object_id)
    if kind == Kind.CREDIT_NOTE:
        return credit_note_document(session, object_id)
    raise NotFound


def _document(
    session: Session, row: Invoice | CreditNote, lines: Sequence[InvoiceLine | CreditNoteLine], **more: Any
) -> Document:
    company, customer = parties_of(session, row)
    locale, currency, totals = row.locale, row.currency, row.totals
    days = [day for line in lines for day in (line.date_from, line.date_to) if day]
    return Document(
        currency=currency,
        locale=locale,
        company=_company(session, company, locale),
        client=_client(customer, locale),
        number=row.number,
        title=row.title,
        issue_date=row.issue_date,
        service_from=min(days, default=None),
        service_to=max(days, default=None),
        po_number=row.reference,
        price_mode=PriceMode(row.price_mode.value),
        lines=tuple(_line(line, position, currency, locale) for position, line in enumerate(lines, 1)),
        subtotal_minor=row.subtotal_minor,
        discounts=_discounts(row, totals),
        surcharges=tuple(
            Adjustment(label=extra["name"], amount_minor=extra["amount_minor"])
            for extra in totals.get("surcharges", ())
        ),
        taxes=tuple(
            TaxTotal(
                label=_tax_label(charge, locale),
                base_minor=charge["base_minor"],
                amount_minor=charge["tax_minor"],
                exemption_reason=charge.get("exemption_reason") or "",
            )
            for charge in totals.get("taxes", ())
        ),
        rounding_minor=totals.get("rounding_minor", 0),
        total_minor=row.total_minor,
        notes=row.notes,
        legal_mentions=_mentions(company, totals, locale),
        paper=Paper.LETTER if company.get("country") in _LETTER_COUNTRIES else Paper.A4,
        **more,
    )


def parties_of(session: Session, row: Invoice | CreditNote) -> tuple[dict[str, Any], dict[str, Any]]:
    """Issuer and client of a document: as frozen, or for a draft as they are today."""
    company, customer = row.company, row.customer
    if not company:
        portal = session.execute(select(Portal).limit(1)).scalars().first()
        company = company_snapshot(portal) if portal else {}
    if not customer:
        client = session.get_one(Client, row.client_id)
        customer = customer_snapshot(client, main_contact(session, row.client_id))
    return company, customer


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


def _company(session: Session, frozen: Mapping[str, Any], locale: str) -> Company:
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
        tax_ids=_tax_ids(frozen, locale),
        logo=logo_content(session, frozen.get("logo_id")),
        bank=bank,
        email=frozen.get("email", ""),
        phone=frozen.get("phone", ""),
        website=frozen.get("website", ""),
        legal=(identity,) if identity != name else (),
        accent=frozen.get("accent_color") or Company.accent,
    )


def _client(frozen: Mapping[str, Any], locale: str) -> DocumentClient:
    return DocumentClient(
        name=frozen.get("legal_name") or frozen.get("name", ""),
        contact=frozen.get("contact", ""),
        address=address_lines(frozen, locale),
        tax_ids=_tax_ids(frozen, locale),
    )


def _tax_ids(frozen: Mapping[str, Any], locale: str) -> tuple[TaxId, ...]:
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
    path = stored_path(file)
    return path.read_bytes() if path.is_file() else None


def stored_path(file: StoredFile) -> Path:
    return settings().data_dir / "files" / file.sha256[:2] / file.sha256


def _projects(session: Session, lines: Sequence[InvoiceLine]) -> tuple[str, ...]:
    ids = {line.project_id for line in lines if line.project_id}
    if not ids:
        return ()
    names = session.execute(select(col(Project.name)).where(col(Project.id).in_(ids)).order_by(Project.name))
    return tuple(names.scalars())


def _line(line: InvoiceLine | CreditNoteLine, position: int, currency: str, locale: str) -> Line:
    quantity = line.quantity
    if line.billed_seconds is not None:
        quantity = printed_quantity(line.billed_seconds, line.unit_price, currency)
    return Line(
        name=line.name,
        position=str(position),
        description=line.description,
        quantity=quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        discount=_discount(line.discount_kind, line.discount_value, currency, locale),
        taxes=tuple(percent(Decimal(str(tax["rate"])), locale) for tax in line.taxes),
        amount_minor=line.amount_minor,
    )


def _discount(kind: DiscountKind | None, value: Decimal | None, currency: str, locale: str) -> str:
    if kind is None or not value:
        return ""
    if kind is DiscountKind.PERCENT:
        return percent(value, locale)
    return money(int(value), currency, locale)


def _discounts(row: Invoice | CreditNote, totals: Mapping[str, Any]) -> tuple[Adjustment, ...]:
    label = t(row.locale, "delivery.document.discount")
    if row.discount_kind is DiscountKind.PERCENT and row.discount_value:
        label = t(
            row.locale, "delivery.document.discount_percent", percent=percent(row.discount_value, row.locale)
        )
    taken = totals.get("discount_minor", 0) + totals.get("discount_after_tax_minor", 0)
    return (Adjustment(label=label, amount_minor=-taken),) if taken else ()


def _tax_label(charge: Mapping[str, Any], locale: str) -> str:
    rate = percent(Decimal(str(charge["rate"])), locale)
    plain = rate.replace("\u00a0", " ").replace("\u202f", " ")
    name = charge["name"]
    said = name.replace("\u00a0", " ").replace("\u202f", " ")
    return name if plain in said or plain.replace(" ", "") in said else f"{name} {rate}"


def _mentions(company: Mapping[str, Any], totals: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    own = tuple(line.strip() for line in company.get("legal_mentions", "").splitlines() if line.strip())
    if own or company.get("country") != "FR":
        return own
    reverse = any(charge.get("category") == "AE" for charge in totals.get("taxes", ()))
    return french_mentions(locale, reverse_charge=reverse)


def terms_text(terms: str, locale: str) -> str:
    """`net:30` in words; terms of another form are shown by their due date alone."""
    rule, _, days = terms.partition(":")
    if rule not in ("net", "net_days") or not days.isdigit():
        return ""
    return (
        t(locale, "delivery.document.terms_net", n=int(days))
        if int(days)
        else t(locale, "delivery.document.terms_receipt")
    )


def portal_today(session: Session, moment: datetime) -> date:
    """The portal's date at a moment."""
    zone = session.execute(select(col(Portal.time_zone)).limit(1)).scalar_one_or_none()
    return moment.astimezone(ZoneInfo(zone or "UTC")).date()
