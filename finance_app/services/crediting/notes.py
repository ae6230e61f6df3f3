"""Credit notes: an invoice taken back, whole or in part, with a number of its own series.

Amounts are positive. A credit note is applied to invoices of the client or refunded; all used, it is closed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain import crediting
from finance_app.domain.crediting import Credited
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import Money, minor_digits
from finance_app.domain.payment import check_credit_use
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import (
    CreditNoteAction,
    CreditNoteFacts,
    CreditNoteState,
    InvoiceAction,
    credit_note_state,
    require_action,
    require_credit_note_action,
)
from finance_app.models import Allocation, Client, CreditNote, CreditNoteLine, Invoice, InvoiceLine, Refund
from finance_app.models.columns import now
from finance_app.models.document import LineColumns
from finance_app.models.kinds import AllocationKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing import charging, totals
from finance_app.services.invoicing.company import portal_of, today
from finance_app.services.invoicing.facts import balance_of, facts_of, settle
from finance_app.services.invoicing.numbers import take_number
from finance_app.services.parties import company_snapshot, customer_snapshot
from finance_app.services.profitability import posting

KIND = "credit_note"
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
    lines = _lines_of_invoice(session, invoice.id or 0)
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
    invoice = _locked_invoice(session, invoice_id)
    portal = portal_of(session)
    require_action(InvoiceAction.CREDIT, facts_of(invoice), today(portal), portal.strict_numbering)
    wanted = {line_id: amount for line_id, amount in amounts.items() if amount}
    if not wanted:
        raise DomainError("credit_note.error.nothing", field="amounts")
    lines = _lines_of_invoice(session, invoice_id)
    if not set(wanted) <= {line.id for line in lines}:
        raise NotFound
    part = _part_of(session, invoice, lines, wanted)
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
        _allocate(session, actor, note, invoice, use, note.issue_date)
    return note


def preview(session: Session, actor: Actor, invoice_id: int, amounts: Mapping[int, int]) -> Credited:
    """The figures of the credit note that `create_partial` would issue. Raises DomainError as it does."""
    actor.require(Permission.PAYMENTS_EDIT)
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    return _part_of(session, invoice, _lines_of_invoice(session, invoice_id), amounts)


def _part_of(
    session: Session, invoice: Invoice, lines: Sequence[InvoiceLine], wanted: Mapping[int, int]
) -> Credited:
    """What a note over these amounts comes to: the whole so far, less the figures of the earlier notes.

    Raises DomainError for more than is left of a line, and where the notes would exceed the invoice.
    """
    left, taken = creditable(session, invoice, lines), _taken(session, invoice)
    for line in lines:
        amount, rest = wanted.get(line.id or 0, 0), left[line.id or 0]
        if amount and (amount * rest < 0 or abs(amount) > abs(rest)):
            raise DomainError(
                "credit_note.error.above_line",
                field="amounts",
                line=line.position,
                left=Money(rest, invoice.currency),
            )
    document = totals.document_of(invoice, lines)
    figures = totals.results(invoice, lines)
    so_far = [taken.get(line.id or 0, 0) + wanted.get(line.id or 0, 0) for line in lines]
    whole = crediting.credited_so_far(document, figures, so_far)
    part = whole
    for note in _live_notes(session, invoice):
        part = part.less(totals.credited_of(note, figures))
    if part.total_minor < 0 or credited(session, invoice.id or 0) + part.total_minor > invoice.total_minor:
        raise DomainError(
            "credit_note.error.total",
            field="amounts",
            total=Money(part.total_minor, invoice.currency),
            left=Money(invoice.total_minor - credited(session, invoice.id or 0), invoice.currency),
        )
    return part


def creditable(session: Session, invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, int]:
    """What is left to credit of each line, in minor units: its worth after the document's discount, less what
    earlier credit notes took of it. Below zero for a line that lowers the invoice."""
    taken = _taken(session, invoice)
    return {line_id: amount - taken.get(line_id, 0) for line_id, amount in _worth(invoice, lines).items()}


def _taken(session: Session, invoice: Invoice) -> dict[int | None, int]:
    rows = session.execute(
        select(col(CreditNoteLine.invoice_line_id), func.sum(col(CreditNoteLine.amount_minor)))
        .join(CreditNote, col(CreditNote.id) == col(CreditNoteLine.credit_note_id))
        .where(col(CreditNote.invoice_id) == invoice.id, col(CreditNote.voided_at).is_(None))
        .group_by(col(CreditNoteLine.invoice_line_id))
    ).all()
    return {line_id: int(amount) for line_id, amount in rows}


def _live_notes(session: Session, invoice: Invoice) -> list[CreditNote]:
    return list(
        session.execute(
            select(CreditNote).where(
                col(CreditNote.invoice_id) == invoice.id, col(CreditNote.voided_at).is_(None)
            )
        ).scalars()
    )


def credited(session: Session, invoice_id: int) -> int:
    """Minor units of the live credit notes of an invoice."""
    return int(
        session.execute(
            select(func.coalesce(func.sum(col(CreditNote.total_minor)), 0)).where(
                col(CreditNote.invoice_id) == invoice_id, col(CreditNote.voided_at).is_(None)
            )
        ).scalar_one()
    )


def apply(
    session: Session, actor: Actor, credit_note_id: int, invoice_id: int, amount_minor: int, day: date
) -> Allocation:
    """Settle a part of an invoice of the same client with an open credit note. Raises DomainError."""
    actor.require(Permission.PAYMENTS_EDIT)
    note = _locked_note(session, credit_note_id)
    _require(session, note, CreditNoteAction.APPLY)
    check_open(day, portal_of(session).closed_until)
    invoice = _locked_invoice(session, invoice_id)
    if invoice.client_id != note.client_id:
        raise NotFound
    check_credit_use(
        Money(amount_minor, note.currency),
        Money(note.total_minor - note.used_minor, note.currency),
        Money(balance_of(invoice), invoice.currency),
    )
    return _allocate(session, actor, note, invoice, amount_minor, day)


def refund(
    session: Session, actor: Actor, credit_note_id: int, amount_minor: int, day: date, request_key: str
) -> Refund:
    """Give a part of an open credit note back in money; a repeated request is one refund."""
    actor.require(Permission.PAYMENTS_EDIT)
    note = _locked_note(session, credit_note_id)
    known = session.execute(select(Refund).where(col(Refund.request_key) == request_key)).scalars().first()
    if known:
        return known
    _require(session, note, CreditNoteAction.REFUND)
    check_open(day, portal_of(session).closed_until)
    check_credit_use(
        Money(amount_minor, note.currency), Money(note.total_minor - note.used_minor, note.currency)
    )
    made = Refund(
        client_id=note.client_id,
        credit_note_id=note.id,
        refunded_on=day,
        currency=note.currency,
        exchange_rate=note.exchange_rate,
        amount_minor=amount_minor,
        request_key=request_key,
        created_by_id=actor.user_id or None,
    )
    session.add(made)
    _use(session, note)
    audit.record(session, actor, KIND, note.id, "refunded", amount_minor=amount_minor)
    return made


def enter(
    session: Session, actor: Actor, note: CreditNote, rows: Sequence[CreditNoteLine], number: str
) -> CreditNote:
    """A credit note of another program, under its number, by lines whose figures are worked out."""
    actor.require(Permission.PAYMENTS_EDIT)
    check_open(note.issue_date, portal_of(session).closed_until)
    return _issue(session, actor, note, rows, number)


def unapply(session: Session, actor: Actor, allocation_id: int, reason: str) -> None:
    """Take a credit note off an invoice: it is open credit again. Raises NotFound."""
    actor.require(Permission.PAYMENTS_EDIT)
    allocation = session.get(Allocation, allocation_id)
    if allocation is None or allocation.credit_note_id is None:
        raise NotFound
    note = _locked_note(session, allocation.credit_note_id)
    invoice = _locked_invoice(session, allocation.invoice_id)
    if allocation.removed_at is not None:
        return
    check_open(allocation.allocated_on, portal_of(session).closed_until)
    allocation.removed_at, allocation.removed_reason = now(), reason[:500]
    settle(session, invoice)
    _use(session, note)
    audit.record(
        session, actor, "invoice", invoice.id, "allocation_removed", allocation=allocation_id, reason=reason
    )


def take_back_refund(session: Session, actor: Actor, refund_id: int) -> None:
    """The money did not leave after all: it is credit again. Raises NotFound."""
    actor.require(Permission.PAYMENTS_EDIT)
    made = session.get(Refund, refund_id)
    if made is None:
        raise NotFound
    check_open(made.refunded_on, portal_of(session).closed_until)
    made.removed_at = made.removed_at or now()
    if made.credit_note_id is not None:
        _use(session, _locked_note(session, made.credit_note_id))
    kind, owner = (KIND, made.credit_note_id) if made.credit_note_id else ("payment", made.payment_id)
    audit.record(session, actor, kind, owner, "refund_taken_back", amount_minor=made.amount_minor)


def void(
    session: Session, actor: Actor, credit_note_id: int, reason: str, *, plainly: bool = False
) -> CreditNote:
    """Take an unused credit note back, where numbering is not strict, or `plainly` where the number is of
    another program's series."""
    actor.require(Permission.PAYMENTS_EDIT)
    note = _locked_note(session, credit_note_id)
    require_credit_note_action(
        CreditNoteAction.VOID, _facts(note), portal_of(session).strict_numbering and not plainly
    )
    if not reason.strip():
        raise DomainError("invoicing.error.reason", field="reason")
    note.voided_at, note.void_reason = now(), reason.strip()[:500]
    note.state = credit_note_state(_facts(note))
    note.version += 1
    session.flush()
    charging.credited(session, actor, _given_back(session, _lines_of_note(session, credit_note_id)))
    audit.record(session, actor, KIND, note.id, "voided", reason=note.void_reason)
    posting.post_credit_note(session, note)
    return note


