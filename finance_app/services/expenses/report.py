"""What expenses cost in a period: by category, person, project, client or month, in base currency."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.periods import Month, NamedPeriod, Period, months_of, named_period
from finance_app.models import Client, Expense, ExpenseCategory, ExpenseLine, Project, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses.access import visible
from finance_app.services.expenses.costs import counted
from finance_app.services.expenses.listing import client_id_of
from finance_app.services.listing import Found, ListAsks, ListQuery, page_of
from finance_app.services.portal import portal_of, today

BY = ("category", "person", "project", "client", "month")
ASKS = ListAsks(sorts=("cost",), default_sort="-cost", filters=("by", "period", "project", "person"))


NONE = "none"
"""How an address asks for the expenses that have no category, project or client."""
ROWS = ListAsks(
    sorts=("day", "person", "merchant", "cost"), default_sort="-day", filters=(*ASKS.filters, "key")
)


@dataclass(frozen=True)
class Share:
    """A row: what it is of (`id` None where an expense has none of it), how many expenses, their cost."""

    id: int | None
    name: str
    month: Month | None
    count: int
    cost_minor: int
    currency: str
    by: str


def period_of(session: Session, query: ListQuery) -> Period:
    """The period that the query names: the present fiscal year where it names none."""
    wanted = query.filter("period")
    name = NamedPeriod(wanted) if wanted in set(NamedPeriod) else NamedPeriod.THIS_FISCAL_YEAR
    return named_period(name, today(session), portal_of(session).fiscal_year_start)


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Share]:
    """The rows of a report, dearest first, months in order; `totals` has their count and cost. Whoever sees
    only their own expenses gets the report of those."""
    period = period_of(session, query)
    by = by_of(query)
    where = _where(actor, query, period)
    rows = _READERS[by](session, where, period)
    base = portal_of(session).base_currency
    shares = [Share(id_, name, month, count, int(cost), base, by) for id_, name, month, count, cost in rows]
    totals = {
        "count": sum(share.count for share in shares),
        "cost_minor": sum(share.cost_minor for share in shares),
        "currency": base,
    }
    return Found(shares, len(shares), query, totals)


def by_of(query: ListQuery) -> str:
    return query.filter("by") if query.filter("by") in BY else BY[0]


def _where(actor: Actor, query: ListQuery, period: Period) -> list[Any]:
    where = [*counted(), col(Expense.day).between(period.first, period.last), *visible(actor)]
    for name, column in (("project", Expense.project_id), ("person", Expense.user_id)):
        if text := query.filter(name):
            where.append(col(column) == _number(text))
    return where


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@dataclass(frozen=True)
class CostRow:
    """An expense, or of a category the lines of it that are of that category, in base currency."""

    expense_id: int
    day: date
    person: str
    merchant: str
    project: str
    cost_minor: int
    currency: str


def rows_page(session: Session, actor: Actor, query: ListQuery) -> Found[CostRow]:
    """The expenses behind a figure: of the row `key` of the report, without one of all its rows. `totals` has
    their cost and the days."""
    period, by, key = period_of(session, query), by_of(query), query.filter("key")
    where = _where(actor, query, period)
    of_category = by == "category" and key
    cost = func.sum(ExpenseLine.base_cost_minor) if of_category else col(Expense.base_cost_minor)
    statement = (
        select(
            *(col(Expense.id), col(Expense.day), col(User.name), col(Expense.merchant)),
            func.coalesce(Project.name, "").label("project"),
            cost.label("cost"),
        )
        .select_from(Expense)
        .join(User, col(User.id) == col(Expense.user_id))
        .outerjoin(Project, col(Project.id) == col(Expense.project_id))
    )
    if of_category:
        owner = col(ExpenseLine.category_id)
        statement = statement.join(ExpenseLine, col(ExpenseLine.expense_id) == col(Expense.id))
        statement = statement.group_by(*(statement.selected_columns[:5]))
    else:
        owner = {"project": col(Expense.project_id), "person": col(Expense.user_id)}.get(by, client_id_of())
    if by == "month" and key:
        days = _month(key, period)
        where.append(col(Expense.day).between(days.first, days.last))
    elif key:
        where.append(owner.is_(None) if key == NONE else owner == _number(key))
    statement = statement.where(*where)
    every = statement.subquery()
    whole = session.execute(select(func.coalesce(func.sum(every.c.cost), 0))).scalar_one()
    sorts = {
        "day": col(Expense.day),
        "person": func.lower(User.name),
        "merchant": func.lower(Expense.merchant),
        "cost": cost,
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Expense.id))
    base = portal_of(session).base_currency
    rows = [CostRow(*row[:5], int(row[5]), base) for row in found.rows]
    named = _named(session, by, key)
    totals = {"cost": int(whole), "currency": base, "period": period, "by": by, "name": named}
    return Found(rows, found.total, found.query, totals)


def _named(session: Session, by: str, key: str) -> str:
    table = {"category": ExpenseCategory, "person": User, "project": Project, "client": Client}.get(by)
    if table is None or not _number(key):
        return ""
    return session.execute(select(col(table.name)).where(col(table.id) == _number(key))).scalar() or ""


def _month(key: str, period: Period) -> Period:
    """The days of a month (`2026-03`) that lie in the period. Raises NotFound for what is none."""
    try:
        days = Month.of(date.fromisoformat(f"{key}-01")).period
    except ValueError:
        raise NotFound from None
    if days.last < period.first or days.first > period.last:
        raise NotFound
    return Period(max(days.first, period.first), min(days.last, period.last))


Rows = list[tuple[int | None, str, Month | None, int, int]]


def _by_category(session: Session, where: list[Any], _period: Period) -> Rows:
    cost = func.coalesce(func.sum(col(ExpenseLine.base_cost_minor)), 0)
    rows = session.execute(
        select(
            col(ExpenseCategory.id),
            func.coalesce(ExpenseCategory.name, ""),
            func.count(func.distinct(col(Expense.id))),
            cost,
        )
        .select_from(ExpenseLine)
        .join(Expense, col(Expense.id) == col(ExpenseLine.expense_id))
        .outerjoin(ExpenseCategory, col(ExpenseCategory.id) == col(ExpenseLine.category_id))
        .where(*where)
        .group_by(col(ExpenseCategory.id), ExpenseCategory.name)
        .order_by(cost.desc(), func.coalesce(ExpenseCategory.name, ""))
    ).all()
    return [(row[0], row[1], None, row[2], row[3]) for row in rows]


def _by(kind: Any, link: Callable[[], Any]) -> Callable[[Session, list[Any], Period], Rows]:
    def read(session: Session, where: list[Any], _period: Period) -> Rows:
        cost = func.coalesce(func.sum(col(Expense.base_cost_minor)), 0)
        statement = (
            select(col(kind.id), func.coalesce(kind.name, ""), func.count(), cost)
            .select_from(Expense)
            .where(*where)
            .group_by(col(kind.id), kind.name)
            .order_by(cost.desc(), func.coalesce(kind.name, ""))
        )
        if kind is Client:
            statement = statement.outerjoin(Project, col(Project.id) == col(Expense.project_id))
        rows = session.execute(statement.outerjoin(kind, col(kind.id) == link())).all()
        return [(row[0], row[1], None, row[2], row[3]) for row in rows]

    return read


def _by_month(session: Session, where: list[Any], period: Period) -> Rows:
    year, month = func.extract("year", col(Expense.day)), func.extract("month", col(Expense.day))
    rows = session.execute(
        select(year, month, func.count(), func.sum(col(Expense.base_cost_minor)))
        .where(*where)
        .group_by(year, month)
    ).all()
    found = {Month(int(row[0]), int(row[1])): (int(row[2]), int(row[3])) for row in rows}
    return [(None, "", each, *found.get(each, (0, 0))) for each in months_of(period)]


_READERS: dict[str, Callable[[Session, list[Any], Period], Rows]] = {
    "category": _by_category,
    "person": _by(User, lambda: col(Expense.user_id)),
    "project": _by(Project, lambda: col(Expense.project_id)),
    "client": _by(Client, client_id_of),
    "month": _by_month,
}


def months(session: Session, actor: Actor, query: ListQuery) -> list[Share]:
    """The months of the report's period, for its chart."""
    filters = {**query.filters, "by": "month"}
    return page(session, actor, ListQuery(filters=filters)).rows
