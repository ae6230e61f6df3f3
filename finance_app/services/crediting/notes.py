"""Credit notes: an invoice taken back, whole or in part, with a number of its own series.

Amounts are positive. A credit note is applied to invoices of the client or refunded; all used, it is closed.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from sqlmodel import Session

from finance_app.domain.crediting import Credited
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import minor_digits
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import CreditNoteAction, InvoiceAction, require_action
from finance_app.models import Client, CreditNote, CreditNoteLine, Invoice, InvoiceLine
from finance_app.models.columns import now
from finance_app.models.document import LineColumns
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.crediting.remainder import credited, given_back, part_of
from finance_app.services.crediting.rows import lines_of_note, locked_invoice, locked_note
from finance_app.services.crediting.state import KIND, require, state_of
from finance_app.services.crediting.use import allocate
from finance_app.services.invoicing import charging, totals
from finance_app.services.invoicing.drafts import lines_of
from finance_app.services.invoicing.facts import balance_of, facts_of
from finance_app.services.invoicing.numbers import take_number
from finance_app.services.parties import company_snapshot, customer_snapshot
from finance_app.services.portal import portal_of, today_in
from finance_app.services.profitability import posting

_COPIED = (
    *("client_id", "title", "currency", "exchange_rate", "locale", "price_mode", "tax_rounding"),
    *("discount_kind", "discount_value", "discount_on", "taxes", "surcharges", "total_rounding"),
)


def create_full(
    session: Session, actor: Actor, invoice: Invoice, reason: str, *, release_time: bool
) -> CreditNote:
    """An issued credit note over all of an invoice: same lines, same totals. The caller has the lock.

    Raises DomainError where a part of the invoice was credited before.
    """
    if credited(session, invoice.id or 0):
        raise DomainError("credit_note.error.already_credited")
    note = _new(session, actor, invoice, reason)
    for name in _COPIED:
        setattr(note, name, getattr(invoice, name))
    lines = lines_of(session, invoice.id or 0)
    rows = [_copied(line, release_time=release_time) for line in lines]
    totals.compute(note, rows)
    if note.total_minor != invoice.total_minor:
        raise DomainError("credit_note.error.total_differs")
    return _issue(session, actor, note, rows)


def create_partial(
    session: Session,
    actor: Actor,
    invoice_id: int,
    amounts: Mapping[int, int],
    reason: str,
    *,
    release: Collection[int] = (),
) -> CreditNote:
    """An issued credit note over parts of lines: net minor units (gross on inclusive documents) by line id.

    `release` names the lines whose time becomes billable again. The note settles what is left of the invoice;
    the rest stays as open credit. Raises DomainError for more than is left of a line.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    invoice = locked_invoice(session, invoice_id)
    portal = portal_of(session)
    require_action(InvoiceAction.CREDIT, facts_of(invoice), today_in(portal), portal.strict_numbering)
    wanted = {line_id: amount for line_id, amount in amounts.items() if amount}
    if not wanted:
        raise DomainError("credit_note.error.nothing", field="amounts")
    lines = lines_of(session, invoice_id)
    if not set(wanted) <= {line.id for line in lines}:
        raise NotFound
    part = part_of(session, invoice, lines, wanted)
    note = _new(session, actor, invoice, reason)
    for name in ("client_id", "title", "currency", "exchange_rate", "locale", "price_mode", "tax_rounding"):
        setattr(note, name, getattr(invoice, name))
    note.taxes = invoice.taxes
    if part.discount_after_tax_minor:
        note.discount_kind, note.discount_value = invoice.discount_kind, invoice.discount_value
        note.discount_on = invoice.discount_on
    if part.surcharges:
        note.surcharges = invoice.surcharges
    credited_lines = [line for line in lines if line.id in wanted]
    rows = [
        _credited(note, line, position, wanted[line.id or 0], release_time=line.id in release)
        for position, line in enumerate(credited_lines, start=1)
    ]
    totals.state(note, rows, part)
    _issue(session, actor, note, rows)
    use = min(balance_of(invoice), note.total_minor)
    if use > 0:
        allocate(session, actor, note, invoice, use, note.issue_date)
    return note


