"""Effective hourly rate: what an hour of work really earned, by project, client or person."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.money import round_half_up
from finance_app.domain.periods import NamedPeriod, Period
from finance_app.domain.profit import KINDS, Basis
from finance_app.models import Client, Project, RevenueEntry, TimeLog, TimeTotal, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting.totals import MONTH, OF_PEOPLE, PERSON, in_months
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.profitability import figures
from finance_app.services.profitability.breakdown import By
from finance_app.services.profitability.scope import NOBODY, Scope, check
from finance_app.services.reports.days import asked_days
from finance_app.services.reports.lines import base_currency, paged

DEFAULT = NamedPeriod.THIS_FISCAL_YEAR.value
ASKS = ListAsks(
    sorts=("name", "revenue", "billable", "hours", "billable_rate", "rate"),
    default_sort="-rate",
    filters=("by", "basis", "period", "from", "until"),
)


ROWS = ListAsks(sorts=(), default_sort="", filters=(*ASKS.filters, "of"))


@dataclass(frozen=True, slots=True)
class Hourly:
    """Net revenue in minor units of base currency, and the seconds that were worked in the same days."""

    id: int
    name: str
    currency: str
    revenue_minor: int
    billable_seconds: int
    seconds: int
    by: By = By.PROJECT

    @property
    def billable_rate_minor(self) -> int | None:
        """Minor units an hour of billable time, rounded half up; None without any."""
        return hourly(self.revenue_minor, self.billable_seconds)

    @property
    def rate_minor(self) -> int | None:
        """The same over all time."""
        return hourly(self.revenue_minor, self.seconds)


def hourly(minor: int, seconds: int) -> int | None:
    return round_half_up(Fraction(minor * 3600, seconds)) if seconds else None


_ORDERS = {
    "name": lambda line: line.name.casefold(),
    "revenue": lambda line: line.revenue_minor,
    "billable": lambda line: line.billable_seconds,
    "hours": lambda line: line.seconds,
    "billable_rate": lambda line: _known(line.billable_rate_minor),
    "rate": lambda line: _known(line.rate_minor),
}


def _known(rate: int | None) -> Decimal:
    return Decimal("-Infinity") if rate is None else Decimal(rate)


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Hourly]:
    """A line for each project, client or person with revenue or time; `totals["whole"]` is the firm. Raises
    DomainError for days that cannot be."""
    check(session, actor, Scope())
    by = By(query.filter("by")) if query.filter("by") in set(By) else By.PROJECT
    basis = Basis.CASH if query.filter("basis") == Basis.CASH else Basis.ACCRUAL
    period, currency = asked_days(session, query.filters, DEFAULT), base_currency(session)
    earned, worked = _revenue(session, by, basis, period), _hours(session, by, period)
    keys = sorted({*earned, *worked})
    table = {By.PROJECT: Project, By.CLIENT: Client, By.PERSON: User}[by]
    names = dict(session.execute(select(col(table.id), col(table.name)).where(col(table.id).in_(keys))).all())
    lines = [
        Hourly(key, names.get(key, ""), currency, earned.get(key, 0), *worked.get(key, (0, 0)), by)
        for key in keys
    ]
    whole = Hourly(
        NOBODY, "", currency, sum(line.revenue_minor for line in lines),
        sum(line.billable_seconds for line in lines), sum(line.seconds for line in lines),
    )  # fmt: skip
    return paged(
        lines,
        query,
        _ORDERS,
        {"whole": whole, "by": by, "basis": basis, "period": period, "currency": currency},
    )


class Part(StrEnum):
    """What a rate is made of."""

    REVENUE = "revenue"
    BILLABLE = "billable"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class PartRow:
    part: Part
    line: Hourly


def rows_page(session: Session, actor: Actor, query: ListQuery) -> Found[PartRow]:
    """What the rates of a line (`of`; without one, of the firm) are made of: revenue by hours. Raises
    DomainError for days that cannot be, NotFound for a line that is none."""
    whole = page(session, actor, replace(query, sort="name", page=1, size=None))
    of = query.filter("of")
    lines = [line for line in whole.rows if str(line.id) == of] if of else [whole.totals["whole"]]
    if not lines:
        raise NotFound
    return Found(
        [PartRow(part, lines[0]) for part in Part], len(Part), query, {**whole.totals, "line": lines[0]}
    )


def _revenue(session: Session, by: By, basis: Basis, period: Period) -> dict[int, int]:
    key = {
        By.PROJECT: col(RevenueEntry.project_id),
        By.CLIENT: col(RevenueEntry.client_id),
        By.PERSON: col(RevenueEntry.user_id),
    }[by]
    statement = (
        select(key, func.sum(RevenueEntry.amount_minor))
        .where(
            col(RevenueEntry.kind).in_(KINDS[basis]), col(RevenueEntry.day).between(period.first, period.last)
        )
        .group_by(key)
    )
    return {id or NOBODY: int(minor) for id, minor in session.execute(statement)}


def _hours(session: Session, by: By, period: Period) -> dict[int, tuple[int, int]]:
    """Billable and all seconds: of whole months from the totals, of other days from the logs."""
    whole, rest = figures.split(period)
    found: dict[int, tuple[int, int]] = {}

    def add(table, owner, *where) -> None:
        key = col(Project.client_id) if by is By.CLIENT else owner
        billable = func.sum(case((col(table.billable).is_(True), col(table.seconds)), else_=0))
        statement = select(key, billable, func.sum(table.seconds)).select_from(table)
        if by is By.CLIENT:
            statement = statement.join(Project, col(Project.id) == col(table.project_id))
        for id, some, every in session.execute(statement.where(*where).group_by(key)):
            before = found.get(id or NOBODY, (0, 0))
            found[id or NOBODY] = before[0] + int(some), before[1] + int(every)

    for part in rest:
        owner = col(TimeLog.user_id) if by is By.PERSON else col(TimeLog.project_id)
        add(TimeLog, owner, col(TimeLog.day).between(part.first, part.last))
    if whole and by is By.PERSON:
        add(TimeTotal, PERSON, OF_PEOPLE, in_months(*whole))
    elif whole:
        first, last = (month.year * 100 + month.month for month in whole)
        of_months = (col(TimeTotal.level) == MONTH, col(TimeTotal.part_id).between(first, last))
        add(TimeTotal, col(TimeTotal.project_id), *of_months)
    return {id: sums for id, sums in found.items() if any(sums)}
