"""Payments: record one over a client's invoices, write off a rest, take an allocation or a payment back.

Every function takes the session and the actor first, checks the right, flushes, and leaves the commit to the
caller. The client and its invoices are locked before a balance is looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain import payment as rules
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import Money
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import InvoiceState
from finance_app.models import Allocation, Invoice, Payment, Portal, Refund
from finance_app.models.columns import now
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing.facts import balance_of, settle
from finance_app.services.payments.settling import (
    check_day,
    check_not_closed,
    lock_client,
    lock_invoices,
    lock_open_invoice,
)
from finance_app.services.portal import portal_of, today


@dataclass(frozen=True)
class Received:
    """A payment to record. `amount_minor` is what arrived; bank charges and withheld tax settle on top of it.

    `allocations` are minor units settled of each invoice by its id; where None, the oldest due come first.
    Without an exchange rate, that of the oldest invoice it settles holds.
    """

    client_id: int
    paid_on: date
    currency: str
    amount_minor: int
    request_key: str
    method: PaymentMethod = PaymentMethod.BANK_TRANSFER
    reference: str = ""
    notes: str = ""
    bank_charges_minor: int = 0
    withheld_minor: int = 0
    exchange_rate: Decimal | None = None
    allocations: Mapping[int, int] | None = None


def record(session: Session, actor: Actor, received: Received) -> Payment:
    """Record a payment and settle invoices with it; what is left is credit of the client.

    The same request key again gives the payment that it made. Raises DomainError.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    lock_client(session, received.client_id)
    made = session.execute(
        select(Payment).where(col(Payment.request_key) == received.request_key)
    ).scalar_one_or_none()
    if made:
        return made
    portal = portal_of(session)
    check_day(portal, received.paid_on, today(session))
    invoices = lock_invoices(session, _wanted(session, received))
    open_invoices = [
        rules.OpenInvoice(invoice.id or 0, invoice.currency, balance_of(invoice), invoice.due_date)
        for invoice in invoices
        if invoice.state is InvoiceState.ISSUED and invoice.client_id == received.client_id
    ]
    settles = received.amount_minor + received.bank_charges_minor + received.withheld_minor
    shares = (
        rules.allocate_oldest_first(settles, open_invoices)
        if received.allocations is None
        else tuple(rules.Allocation(invoice, amount) for invoice, amount in received.allocations.items())
    )
    checked = rules.Payment(
        currency=received.currency,
        amount_minor=received.amount_minor + received.bank_charges_minor,
        allocations=shares,
        bank_charges_minor=received.bank_charges_minor,
        withheld_minor=received.withheld_minor,
    )
    rules.check_payment(checked, open_invoices)
    if checked.allocated_minor < received.bank_charges_minor + received.withheld_minor:
        raise DomainError("payment.error.charges_unallocated")
    payment = Payment(
        client_id=received.client_id,
        paid_on=received.paid_on,
        currency=received.currency,
        exchange_rate=_exchange_rate(received, portal, invoices),
        amount_minor=received.amount_minor,
        method=received.method,
        reference=received.reference.strip(),
        notes=received.notes.strip(),
        request_key=received.request_key,
        created_by_id=actor.user_id or None,
    )
    session.add(payment)
    session.flush()
    left = {
        AllocationKind.WITHHOLDING: received.withheld_minor,
        AllocationKind.BANK_CHARGES: received.bank_charges_minor,
        AllocationKind.PAYMENT: received.amount_minor,
    }
    for share in shares:
        wanted = share.amount_minor
        for kind, available in left.items():
            part = min(wanted, available)
            if part:
                session.add(
                    Allocation(
                        invoice_id=int(share.invoice_id),
                        kind=kind,
                        payment_id=payment.id,
                        allocated_on=received.paid_on,
                        amount_minor=part,
                        created_by_id=actor.user_id or None,
                    )
                )
                left[kind] -= part
                wanted -= part
    for invoice in invoices:
        settle(session, invoice)
    for share in shares:
        amount = str(Money(share.amount_minor, payment.currency))
        audit.record(
            session,
            actor,
            "invoice",
            int(share.invoice_id),
            "payment_recorded",
            amount=amount,
            payment=payment.id,
        )
    audit.record(
        session,
        actor,
        "payment",
        payment.id,
        "payment_recorded",
        amount=str(Money(payment.amount_minor, payment.currency)),
        invoices={str(share.invoice_id): share.amount_minor for share in shares},
    )
    return payment


def _wanted(session: Session, received: Received) -> Sequence[int]:
    if received.allocations is not None:
        return list(received.allocations)
    found = session.execute(
        select(col(Invoice.id)).where(
            col(Invoice.client_id) == received.client_id,
            col(Invoice.currency) == received.currency,
            col(Invoice.state) == InvoiceState.ISSUED,
        )
    ).scalars()
    return [each for each in found if each is not None]


