"""A new draft: from a scope of time and other charges, empty, or like an earlier invoice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Contact, Invoice, InvoiceLine, Portal, Tax
from finance_app.models.columns import now
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import LineKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing import charging, totals
from finance_app.services.invoicing.charges import TIME, DraftLine
from finance_app.services.invoicing.preview import Preview, check_something, check_unchanged, preview
from finance_app.services.invoicing.scope import Scope, to_json
from finance_app.services.invoicing.terms import terms_of
from finance_app.services.portal import portal_of, today_in

KIND = "invoice"


NO_RATE = Decimal(0)
"""The exchange rate of a draft whose currency has none yet: it is not issued before it has one."""


@dataclass(frozen=True)
class DraftHead:
    """What is chosen for a new draft; what is None follows the client, then the portal."""

    issue_date: date | None = None
    due_date: date | None = None
    payment_terms: str | None = None
    title: str = ""
    reference: str = ""
    notes: str | None = None
    recipients: tuple[str, ...] | None = None
    tax_ids: tuple[int, ...] | None = None
    exchange_rate: Decimal | None = None


def create_from_time(
    session: Session,
    actor: Actor,
    scope: Scope,
    head: DraftHead,
    seen: str | None = None,
    request_key: str | None = None,
) -> Invoice:
    """A draft that takes what is in the scope, all of it or nothing.

    `seen` is that of the preview the person decided on. A repeated `request_key` gives the invoice of the
    first time. Raises DomainError where there is nothing to bill or something has changed since.
    """
    actor.require(Permission.INVOICES_EDIT)
    if request_key and (known := _made_by(session, request_key)):
        return known
    found = preview(session, actor, scope, lock=True)
    if request_key and (known := _made_by(session, request_key)):  # by a twin that had the logs' locks first
        return known
    if seen:
        check_unchanged(seen, found)
    check_something(session, scope, found)
    invoice = begin(session, actor, found.bill.client, found.currency, head)
    invoice.request_key = request_key
    invoice.title = head.title or title_of(found)
    lines = fill(session, actor, invoice, found, _taxes(session, invoice, head))
    _settle_totals(session, invoice, lines)
    audit.record(
        session,
        actor,
        KIND,
        invoice.id,
        "drafted",
        lines=len(lines),
        logs=found.logs,
        seconds=found.tracked_seconds,
    )
    return invoice


def fill(
    session: Session, actor: Actor, invoice: Invoice, found: Preview, taxes: list[dict[str, Any]]
) -> list[InvoiceLine]:
    """Put what was found on an invoice, as its first lines, and take it: all of it or nothing."""
    lines = [_line(invoice, position, line, taxes) for position, line in enumerate(found.lines, start=1)]
    session.add_all(lines)
    session.flush()
    charging.claim(session, actor, invoice, list(zip(lines, found.lines, strict=True)))
    invoice.billing = {**to_json(found.bill.scope), "lines": len(lines), "title": title_of(found)}
    return lines


def title_of(found: Preview) -> str:
    """The names of the projects that the invoice bills."""
    with_time = {share.project_id for share in found.shares if share.logs}
    charged = {line.project_id for line in found.lines if line.charge != TIME}
    projects = found.bill.projects.values()
    return ", ".join(each.name for each in projects if each.id in with_time | charged)[:200]


def create_blank(session: Session, actor: Actor, client_id: int, head: DraftHead) -> Invoice:
    """A draft without lines, in the client's currency."""
    actor.require(Permission.INVOICES_EDIT)
    client = session.get(Client, client_id)
    if client is None or client.archived_at is not None:
        raise DomainError("invoicing.error.client", field="client_id")
    invoice = begin(session, actor, client, client.currency, head)
    invoice.title = head.title
    _settle_totals(session, invoice, [])
    audit.record(session, actor, KIND, invoice.id, "drafted", lines=0)
    return invoice


def duplicate(session: Session, actor: Actor, invoice_id: int) -> Invoice:
    """A draft with the same lines and choices, dated today. Nothing is billed again by it: lines of time and
    of prices are copied as quantities."""
    actor.require(Permission.INVOICES_EDIT)
    source = session.get(Invoice, invoice_id)
    if source is None:
        raise NotFound()
    client = session.get_one(Client, source.client_id)
    invoice = begin(
        session, actor, client, source.currency, DraftHead(exchange_rate=source.exchange_rate or None)
    )
    kept = ("title", "reference", "notes", "locale", "price_mode", "tax_rounding", "discount_kind")
    more = ("discount_value", "discount_on", "taxes", "surcharges", "total_rounding", "recipients")
    for name in (*kept, *more):
        setattr(invoice, name, getattr(source, name))
    lines = [_copied(invoice, line) for line in lines_of(session, invoice_id)]
    session.add_all(lines)
    session.flush()
    _settle_totals(session, invoice, lines)
    audit.record(session, actor, KIND, invoice.id, "duplicated", source=source.number or source.id)
    return invoice


def lines_of(session: Session, invoice_id: int) -> list[InvoiceLine]:
    """All lines of an invoice, in order."""
    return list(
        session.execute(
            select(InvoiceLine)
            .where(col(InvoiceLine.invoice_id) == invoice_id)
            .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
        ).scalars()
    )