def state_of(note: CreditNote) -> CreditNoteState:
    """The state that follows from what is used of a note."""
    return credit_note_state(_facts(note))


def _new(session: Session, actor: Actor, invoice: Invoice, reason: str) -> CreditNote:
    if not reason.strip():
        raise DomainError("invoicing.error.reason", field="reason")
    portal = portal_of(session)
    day = max(today(portal), invoice.issue_date)
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
    note.state = credit_note_state(_facts(note))
    session.add(note)
    session.flush()
    for row in rows:
        row.credit_note_id = note.id or 0
    session.add_all(rows)
    session.flush()
    count = charging.credited(session, actor, _given_back(session, rows))
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


def _allocate(
    session: Session, actor: Actor, note: CreditNote, invoice: Invoice, amount_minor: int, day: date
) -> Allocation:
    allocation = Allocation(
        invoice_id=invoice.id or 0,
        kind=AllocationKind.CREDIT_NOTE,
        credit_note_id=note.id,
        allocated_on=day,
        amount_minor=amount_minor,
        created_by_id=actor.user_id or None,
    )
    session.add(allocation)
    settle(session, invoice)
    _use(session, note)
    audit.record(session, actor, KIND, note.id, "applied", amount_minor=amount_minor, invoice=invoice.number)
    return allocation


