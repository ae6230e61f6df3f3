"""Payments as people see them: the list and its sums, one payment and what it settles, open invoices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.money import Money
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import InvoiceState
from finance_app.models import Allocation, AuditEvent, Client, Invoice, Payment, Refund, User
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.clients.credit import spent_of_payment
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.payments import recording as payments
from finance_app.services.portal import portal_of

ASKS = ListAsks(
    sorts=("date", "client", "amount", "unused"),
    default_sort="-date",
    filters=("state", "client", "method", "from", "until"),
)

UNUSED, DELETED = "unused", "deleted"


@dataclass(frozen=True)
class PaymentRecord:
    """A row of the list. `invoices` are the numbers of those it settles."""

    id: int
    paid_on: date
    client: str
    method: PaymentMethod
    reference: str
    currency: str
    amount_minor: int
    unused_minor: int
    deleted: bool
    invoices: tuple[str, ...]


@dataclass(frozen=True)
class PaymentSum:
    """What the found payments of a currency come to, without deleted ones."""

    currency: str
    amount_minor: int
    unused_minor: int


@dataclass(frozen=True)
class AllocationRecord:
    id: int
    kind: AllocationKind
    allocated_on: date
    amount_minor: int
    invoice_id: int
    invoice: str
    title: str


@dataclass(frozen=True)
class PaymentView:
    """A payment with its live allocations and refunds. Amounts are minor units of its currency."""

    payment: Payment
    client: str
    recorded_by: str
    base_currency: str
    zone: ZoneInfo
    unused_minor: int
    allocations: list[AllocationRecord]
    refunds: list[Refund]
    events: list[AuditEvent]


def page(session: Session, actor: Actor, query: ListQuery) -> Found[PaymentRecord]:
    """One page of the payments; `totals` has a PaymentSum for each currency of all that is found.

    The filter `state` is empty for all that count, `unused` for those with credit left, or `deleted`.
    """
    actor.require(Permission.PAYMENTS_VIEW)
    unused = col(Payment.amount_minor) - spent_of_payment()
    conditions = _conditions(query)
    statement = (
        select(
            col(Payment.id),
            col(Payment.paid_on),
            col(Client.name),
            col(Payment.method),
            col(Payment.reference),
            col(Payment.currency),
            col(Payment.amount_minor),
            unused.label("unused"),
            col(Payment.deleted_at).is_not(None),
        )
        .join(Client, col(Client.id) == col(Payment.client_id))
        .where(*conditions)
    )
    sorts = {
        "date": col(Payment.paid_on),
        "client": func.lower(Client.name),
        "amount": col(Payment.amount_minor),
        "unused": unused,
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Payment.id))
    numbers = _numbers(session, [row[0] for row in found.rows])
    rows = [
        PaymentRecord(*row[:7], 0 if row[8] else int(row[7]), row[8], numbers.get(row[0], ()))
        for row in found.rows
    ]
    sums = session.execute(
        select(col(Payment.currency), func.sum(col(Payment.amount_minor)), func.sum(unused))
        .join(Client, col(Client.id) == col(Payment.client_id))
        .where(*conditions, col(Payment.deleted_at).is_(None))
        .group_by(col(Payment.currency))
        .order_by(col(Payment.currency))
    )
    totals = [PaymentSum(row[0], int(row[1]), int(row[2])) for row in sums]
    return Found(rows, found.total, found.query, {"currencies": totals})


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Payments for the palette: id, client with the amount, reference; the newest first."""
    actor.require(Permission.PAYMENTS_VIEW)
    statement = (
        select(
            col(Payment.id),
            col(Client.name),
            col(Payment.amount_minor),
            col(Payment.currency),
            col(Payment.reference),
        )
        .join(Client, col(Client.id) == col(Payment.client_id))
        .where(col(Payment.deleted_at).is_(None), *([_matches(text)] if text else []))
        .order_by(col(Payment.paid_on).desc(), col(Payment.id).desc())
        .limit(limit)
    )
    return [(row[0], f"{row[1]} · {Money(row[2], row[3])}", row[4]) for row in session.execute(statement)]