def default_taxes(session: Session, client_id: int) -> list[dict[str, Any]]:
    """Copies of the taxes on a new line: the client's own tax, else the portal's default."""
    client = session.get_one(Client, client_id)
    own = session.get(Tax, client.tax_id) if client.tax_id else None
    found = (
        own
        or session.execute(
            select(Tax).where(col(Tax.is_default), col(Tax.archived_at).is_(None)).order_by(col(Tax.id))
        )
        .scalars()
        .first()
    )
    return [totals.tax_copy(found)] if found else []


def tax_copies(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Copies of taxes by id, in the given order. Raises NotFound."""
    found = {tax.id: tax for tax in session.execute(select(Tax).where(col(Tax.id).in_(ids))).scalars().all()}
    if any(each not in found for each in ids):
        raise NotFound()
    return [totals.tax_copy(found[each]) for each in ids]


def _made_by(session: Session, request_key: str) -> Invoice | None:
    return session.execute(select(Invoice).where(col(Invoice.request_key) == request_key)).scalars().first()


def begin(session: Session, actor: Actor, client: Client, currency: str, head: DraftHead) -> Invoice:
    """A new invoice without lines."""
    portal = portal_of(session)
    day = head.issue_date or today_in(portal)
    terms = head.payment_terms or client.payment_terms or portal.payment_terms
    invoice = Invoice(
        client_id=client.id or 0,
        issue_date=day,
        payment_terms=terms,
        due_date=head.due_date or terms_of(terms).due_date(day),
        currency=currency,
        exchange_rate=exchange_rate(session, portal, currency, head.exchange_rate),
        locale=client.locale,
        price_mode=portal.price_mode,
        tax_rounding=portal.tax_rounding,
        reference=head.reference,
        notes=portal.invoice_notes if head.notes is None else head.notes,
        recipients=list(recipients_of(session, client) if head.recipients is None else head.recipients),
        created_by_id=actor.user_id or None,
    )
    if invoice.due_date < invoice.issue_date:
        raise DomainError("invoicing.error.due_before_issue", field="due_date")
    session.add(invoice)
    session.flush()
    return invoice


def exchange_rate(session: Session, portal: Portal, currency: str, given: Decimal | None) -> Decimal:
    """The given rate, else that of the last invoice in the currency, else NO_RATE. Raises DomainError for a
    rate that is none."""
    if currency == portal.base_currency:
        return Decimal(1)
    if given is not None:
        if given <= 0:
            raise DomainError("invoicing.error.exchange_rate", field="exchange_rate")
        return given
    last = (
        session.execute(
            select(col(Invoice.exchange_rate))
            .where(col(Invoice.currency) == currency, col(Invoice.exchange_rate) > 0)
            .order_by(col(Invoice.issue_date).desc(), col(Invoice.id).desc())
        )
        .scalars()
        .first()
    )
    return NO_RATE if last is None else last


def recipients_of(session: Session, client: Client) -> list[str]:
    """The addresses that a client's documents go to."""
    rows = session.execute(
        select(col(Contact.email))
        .where(
            col(Contact.client_id) == client.id,
            col(Contact.receives_invoices),
            col(Contact.archived_at).is_(None),
            col(Contact.email) != "",
        )
        .order_by(col(Contact.is_primary).desc(), col(Contact.id))
    )
    return list(rows.scalars())


def _taxes(session: Session, invoice: Invoice, head: DraftHead) -> list[dict[str, Any]]:
    if head.tax_ids is None:
        return default_taxes(session, invoice.client_id)
    return tax_copies(session, head.tax_ids)


def _line(invoice: Invoice, position: int, line: DraftLine, taxes: list[dict[str, Any]]) -> InvoiceLine:
    made = InvoiceLine(
        invoice_id=invoice.id or 0,
        position=position,
        kind=line.kind,
        name=line.name,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        tracked_seconds=line.tracked_seconds,
        billed_seconds=line.billed_seconds,
        taxes=taxes if line.taxes is None else [dict(each) for each in line.taxes],
        date_from=line.date_from,
        date_to=line.date_to,
        project_id=line.project_id,
        task_id=line.task_id,
        user_id=line.user_id,
        milestone_id=line.milestone_id,
    )
    made.made_as = as_made(made)
    return made


def as_made(line: InvoiceLine) -> str:
    """A digest of what a person could change on a line, to tell later whether somebody did."""
    quantity = line.quantity if line.billed_seconds is None else line.billed_seconds
    told = (
        *(line.name, line.description, str(quantity), line.unit, str(line.unit_price)),
        *(line.discount_kind, str(line.discount_value), [tax.get("id") for tax in line.taxes]),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def _copied(invoice: Invoice, line: InvoiceLine) -> InvoiceLine:
    kept = {name: getattr(line, name) for name in LineColumns.model_fields}
    kept["taxes"] = totals.worked_out(line.taxes)
    if line.kind in charging.HOLDING:
        kept |= {"kind": LineKind.MANUAL, "tracked_seconds": None, "billed_seconds": None}
    return InvoiceLine(invoice_id=invoice.id or 0, project_id=line.project_id, item_id=line.item_id, **kept)


def _settle_totals(session: Session, document: DocumentColumns, lines: Sequence[InvoiceLine]) -> None:
    totals.compute(document, lines)
    totals.check(document, lines, portal_of(session))
    document.updated_at = now()
    session.flush()
