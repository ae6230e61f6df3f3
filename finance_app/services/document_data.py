"""Invoices and credit notes as their reader sees them: rows of the database -> `documents.data.Document`.

Every amount is one that the engine of totals gave and the document stored; nothing is computed here. An
issued document shows its frozen parties, a draft those of today.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.documents.data import (
    Adjustment,
    Document,
    Kind,
    Line,
    Mark,
    Paper,
    PriceMode,
    TaxTotal,
)
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import to_minor
from finance_app.domain.terms import DueRule
from finance_app.domain.time import printed_quantity
from finance_app.i18n import t
from finance_app.i18n.formats import money, percent
from finance_app.models import (
    Allocation,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    Refund,
)
from finance_app.models.kinds import (
    AllocationKind,
    CreditNoteState,
    DiscountKind,
    InvoiceState,
)
from finance_app.services import document_parties as parties
from finance_app.services.invoicing.company import terms_of

_LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "CL", "CO", "PH"})


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
    company, customer = parties.parties_of(session, row)
    locale, currency, totals = row.locale, row.currency, row.totals
    days = [day for line in lines for day in (line.date_from, line.date_to) if day]
    return Document(
        currency=currency,
        locale=locale,
        company=parties.company(session, company, locale),
        client=parties.client(customer, locale),
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
        legal_mentions=parties.mentions(company, totals, locale),
        paper=Paper.LETTER if company.get("country") in _LETTER_COUNTRIES else Paper.A4,
        **more,
    )


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
    return money(to_minor(value, currency), currency, locale)


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


def terms_text(terms: str, locale: str) -> str:
    """Payment terms as stored, in words; nothing for terms that cannot be read: the due date says it."""
    try:
        found = terms_of(terms)
    except DomainError:
        return ""
    if found.rule is DueRule.NET_DAYS:
        rule = "net" if found.days else "receipt"
    else:
        rule = found.rule.value + ("_after" if found.days else "")
    return t(locale, f"delivery.terms.{rule}", n=found.days, day=found.day or "")


def portal_today(session: Session, moment: datetime) -> date:
    """The portal's date at a moment."""
    zone = session.execute(select(col(Portal.time_zone)).limit(1)).scalar_one_or_none()
    return moment.astimezone(ZoneInfo(zone or "UTC")).date()
