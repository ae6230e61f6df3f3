"""Cash received: payments less refunds, by month, client or method."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, case, func, literal, select, union_all
from sqlmodel import Session, col

from finance_app.domain.periods import Month, NamedPeriod, Period, months_of
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Payment, Refund
from finance_app.models.kinds import PaymentMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, page_of
from finance_app.services.reports.days import asked_days
from finance_app.services.reports.lines import base_currency, in_base, paged

DEFAULT = NamedPeriod.THIS_FISCAL_YEAR.value
ASKS = ListAsks(
    sorts=("name", "count", "received", "refunded", "net"),
    default_sort="-name",
    filters=("by", "period", "from", "until"),
)


RECEIVED, REFUNDED = "received", "refunded"
ROWS = ListAsks(
    sorts=("day", "client", "amount"),
    default_sort="-day",
    filters=(*ASKS.filters, "client", "method", "part"),
)


class By(StrEnum):
    MONTH = "month"
    CLIENT = "client"
    METHOD = "method"


@dataclass(slots=True)
class Cash:
    """A month, client or method: how many payments, and what came in and went back, in minor units of base
    currency at the rate of each payment."""

    key: str
    name: str
    currency: str
    count: int = 0
    received_minor: int = 0
    refunded_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.received_minor - self.refunded_minor


_ORDERS = {
    "name": lambda line: (line.name.casefold(), line.key),
    "count": lambda line: line.count,
    "received": lambda line: line.received_minor,
    "refunded": lambda line: line.refunded_minor,
    "net": lambda line: line.net_minor,
}


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Cash]:
    """A line for each month, client or method. The name of a month is `2026-03`, of a method its word.
    `totals` has the sums and the net of each month. Raises DomainError for days that cannot be."""
    actor.require(Permission.PAYMENTS_VIEW)
    by = By(query.filter("by")) if query.filter("by") in set(By) else By.MONTH
    period, base = asked_days(session, query.filters, DEFAULT), base_currency(session)
    lines: dict[str, Cash] = {}
    months: dict[Month, int] = defaultdict(int)
    for is_refund, table, day in ((False, Payment, Payment.paid_on), (True, Refund, Refund.refunded_on)):
        for key, on, currency, rate, count, minor in _sums(session, by, table, col(day), period):
            name = f"{on.year:04d}-{on.month:02d}" if by is By.MONTH else str(key)
            line = lines.setdefault(name, Cash(name, name, base))
            amount = in_base(int(minor), currency, base, rate)
            if is_refund:
                line.refunded_minor += amount
            else:
                line.count += count
                line.received_minor += amount
            months[Month.of(on)] += -amount if is_refund else amount
    if by is By.CLIENT:
        ids = [int(key) for key in lines]
        names = select(col(Client.id), col(Client.name)).where(col(Client.id).in_(ids))
        for id, name in session.execute(names):
            lines[str(id)].name = name
    found = list(lines.values())
    totals = {
        "by": by,
        "currency": base,
        "period": period,
        "count": sum(line.count for line in found),
        "received": sum(line.received_minor for line in found),
        "refunded": sum(line.refunded_minor for line in found),
        "months": [(month, months[month]) for month in months_of(period)],
    }
    return paged(found, query, _ORDERS, totals)


def _sums(session: Session, by: By, table: Any, day: Any, period: Period) -> list[tuple]:
    """Key, day, currency, rate, how many and how much; of a month the day alone is the key. What is foreign
    comes one by one, as each is converted and rounded by itself."""
    key = {By.MONTH: col(table.currency), By.CLIENT: col(table.client_id), By.METHOD: col(table.method)}[by]
    live = col(table.deleted_at if table is Payment else table.removed_at).is_(None)
    alone = case((col(table.currency) == base_currency(session), 0), else_=col(table.id))
    keys = (key.label("key"), day, col(table.currency), col(table.exchange_rate))
    statement = (
        select(*keys, func.count(), func.sum(table.amount_minor))
        .where(live, day.between(period.first, period.last))
        .group_by(*keys, alone)
    )
    return [tuple(row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class CashRow:
    """A payment, or (negative) a refund of a payment or a credit note, in minor units of base currency."""

    payment_id: int | None
    credit_note_id: int | None
    is_refund: bool
    day: date
    client: str
    method: PaymentMethod
    reference: str
    amount_minor: int
    currency: str


def rows_page(session: Session, actor: Actor, query: ListQuery) -> Found[CashRow]:
    """What a figure of the report is made of; `totals` has the sum. Raises DomainError."""
    actor.require(Permission.PAYMENTS_VIEW)
    period, base = asked_days(session, query.filters, DEFAULT), base_currency(session)
    part = query.filter("part")
    tables = [Payment] if part == RECEIVED else [Refund] if part == REFUNDED else [Payment, Refund]
    moved = union_all(*(_moved(table, period, query) for table in tables)).subquery()
    statement = select(*moved.c, col(Client.name).label("client")).join(
        Client, col(Client.id) == moved.c.client_id
    )
    sorts = {"day": moved.c.day, "client": func.lower(Client.name), "amount": moved.c.amount}
    found = page_of(session, statement, query, sorts=sorts, tie=moved.c.id)
    rows = [
        CashRow(
            row.payment_id,
            row.credit_note_id,
            bool(row.is_refund),
            row.day,
            row.client,
            PaymentMethod(row.method),
            row.reference,
            in_base(int(row.amount), row.currency, base, row.exchange_rate),
            base,
        )
        for row in found.rows
    ]
    amounts = select(moved.c.currency, moved.c.exchange_rate, moved.c.amount)
    foreign = session.execute(amounts.where(moved.c.currency != base)).all()
    own = select(func.coalesce(func.sum(moved.c.amount), 0)).where(moved.c.currency == base)
    whole = int(session.execute(own).scalar_one())
    whole += sum(in_base(int(minor), currency, base, rate) for currency, rate, minor in foreign)
    return Found(rows, found.total, found.query, {"currency": base, "period": period, "sum": whole})


def _moved(table: Any, period: Period, query: ListQuery) -> Any:
    is_refund = table is Refund
    day = col(Refund.refunded_on if is_refund else Payment.paid_on)
    where = [col(table.removed_at if is_refund else table.deleted_at).is_(None)]
    where.append(day.between(period.first, period.last))
    client = query.filter("client")
    if client.isascii() and client.isdigit() and len(client) < 10:
        where.append(col(table.client_id) == int(client))
    if query.filter("method") in set(PaymentMethod):
        where.append(col(table.method) == PaymentMethod(query.filter("method")))
    return select(
        col(table.id).label("id"),
        literal(1 if is_refund else 0).label("is_refund"),
        (col(Refund.payment_id) if is_refund else col(Payment.id)).label("payment_id"),
        (col(Refund.credit_note_id) if is_refund else literal(None, Integer)).label("credit_note_id"),
        day.label("day"),
        col(table.client_id).label("client_id"),
        col(table.method).label("method"),
        col(table.reference).label("reference"),
        col(table.currency).label("currency"),
        col(table.exchange_rate).label("exchange_rate"),
        (-col(table.amount_minor) if is_refund else col(table.amount_minor)).label("amount"),
    ).where(*where)


def month_days(key: str, period: Period) -> tuple[date, date]:
    """The days of a month line that lie in the period."""
    year, number = key.split("-")
    days = Month(int(year), int(number)).period
    return max(days.first, period.first), min(days.last, period.last)
