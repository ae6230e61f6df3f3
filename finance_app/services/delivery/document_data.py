"""Invoices and credit notes as their reader sees them: rows of the database -> `documents.data.Document`.

Every amount is one that the engine of totals gave and the document stored; nothing is computed here. An
issued document shows its frozen parties, a draft those of today.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.documents.data import (
    Adjustment,
    Document,
    Kind,
    Mark,
    Paper,
    PriceMode,
    Reference,
    TaxTotal,
)
from finance_app.documents.data import Line as DocumentLine
from finance_app.documents.data import LineKind as DocumentLineKind
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.estimates import EstimateFacts, EstimateState, estimate_state
from finance_app.domain.money import to_minor
from finance_app.domain.terms import DueRule
from finance_app.domain.time import printed_quantity
from finance_app.i18n import t
from finance_app.i18n.formats import moment, money, percent
from finance_app.models import (
    Allocation,
    CreditNote,
    CreditNoteLine,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Project,
    Refund,
    SalesOrder,
    SalesOrderLine,
)
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import (
    AllocationKind,
    CreditNoteState,
    DiscountKind,
    InvoiceState,
    LineKind,
    PartKind,
)
from finance_app.services import document_parties as parties
from finance_app.services.invoicing import parts, totals
from finance_app.services.invoicing.terms import terms_of
from finance_app.services.portal import portal_of, today

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
        is_deposit=bool(rows) and all(line.part is PartKind.DEPOSIT for line in rows),
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


def estimate_document(
    session: Session, estimate_id: int, option_ids: Collection[int] | None = None
) -> Document:
    """An estimate as it is, or as it would be with just these optional lines. Raises NotFound."""
    estimate = session.get(Estimate, estimate_id)
    if estimate is None:
        raise NotFound
    lines = _agreed_lines(session, EstimateLine, "estimate_id", estimate_id)
    if option_ids is not None:
        session.expunge(estimate)
        for line in lines:
            session.expunge(line)
            if line.optional:
                line.chosen = line.id in option_ids
        totals.compute(estimate, lines)
    zone = ZoneInfo(portal_of(session).time_zone)
    state = estimate_state(_facts(estimate), today(session))
    return _agreed_document(
        session,
        estimate,
        lines,
        kind=Kind.ESTIMATE,
        mark=_ESTIMATE_MARKS.get(state),
        due_date=estimate.expires_on,
        certificate=_certificate(estimate, zone),
    )


_ESTIMATE_MARKS = {
    EstimateState.DRAFT: Mark.DRAFT,
    EstimateState.ACCEPTED: Mark.ACCEPTED,
    EstimateState.INVOICED: Mark.ACCEPTED,
    EstimateState.DECLINED: Mark.DECLINED,
    EstimateState.EXPIRED: Mark.EXPIRED,
    EstimateState.SUPERSEDED: Mark.SUPERSEDED,
}


def _facts(estimate: Estimate) -> EstimateFacts:
    """What the marks of a document depend on: invoices are of no matter."""
    return EstimateFacts(
        issued_at=estimate.issued_at,
        expires_on=estimate.expires_on,
        accepted_at=estimate.accepted_at,
        declined_at=estimate.declined_at,
        superseded_at=estimate.superseded_at,
    )


def sales_order_document(session: Session, order_id: int) -> Document:
    """Raises NotFound."""
    order = session.get(SalesOrder, order_id)
    if order is None:
        raise NotFound
    lines = _agreed_lines(session, SalesOrderLine, "sales_order_id", order_id)
    estimate = session.get(Estimate, order.estimate_id) if order.estimate_id else None
    label = t(order.locale, "document.title.estimate")
    return _agreed_document(
        session,
        order,
        lines,
        kind=Kind.SALES_ORDER,
        mark=Mark.VOID if order.voided_at else (None if order.issued_at else Mark.DRAFT),
        references=(Reference(label=label, value=estimate.number or ""),) if estimate else (),
        certificate=_certificate(estimate, ZoneInfo(portal_of(session).time_zone)) if estimate else (),
    )


def _agreed_lines(session: Session, kind: Any, parent: str, object_id: int) -> list[Any]:
    rows = session.execute(
        select(kind).where(getattr(kind, parent) == object_id).order_by(kind.position, kind.id)
    ).scalars()
    return list(rows)


def _agreed_document(
    session: Session, row: Estimate | SalesOrder, lines: Sequence[Any], **more: Any
) -> Document:
    deposit = None
    if row.deposit_percent:
        counted = [line for line in lines if totals.counts(line)]
        deposit = Adjustment(
            label=t(row.locale, "document.total.deposit", percent=percent(row.deposit_percent, row.locale)),
            amount_minor=parts.deposit_total(row, counted, row.deposit_percent),
        )
    return _document(
        session,
        row,
        lines,
        projects=_project_name(session, row.project_id),
        conditions=row.terms,
        deposit=deposit,
        balance_minor=row.total_minor,
        **more,
    )


def _project_name(session: Session, project_id: int | None) -> tuple[str, ...]:
    project = session.get(Project, project_id) if project_id else None
    return (project.name,) if project else ()


def _certificate(estimate: Estimate, zone: ZoneInfo) -> tuple[Reference, ...]:
    """Who accepted, when, from where, which document; nothing without an acceptance."""
    decision, locale = estimate.decision, estimate.locale
    if estimate.accepted_at is None or not decision:
        return ()
    at = estimate.accepted_at.astimezone(zone)
    rows = (
        ("name", decision.get("name", "")),
        ("at", f"{moment(at, locale, zone, 'long')}"),
        ("address", decision.get("address", "")),
        ("by_hand", decision.get("by_hand", "")),
        ("reason", decision.get("reason", "")),
        ("hash", decision.get("hash", "")),
    )
    return tuple(
        Reference(label=t(locale, f"document.certificate.{key}"), value=value) for key, value in rows if value
    )


def document_of(session: Session, kind: str, object_id: int) -> Document:
    """The document of a kind (`documents.data.Kind`). Raises NotFound."""
    if kind == Kind.ESTIMATE:
        return estimate_document(session, object_id)
    if kind == Kind.SALES_ORDER:
        return sales_order_document(session, object_id)
    if kind == Kind.INVOICE:
        return invoice_document(session, object_id)
    if kind == Kind.CREDIT_NOTE:
        return credit_note_document(session, object_id)
    raise NotFound


def _document(session: Session, row: Any, lines: Sequence[LineColumns], **more: Any) -> Document:
    company, customer = parties.parties_of(session, row)
    locale, currency, figures = row.locale, row.currency, row.totals
    numbers = itertools.count(1)
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
        lines=tuple(
            DocumentLine(kind=DocumentLineKind.SECTION, name=line.name, description=line.description)
            if line.kind is LineKind.SECTION
            else _line(line, next(numbers), currency, locale)
            for line in lines
        ),
        subtotal_minor=row.subtotal_minor,
        discounts=_discounts(row, figures),
        surcharges=tuple(
            Adjustment(label=extra["name"], amount_minor=extra["amount_minor"])
            for extra in figures.get("surcharges", ())
        ),
        taxes=tuple(
            TaxTotal(
                label=_tax_label(charge, locale),
                base_minor=charge["base_minor"],
                amount_minor=charge["tax_minor"],
                exemption_reason=charge.get("exemption_reason") or "",
            )
            for charge in figures.get("taxes", ())
        ),
        rounding_minor=figures.get("rounding_minor", 0),
        total_minor=row.total_minor,
        notes=row.notes,
        legal_mentions=parties.mentions(company, figures, locale),
        paper=Paper.LETTER if company.get("country") in _LETTER_COUNTRIES else Paper.A4,
        **more,
    )


def _projects(session: Session, lines: Sequence[InvoiceLine]) -> tuple[str, ...]:
    ids = {line.project_id for line in lines if line.project_id}
    if not ids:
        return ()
    names = session.execute(select(col(Project.name)).where(col(Project.id).in_(ids)).order_by(Project.name))
    return tuple(names.scalars())


def _line(line: Any, position: int, currency: str, locale: str) -> DocumentLine:
    optional = getattr(line, "optional", False)
    note = t(locale, f"document.line.{'option_chosen' if line.chosen else 'option'}") if optional else ""
    quantity = line.quantity
    if line.billed_seconds is not None:
        quantity = printed_quantity(line.billed_seconds, line.unit_price, currency)
    return DocumentLine(
        id=line.id or 0,
        optional=optional,
        counted=totals.counts(line),
        note=note,
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


def _discounts(row: DocumentColumns, totals: Mapping[str, Any]) -> tuple[Adjustment, ...]:
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
