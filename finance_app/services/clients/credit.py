"""Credit of a client out of over-payments: apply it to an open invoice, or give it back."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, col

from finance_app.domain import payment as rules
from finance_app.domain.errors import DomainError
from finance_app.domain.money import Money
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import CreditNoteState, InvoiceState
from finance_app.models import Allocation, CreditNote, Invoice, Payment, Refund
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing.facts import balance_of, settle
from finance_app.services.payments import recording as payments
from finance_app.services.payments.settling import check_day, lock_open_invoice
from finance_app.services.portal import portal_of, today


def credit_of(session: Session, actor: Actor, client_id: int) -> dict[str, int]:
    """The unused minor units of a client's payments, by currency."""
    actor.require(Permission.PAYMENTS_VIEW)
    rest = func.sum(col(Payment.amount_minor) - spent_of_payment())
    rows = session.execute(
        select(col(Payment.currency), rest)
        .where(col(Payment.client_id) == client_id, col(Payment.deleted_at).is_(None))
        .group_by(col(Payment.currency))
        .having(rest != 0)
        .order_by(col(Payment.currency))
    )
    return {row[0]: int(row[1]) for row in rows}


@dataclass(frozen=True)
class Account:
    """What a client owes in a currency, what of it is late, and the credit of payments and credit notes."""

    currency: str
    open_minor: int
    overdue_minor: int
    credit_minor: int


def accounts_of(session: Session, actor: Actor, client_id: int) -> list[Account]:
    """The accounts of a client that are not even, by currency."""
    credit = credit_of(session, actor, client_id)
    notes = session.execute(
        select(col(CreditNote.currency), func.sum(col(CreditNote.total_minor) - col(CreditNote.used_minor)))
        .where(col(CreditNote.client_id) == client_id, col(CreditNote.state) == CreditNoteState.OPEN)
        .group_by(col(CreditNote.currency))
    )
    for currency, minor in notes:
        credit[currency] = credit.get(currency, 0) + int(minor)
    balance = col(Invoice.total_minor) - col(Invoice.settled_minor)
    late = case((col(Invoice.due_date) < today(session), balance), else_=0)
    owed = {
        row[0]: (int(row[1]), int(row[2]))
        for row in session.execute(
            select(col(Invoice.currency), func.sum(balance), func.sum(late))
            .where(col(Invoice.client_id) == client_id, col(Invoice.state) == InvoiceState.ISSUED)
            .group_by(col(Invoice.currency))
        )
    }
    return [
        Account(currency, *owed.get(currency, (0, 0)), credit.get(currency, 0))
        for currency in sorted({*owed, *credit})
    ]


def spent_of_payment() -> ColumnElement[int]:
    """What of a payment of the surrounding statement is allocated or refunded, in minor units."""
    allocated = (
        select(func.coalesce(func.sum(col(Allocation.amount_minor)), 0))
        .where(
            col(Allocation.payment_id) == col(Payment.id),
            col(Allocation.kind) == AllocationKind.PAYMENT,
            col(Allocation.removed_at).is_(None),
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    refunded = (
        select(func.coalesce(func.sum(col(Refund.amount_minor)), 0))
        .where(col(Refund.payment_id) == col(Payment.id), col(Refund.removed_at).is_(None))
        .correlate(Payment)
        .scalar_subquery()
    )
    return allocated + refunded


def apply(
    session: Session, actor: Actor, payment_id: int, invoice_id: int, amount_minor: int, day: date
) -> Allocation:
    """Settle an open invoice of the same client with the unused part of a payment.

    Raises NotFound, DomainError where either has too little left, CurrencyMismatch.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    _check_day(session, day)
    payment = payments.lock_payment(session, payment_id)
    invoice = lock_open_invoice(session, invoice_id)
    if invoice.client_id != payment.client_id:
        raise DomainError("payment.error.other_client")
    rules.check_credit_use(
        Money(amount_minor, payment.currency),
        Money(payments.unused(session, payment), payment.currency),
        Money(balance_of(invoice), invoice.currency),
    )
    allocation = Allocation(
        invoice_id=invoice_id,
        payment_id=payment_id,
        allocated_on=day,
        kind=AllocationKind.PAYMENT,
        amount_minor=amount_minor,
        created_by_id=actor.user_id or None,
    )
    session.add(allocation)
    settle(session, invoice)
    audit.record(
        session, actor, "payment", payment_id, "applied", invoice=invoice_id, amount_minor=amount_minor
    )
    return allocation


def refund(
    session: Session,
    actor: Actor,
    payment_id: int,
    amount_minor: int,
    day: date,
    request_key: str,
    *,
    method: PaymentMethod = PaymentMethod.BANK_TRANSFER,
    reference: str = "",
) -> Refund:
    """Give unused money of a payment back. The same request key again gives the refund that it made.

    Raises NotFound, DomainError.
    """
    actor.require(Permission.PAYMENTS_EDIT)
    payment = payments.lock_payment(session, payment_id)
    made = session.execute(select(Refund).where(col(Refund.request_key) == request_key)).scalar_one_or_none()
    if made:
        return made
    _check_day(session, day)
    rules.check_credit_use(
        Money(amount_minor, payment.currency), Money(payments.unused(session, payment), payment.currency)
    )
    refund = Refund(
        client_id=payment.client_id,
        payment_id=payment_id,
        refunded_on=day,
        currency=payment.currency,
        exchange_rate=payment.exchange_rate,
        amount_minor=amount_minor,
        method=method,
        reference=reference.strip(),
        request_key=request_key,
        created_by_id=actor.user_id or None,
    )
    session.add(refund)
    session.flush()
    audit.record(session, actor, "payment", payment_id, "refunded", amount_minor=amount_minor)
    return refund


def _check_day(session: Session, day: date) -> None:
    check_day(portal_of(session), day, today(session))