def preview(session: Session, actor: Actor, invoice_id: int, amounts: Mapping[int, int]) -> Credited:
    """The figures of the credit note that `create_partial` would issue. Raises DomainError as it does."""
    actor.require(Permission.PAYMENTS_EDIT)
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    return part_of(session, invoice, lines_of(session, invoice_id), amounts)


def enter(
    session: Session, actor: Actor, note: CreditNote, rows: Sequence[CreditNoteLine], number: str
) -> CreditNote:
    """A credit note of another program, under its number, by lines whose figures are worked out."""
    actor.require(Permission.PAYMENTS_EDIT)
    check_open(note.issue_date, portal_of(session).closed_until)
    return _issue(session, actor, note, rows, number)


def void(
    session: Session, actor: Actor, credit_note_id: int, reason: str, *, plainly: bool = False
) -> CreditNote:
    """Take an unused credit note back, where numbering is not strict, or `plainly` where the number is of
    another program's series."""
    actor.require(Permission.PAYMENTS_EDIT)
    note = locked_note(session, credit_note_id)
    require(session, note, CreditNoteAction.VOID, plainly=plainly)
    if not reason.strip():
        raise DomainError("invoicing.error.reason", field="reason")
    note.voided_at, note.void_reason = now(), reason.strip()[:500]
    note.state = state_of(note)
    note.version += 1
    session.flush()
    charging.credited(session, actor, given_back(session, lines_of_note(session, credit_note_id)))
    audit.record(session, actor, KIND, note.id, "voided", reason=note.void_reason)
    posting.post_credit_note(session, note)
    return note


def _new(session: Session, actor: Actor, invoice: Invoice, reason: str) -> CreditNote:
    if not reason.strip():
        raise DomainError("invoicing.error.reason", field="reason")
    portal = portal_of(session)
    day = max(today_in(portal), invoice.issue_date)
    check_open(day, portal.closed_until)
    return CreditNote(
        client_id=invoice.client_id,
        invoice_id=invoice.id,
        issue_date=day,
        currency=invoice.currency,
        notes=reason.strip()[:5000],
        reference=invoice.number or "",
        created_by_id=actor.user_id or None,
    )


def _issue(
    session: Session,
    actor: Actor,
    note: CreditNote,
    rows: Sequence[CreditNoteLine],
    number: str | None = None,
) -> CreditNote:
    portal = portal_of(session)
    note.number = number or take_number(
        session, portal.credit_note_pattern, note.issue_date, portal.strict_numbering
    )
    note.company = company_snapshot(portal, note.locale)
    note.customer = customer_snapshot(session.get_one(Client, note.client_id))
    note.issued_at = now()
    note.state = state_of(note)
    session.add(note)
    session.flush()
    for row in rows:
        row.credit_note_id = note.id or 0
    session.add_all(rows)
    session.flush()
    count = charging.credited(session, actor, given_back(session, rows))
    amount = {"total_minor": note.total_minor, "currency": note.currency, "number": note.number}
    audit.record(session, actor, KIND, note.id, "issued", after=amount)
    if note.invoice_id is not None:
        audit.record(session, actor, "invoice", note.invoice_id, "credited", after=amount, logs=count)
    posting.post_credit_note(session, note)
    return session.get_one(CreditNote, note.id)


def _copied(line: InvoiceLine, *, release_time: bool) -> CreditNoteLine:
    values = {name: getattr(line, name) for name in LineColumns.model_fields}
    return CreditNoteLine(
        credit_note_id=0,
        invoice_line_id=line.id,
        releases_time=release_time and charging.gives_back(line),
        **values,
    )


def _credited(
    note: CreditNote, line: InvoiceLine, position: int, amount: int, *, release_time: bool
) -> CreditNoteLine:
    """A whole line as it stands; a part of one as a piece at the credited amount, with the line's taxes."""
    if amount == line.amount_minor:
        copy = _copied(line, release_time=release_time)
        copy.position = position
        return copy
    price = Decimal(amount).scaleb(-minor_digits(note.currency))
    return CreditNoteLine(
        credit_note_id=0,
        invoice_line_id=line.id,
        position=position,
        kind=line.kind,
        name=line.name,
        description=line.description,
        quantity=Decimal(1),
        unit="piece",
        unit_price=price,
        amount_minor=amount,
        taxes=totals.worked_out(line.taxes),
        date_from=line.date_from,
        date_to=line.date_to,
        releases_time=release_time and charging.gives_back(line),
    )