def _use(session: Session, note: CreditNote) -> None:
    session.flush()
    applied = session.execute(
        select(func.coalesce(func.sum(col(Allocation.amount_minor)), 0)).where(
            col(Allocation.credit_note_id) == note.id, col(Allocation.removed_at).is_(None)
        )
    ).scalar_one()
    refunded = session.execute(
        select(func.coalesce(func.sum(col(Refund.amount_minor)), 0)).where(
            col(Refund.credit_note_id) == note.id, col(Refund.removed_at).is_(None)
        )
    ).scalar_one()
    note.used_minor = int(applied) + int(refunded)
    note.state = credit_note_state(_facts(note))
    posting.post_credit_use(session, note)


def _facts(note: CreditNote) -> CreditNoteFacts:
    return CreditNoteFacts(
        note.total_minor, note.total_minor - note.used_minor, note.issued_at, note.voided_at
    )


def _require(session: Session, note: CreditNote, action: CreditNoteAction) -> None:
    require_credit_note_action(action, _facts(note), portal_of(session).strict_numbering)


def _worth(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, int]:
    """Minor units of each line after the document's discount, as its prices are stated."""
    worth = crediting.worths(totals.document_of(invoice, lines), totals.results(invoice, lines))
    return {line.id or 0: amount for line, amount in zip(lines, worth, strict=True)}


def _lines_of_note(session: Session, credit_note_id: int) -> list[CreditNoteLine]:
    return list(
        session.execute(
            select(CreditNoteLine).where(col(CreditNoteLine.credit_note_id) == credit_note_id)
        ).scalars()
    )


def _given_back(session: Session, rows: Sequence[CreditNoteLine]) -> list[tuple[int, Fraction]]:
    """Of the invoice lines that these lines credit and give back: the part that all live notes give back."""
    ids = sorted({row.invoice_line_id for row in rows if row.releases_time and row.invoice_line_id})
    if not ids:
        return []
    line = session.get_one(InvoiceLine, ids[0])
    invoice = session.get_one(Invoice, line.invoice_id)
    worth = _worth(invoice, _lines_of_invoice(session, line.invoice_id))
    given: dict[int, Fraction] = dict.fromkeys(ids, Fraction(0))
    credits = session.execute(
        select(
            col(CreditNoteLine.invoice_line_id), col(CreditNoteLine.amount_minor), col(CreditNote.total_minor)
        )
        .join(CreditNote, col(CreditNote.id) == col(CreditNoteLine.credit_note_id))
        .where(
            col(CreditNoteLine.invoice_line_id).in_(ids),
            col(CreditNoteLine.releases_time),
            col(CreditNote.voided_at).is_(None),
        )
    )
    for line_id, amount, total in credits:
        whole = total == invoice.total_minor or not worth[line_id]
        given[line_id] += 1 if whole else Fraction(amount, worth[line_id])
    return list(given.items())


def _locked_invoice(session: Session, invoice_id: int) -> Invoice:
    return _locked(session, Invoice, invoice_id)


def _locked_note(session: Session, credit_note_id: int) -> CreditNote:
    return _locked(session, CreditNote, credit_note_id)


def _locked(session: Session, table: Any, row_id: int) -> Any:
    found = session.execute(
        select(table).where(table.id == row_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def _lines_of_invoice(session: Session, invoice_id: int) -> list[InvoiceLine]:
    return list(
        session.execute(
            select(InvoiceLine)
            .where(col(InvoiceLine.invoice_id) == invoice_id)
            .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
        ).scalars()
    )
