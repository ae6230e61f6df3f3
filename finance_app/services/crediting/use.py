"""What an open credit note is used for: it settles invoices of its client, or is refunded."""

from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.money import Money
from finance_app.domain.payment import check_credit_use
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import CreditNoteAction
from finance_app.models import Allocation, CreditNote, Invoice, Refund
from finance_app.models.columns import now
from finance_app.models.kinds import AllocationKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.crediting.rows import locked_invoice, locked_note
from finance_app.services.crediting.state import KIND, require, state_of
from finance_app.services.invoicing.facts import balance_of, settle
from finance_app.services.portal import portal_of
from finance_app.services.profitability import posting


def apply(
    session: Session, actor: Actor, credit_note_id: int, invoice_id: int, amount_minor: int, day: date
) -> Allocation:
    """Settle a part of an invoice of the same client with an open credit note. Raises DomainError."""
    actor.require(Permission.PAYMENTS_EDIT)
    note = locked_note(session, credit_note_id)
    require(session, note, CreditNoteAction.APPLY)
    check_open(day, portal_of(session).closed_until)
    invoice = locked_invoice(session, invoice_id)
    if invoice.client_id != note.client_id:
        raise NotFound
    check_credit_use(
        Money(amount_minor, note.currency),
        Money(note.total_minor - note.used_minor, note.currency),
        Money(balance_of(invoice), invoice.currency),
    )
    return allocate(session, actor, note, invoice, amount_minor, day)


def refund(
    session: Session, actor: Actor, credit_note_id: int, amount_minor: int, day: date, request_key: str
) -> Refund:
    """Give a part of an open credit note back in money; a repeated request is one refund."""
    actor.require(Permission.PAYMENTS_EDIT)
    note = locked_note(session, credit_note_id)
    known = session.execute(select(Refund).where(col(Refund.request_key) == request_key)).scalars().first()
    if known:
        return known
    require(session, note, CreditNoteAction.REFUND)
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


def unapply(session: Session, actor: Actor, allocation_id: int, reason: str) -> None:
    """Take a credit note off an invoice: it is open credit again. Raises NotFound."""
    actor.require(Permission.PAYMENTS_EDIT)
    allocation = session.get(Allocation, allocation_id)
    if allocation is None or allocation.credit_note_id is None:
        raise NotFound
    note = locked_note(session, allocation.credit_note_id)
    invoice = locked_invoice(session, allocation.invoice_id)
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
        _use(session, locked_note(session, made.credit_note_id))
    kind, owner = (KIND, made.credit_note_id) if made.credit_note_id else ("payment", made.payment_id)
    audit.record(session, actor, kind, owner, "refund_taken_back", amount_minor=made.amount_minor)


def allocate(
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
    note.state = state_of(note)
    posting.post_credit_use(session, note)