def _exchange_rate(received: Received, portal: Portal | None, invoices: Sequence[Invoice]) -> Decimal:
    if portal is None or received.currency == portal.base_currency:
        return Decimal(1)
    if received.exchange_rate is not None:
        if received.exchange_rate <= 0:
            raise DomainError("error.money.exchange_rate_not_positive", rate=received.exchange_rate)
        return received.exchange_rate
    if not invoices:
        raise DomainError("payment.error.exchange_rate", currency=received.currency, field="exchange_rate")
    return min(invoices, key=lambda invoice: (invoice.due_date, invoice.id)).exchange_rate


def delete(session: Session, actor: Actor, payment_id: int, reason: str) -> None:
    """Take a payment back: its allocations are removed and its invoices open again.

    Raises NotFound; DomainError without a reason, after a refund of it, or inside the closed period.
    Deleting it twice does nothing.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    payment = lock_payment(session, payment_id)
    if payment.deleted_at:
        return
    reason = _reason(reason)
    check_not_closed(portal_of(session), payment.paid_on)
    if refunded(session, payment_id):
        raise DomainError("payment.error.refunded")
    live = allocations_of(session, payment_id)
    invoices = lock_invoices(session, [allocation.invoice_id for allocation in live])
    for allocation in live:
        check_not_closed(portal_of(session), allocation.allocated_on)
        _remove(session, allocation, reason)
    payment.deleted_at, payment.delete_reason = now(), reason
    session.add(payment)
    for invoice in invoices:
        settle(session, invoice)
    audit.record(session, actor, "payment", payment_id, "deleted", reason=reason)


def remove_allocation(session: Session, actor: Actor, allocation_id: int, reason: str) -> None:
    """Take one allocation of a payment, or a write-off, off its invoice. The payment's part becomes credit.

    Raises NotFound; DomainError without a reason, for a credit note, inside the closed period, or for bank
    charges and withholding, which live and go with their payment.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    found = session.get(Allocation, allocation_id)
    invoice = session.get(Invoice, found.invoice_id) if found else None
    if found is None or invoice is None:
        raise NotFound
    lock_client(session, invoice.client_id)
    invoice = lock_invoices(session, [found.invoice_id])[0]
    session.refresh(found)
    if found.removed_at:
        return
    if found.kind not in (AllocationKind.PAYMENT, AllocationKind.WRITE_OFF):
        raise DomainError("payment.error.goes_with_source")
    reason = _reason(reason)
    check_not_closed(portal_of(session), found.allocated_on)
    _remove(session, found, reason)
    settle(session, invoice)
    audit.record(
        session, actor, "invoice", invoice.id, "allocation_removed", allocation=allocation_id, reason=reason
    )


def write_off(
    session: Session,
    actor: Actor,
    invoice_id: int,
    amount_minor: int,
    day: date,
    note: str,
    request_key: str | None = None,
) -> Allocation:
    """Give up a rest of an open invoice. The same request key again gives the write-off that it made.

    Raises NotFound, DomainError.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    check_day(portal_of(session), day, today(session))
    lock_invoices(session, [invoice_id])
    if made := _written_off(session, request_key):
        return made
    invoice = lock_open_invoice(session, invoice_id)
    rules.check_write_off(Money(amount_minor, invoice.currency), Money(balance_of(invoice), invoice.currency))
    allocation = Allocation(
        invoice_id=invoice_id,
        kind=AllocationKind.WRITE_OFF,
        allocated_on=day,
        amount_minor=amount_minor,
        note=_reason(note),
        request_key=request_key,
        created_by_id=actor.user_id or None,
    )
    session.add(allocation)
    settle(session, invoice)
    audit.record(session, actor, "invoice", invoice_id, "written_off", amount_minor=amount_minor, note=note)
    return allocation


def _written_off(session: Session, request_key: str | None) -> Allocation | None:
    if request_key is None:
        return None
    return session.execute(
        select(Allocation).where(col(Allocation.request_key) == request_key)
    ).scalar_one_or_none()


def lock_payment(session: Session, payment_id: int) -> Payment:
    """The payment as it is now, its client locked. Raises NotFound."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    lock_client(session, payment.client_id)
    session.refresh(payment)
    return payment


def refunded(session: Session, payment_id: int) -> int:
    """Minor units of a payment that went back to the client."""
    return int(
        session.execute(
            select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
                col(Refund.payment_id) == payment_id, col(Refund.removed_at).is_(None)
            )
        ).scalar_one()
    )


def unused(session: Session, payment: Payment) -> int:
    """Minor units of a payment that are credit of the client: neither allocated nor refunded."""
    if payment.deleted_at or payment.id is None:
        return 0
    live = allocations_of(session, payment.id)
    spent = sum(each.amount_minor for each in live if each.kind is AllocationKind.PAYMENT)
    return payment.amount_minor - spent - refunded(session, payment.id)


def allocations_of(session: Session, payment_id: int) -> list[Allocation]:
    """What a payment settles, with the bank charges and withheld tax that came with it."""
    return list(
        session.execute(
            select(Allocation).where(
                col(Allocation.payment_id) == payment_id, col(Allocation.removed_at).is_(None)
            )
        ).scalars()
    )


def _remove(session: Session, allocation: Allocation, reason: str) -> None:
    allocation.removed_at, allocation.removed_reason = now(), reason
    session.add(allocation)


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise DomainError("payment.error.reason", field="reason")
    return reason[:500]
