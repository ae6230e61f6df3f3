"""Cash received: payments less refunds, by month, client or method."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Month, NamedPeriod, Period, months_of
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Payment, Refund
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.reports.days import asked_days
from finance_app.services.reports.lines import base_currency, in_base, paged

DEFAULT = NamedPeriod.THIS_FISCAL_YEAR.value
ASKS = ListAsks(
    sorts=("name", "count", "received", "refunded", "net"),
    default_sort="-name",
    filters=("by", "period", "from", "until"),
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
    """Key, day, currency, rate, how many and how much; of a month the day alone is the key."""
    key = {By.MONTH: col(table.currency), By.CLIENT: col(table.client_id), By.METHOD: col(table.method)}[by]
    live = col(table.deleted_at if table is Payment else table.removed_at).is_(None)
    keys = (key.label("key"), day, col(table.currency), col(table.exchange_rate))
    statement = (
        select(*keys, func.count(), func.sum(table.amount_minor))
        .where(live, day.between(period.first, period.last))
        .group_by(*keys)
    )
    return [tuple(row) for row in session.execute(statement)]


def month_days(key: str, period: Period) -> tuple[date, date]:
    """The days of a month line that lie in the period."""
    year, number = key.split("-")
    days = Month(int(year), int(number)).period
    return max(days.first, period.first), min(days.last, period.last)
