"""What expenses cost in a period: by category, person, project, client or month, in base currency."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Month, NamedPeriod, Period, months_of, named_period
from finance_app.models import Client, Expense, ExpenseCategory, ExpenseLine, Project, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses.access import portal_of, today, visible
from finance_app.services.expenses.costs import counted
from finance_app.services.expenses.listing import client_id_of
from finance_app.services.listing import Found, ListAsks, ListQuery

BY = ("category", "person", "project", "client", "month")
ASKS = ListAsks(sorts=("cost",), default_sort="-cost", filters=("by", "period", "project", "person"))


@dataclass(frozen=True)
class Share:
    """A row: what it is of (`id` None where an expense has none of it), how many expenses, their cost."""

    id: int | None
    name: str
    month: Month | None
    count: int
    cost_minor: int
    currency: str


def period_of(session: Session, query: ListQuery) -> Period:
    """The period that the query names: the present fiscal year where it names none."""
    wanted = query.filter("period")
    name = NamedPeriod(wanted) if wanted in set(NamedPeriod) else NamedPeriod.THIS_FISCAL_YEAR
    return named_period(name, today(session), portal_of(session).fiscal_year_start)


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Share]:
    """The rows of a report, dearest first, months in order; `totals` has their count and cost. Whoever sees
    only their own expenses gets the report of those."""
    period = period_of(session, query)
    by = query.filter("by") if query.filter("by") in BY else BY[0]
    where = [*counted(), col(Expense.day).between(period.first, period.last)]
    where += visible(actor)
    for name, column in (("project", Expense.project_id), ("person", Expense.user_id)):
        text = query.filter(name)
        if text:
            where.append(col(column) == (int(text) if text.isascii() and text.isdigit() else 0))
    rows = _READERS[by](session, where, period)
    base = portal_of(session).base_currency
    shares = [Share(id_, name, month, count, int(cost), base) for id_, name, month, count, cost in rows]
    totals = {
        "count": sum(share.count for share in shares),
        "cost_minor": sum(share.cost_minor for share in shares),
    }
    return Found(shares, len(shares), query, totals)


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
