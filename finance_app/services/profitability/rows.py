"""What a figure is made of: rows that sum to it exactly, a page at a time."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from finance_app.domain.money import spread
from finance_app.domain.periods import Month, Period
from finance_app.domain.profit import KINDS, Profitability, RevenueKind
from finance_app.models import Client, CreditNote, Invoice, Project, RevenueEntry, TimeLog, TimeTotal, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting.costing import scaled
from finance_app.services.budgeting.totals import PERSON
from finance_app.services.listing import PAGE_SIZE
from finance_app.services.profitability import expense_costs, figures
from finance_app.services.profitability.breakdown import By, breakdown
from finance_app.services.profitability.figures import Hours
from finance_app.services.profitability.scope import Of, Question, Scope, check

BY_PERSON = (Of.PROJECT, Of.TEAM)


class Figure(StrEnum):
    """The figures that can be opened."""

    REVENUE = "revenue"
    OPEN = "open"
    TIME = "time"
    EXPENSES = "expenses"
    COST = "cost"
    EXCHANGE = "exchange"
    PROFIT = "profit"


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a figure: a document (with the day), or the time of a project or a person (with seconds)."""

    kind: str
    id: int
    name: str
    note: str
    day: date | None
    seconds: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of the rows; `sum_minor` is of all of them, and that of the figure."""

    name: str
    currency: str
    rows: list[Row]
    total: int
    sum_minor: int
    page: int


def rows(
    session: Session,
    actor: Actor,
    question: Question,
    figure: Figure,
    month: Period | None = None,
    page: int | None = 1,
    within: Scope | None = None,
) -> Opened:
    """The rows of a figure, or of its part in a month of the period; without a page, all of them. `within` is
    the scope of the report that the figure is a line of: its lines share an odd cent of the cost of time."""
    name = check(session, actor, question.scope)
    currency = figures.base_currency(session)
    if figure is Figure.PROFIT:
        found = _profit(_shown(session, actor, question, month, within), currency)
        return Opened(name, currency, found, len(found), sum(row.amount_minor for row in found), 1)
    shown = (0, None) if page is None else ((page - 1) * PAGE_SIZE, PAGE_SIZE)
    days = month or question.period
    if figure is Figure.EXPENSES:
        found, total, amount = _expenses(session, question, days, *shown, currency)
    elif figure in (Figure.TIME, Figure.COST):
        target = _shown(session, actor, question, month, within).time_minor
        worked = _time(session, question, month, target, currency)
        found, total, amount = _cut(worked, *shown), len(worked), sum(row.amount_minor for row in worked)
        if figure is Figure.COST:
            first, size = shown
            rest = max(first - total, 0), None if size is None else size - len(found)
            spent, count, more = _expenses(session, question, days, *rest, currency)
            found, total, amount = [*found, *spent], total + count, amount + more
    else:
        found, total, amount = _entries(session, question, figure, days, *shown, currency)
    return Opened(name, currency, found, total, amount, page or 1)


def _cut(found: list[Row], first: int, size: int | None) -> list[Row]:
    return found if size is None else found[first : first + size]


def _shown(
    session: Session, actor: Actor, question: Question, month: Period | None, within: Scope | None
) -> Profitability:
    """The figures as they stand on the page that the rows are opened from."""
    if within is not None and question.scope.of.value in set(By):
        report = breakdown(session, actor, replace(question, scope=within), By(question.scope.of.value))
        lines = (line.figures for line in report.lines if line.id == question.scope.ids[0])
        return next(lines, Profitability())
    found = figures.summary(session, actor, question)
    return sum(
        (each.figures for each in found.months if month is None or each.month == Month.of(month.first)),
        Profitability(),
    )


def _profit(shown: Profitability, currency: str) -> list[Row]:
    """Profit is revenue less what the work cost; each of these opens its own rows."""
    parts = (
        (Figure.REVENUE, shown.revenue_minor),
        (Figure.TIME, -shown.time_minor),
        (Figure.EXPENSES, -shown.expense_minor),
    )
    return [Row(figure.value, 0, "", "", None, 0, amount, currency) for figure, amount in parts if amount]


def _entries(
    session: Session,
    question: Question,
    figure: Figure,
    period: Period,
    first: int,
    size: int | None,
    currency: str,
) -> tuple[list[Row], int, int]:
    kinds = {
        Figure.REVENUE: KINDS[question.basis],
        Figure.OPEN: (RevenueKind.OPEN,),
        Figure.EXCHANGE: (RevenueKind.EXCHANGE,),
    }.get(figure, ())
    within = and_(
        col(RevenueEntry.kind).in_(kinds),
        col(RevenueEntry.day).between(period.first, period.last),
        *question.scope.revenue(),
    )
    keys = (
        *(col(RevenueEntry.kind), col(RevenueEntry.day), col(RevenueEntry.client_id)),
        *(col(RevenueEntry.invoice_id), col(RevenueEntry.credit_note_id)),
        *(col(RevenueEntry.allocation_id), col(RevenueEntry.refund_id)),
    )
    grouped = (
        select(*keys, func.sum(RevenueEntry.amount_minor).label("amount")).where(within).group_by(*keys)
    ).subquery()
    total, amount = session.execute(
        select(func.count(), func.coalesce(func.sum(grouped.c.amount), 0)).select_from(grouped)
    ).one()
    statement = (
        select(
            grouped.c.kind,
            grouped.c.day,
            grouped.c.amount,
            grouped.c.invoice_id,
            grouped.c.credit_note_id,
            col(Client.name),
            func.coalesce(Invoice.number, CreditNote.number),
        )
        .join(Client, col(Client.id) == grouped.c.client_id)
        .outerjoin(Invoice, col(Invoice.id) == grouped.c.invoice_id)
        .outerjoin(CreditNote, col(CreditNote.id) == grouped.c.credit_note_id)
        .order_by(grouped.c.day.desc(), grouped.c.invoice_id.desc(), grouped.c.credit_note_id.desc())
    )
    if size is not None:
        statement = statement.limit(size).offset(first)
    found = [
        Row(
            str(RevenueKind(kind).value),
            int(invoice or note or 0),
            number or "",
            client,
            day,
            0,
            int(part),
            currency,
        )
        for kind, day, part, invoice, note, client, number in session.execute(statement)
    ]
    return found, int(total), int(amount)


def _time(
    session: Session, question: Question, month: Period | None, target: int, currency: str
) -> list[Row]:
    """Time by person (of a project or a team) or by project (of all else), dearest first. They
    sum to `target`: what the page shows, which for a month is its part of the whole."""
    if not question.with_time:
        return []
    period = month or question.period
    groups = _hours_by_group(session, question, period)
    exact = {group: figures.cost_of(hours, currency) for group, hours in groups.items()}
    parts = spread(target, list(exact.values())) if any(exact.values()) else [0] * len(exact)
    of_people = question.scope.of in BY_PERSON
    table = User if of_people else Project
    names = dict(
        session.execute(select(col(table.id), col(table.name)).where(col(table.id).in_(list(groups)))).all()
    )
    found = [
        Row(
            "person" if of_people else "project",
            group,
            names.get(group, ""),
            "",
            None,
            sum(each.seconds for each in hours),
            part,
            currency,
        )
        for (group, hours), part in zip(groups.items(), parts, strict=True)
    ]
    return sorted(found, key=lambda row: (-row.amount_minor, -row.seconds, row.name))


def _expenses(
    session: Session, question: Question, period: Period, first: int, size: int | None, currency: str
) -> tuple[list[Row], int, int]:
    found, total, amount = expense_costs.costs(session, question, period, first, size)
    names = expense_costs.named(session, [cost.expense_id for cost in found])
    rows = [
        Row(
            "expense",
            cost.expense_id,
            names[cost.expense_id].merchant,
            names[cost.expense_id].person,
            cost.day,
            0,
            cost.amount_minor,
            currency,
        )
        for cost in found
    ]
    return rows, total, amount


def _hours_by_group(session: Session, question: Question, period: Period) -> dict[int, list[Hours]]:
    scope = question.scope
    found: dict[int, list[Hours]] = {}
    whole, rest = figures.split(period)
    if scope.of in (Of.PROJECT, Of.PERSON):
        whole, rest = None, [period]
    group = col(TimeLog.user_id) if scope.of in BY_PERSON else col(TimeLog.project_id)
    for part in rest:
        statement = (
            select(group, col(TimeLog.cost_rate), func.sum(TimeLog.seconds))
            .where(col(TimeLog.day).between(part.first, part.last), *scope.time())
            .group_by(group, col(TimeLog.cost_rate))
        )
        for id, rate, seconds in session.execute(statement):
            found.setdefault(id, []).append(Hours(scaled(rate), int(seconds)))
    if whole:
        group = PERSON if scope.of in BY_PERSON else col(TimeTotal.project_id)
        statement = (
            select(group, col(TimeTotal.cost_rate), func.sum(TimeTotal.seconds))
            .where(*figures.totals_in(scope, *whole))
            .group_by(group, col(TimeTotal.cost_rate))
        )
        for id, rate, seconds in session.execute(statement):
            if seconds:
                found.setdefault(id, []).append(Hours(rate, int(seconds)))
    return found