def view(session: Session, actor: Actor, payment_id: int) -> PaymentView:
    """Raises NotFound."""
    actor.require(Permission.PAYMENTS_VIEW)
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    portal = portal_of(session)
    rows = session.execute(
        select(
            col(Allocation.id),
            col(Allocation.kind),
            col(Allocation.allocated_on),
            col(Allocation.amount_minor),
            col(Invoice.id),
            func.coalesce(col(Invoice.number), ""),
            col(Invoice.title),
        )
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(col(Allocation.payment_id) == payment_id, col(Allocation.removed_at).is_(None))
        .order_by(col(Allocation.allocated_on), col(Allocation.id))
    )
    refunds = session.execute(
        select(Refund)
        .where(col(Refund.payment_id) == payment_id, col(Refund.removed_at).is_(None))
        .order_by(col(Refund.refunded_on), col(Refund.id))
    ).scalars()
    person = session.get(User, payment.created_by_id) if payment.created_by_id else None
    return PaymentView(
        payment=payment,
        client=session.get_one(Client, payment.client_id).name,
        recorded_by=person.name if person else "",
        base_currency=portal.base_currency,
        zone=ZoneInfo(portal.time_zone),
        unused_minor=payments.unused(session, payment),
        allocations=[AllocationRecord(*row) for row in rows],
        refunds=list(refunds),
        events=audit.history(session, "payment", payment_id, 60),
    )


def open_invoices(
    session: Session, actor: Actor, client_id: int, currency: str | None = None
) -> list[Invoice]:
    """The issued invoices of a client with a balance, the oldest due first."""
    actor.require(Permission.PAYMENTS_VIEW)
    statement = select(Invoice).where(
        col(Invoice.client_id) == client_id, col(Invoice.state) == InvoiceState.ISSUED
    )
    if currency:
        statement = statement.where(col(Invoice.currency) == currency)
    return list(session.execute(statement.order_by(col(Invoice.due_date), col(Invoice.id))).scalars())


def _numbers(session: Session, payment_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(col(Allocation.payment_id), col(Invoice.number))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(col(Allocation.payment_id).in_(list(payment_ids)), col(Allocation.removed_at).is_(None))
        .order_by(col(Invoice.id))
    )
    numbers: dict[int, dict[str, None]] = {}
    for payment_id, number in rows:
        numbers.setdefault(payment_id, {})[number or ""] = None
    return {payment_id: tuple(found) for payment_id, found in numbers.items()}


def _conditions(query: ListQuery) -> list:
    state = query.filter("state")
    deleted = col(Payment.deleted_at)
    conditions: list = [deleted.is_not(None) if state == DELETED else deleted.is_(None)]
    if state == UNUSED:
        conditions.append(col(Payment.amount_minor) > spent_of_payment())
    if query.search:
        conditions.append(_matches(query.search))
    client = query.filter("client")
    if client.isascii() and client.isdigit() and len(client) < 10:
        conditions.append(col(Payment.client_id) == int(client))
    if (method := query.filter("method")) in set(map(str, PaymentMethod)):
        conditions.append(col(Payment.method) == PaymentMethod(method))
    if start := _day(query.filter("from")):
        conditions.append(col(Payment.paid_on) >= start)
    if end := _day(query.filter("until")):
        conditions.append(col(Payment.paid_on) <= end)
    return conditions


def _matches(text: str):
    pattern = like(text)
    settles = exists().where(
        col(Allocation.payment_id) == col(Payment.id),
        col(Allocation.removed_at).is_(None),
        col(Allocation.invoice_id) == col(Invoice.id),
        col(Invoice.number).ilike(pattern, escape="\\"),
    )
    return or_(
        col(Payment.reference).ilike(pattern, escape="\\"),
        col(Payment.notes).ilike(pattern, escape="\\"),
        col(Client.name).ilike(pattern, escape="\\"),
        settles,
    )


def _day(text: str) -> date | None:
    """A day of the address; one that is no day narrows nothing."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
