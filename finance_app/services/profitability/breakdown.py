"""The profitability of each project, client or person over a period: the lines of the portal's report."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import String, cast, func, select
from sqlmodel import Session, col

from finance_app.domain.money import apportion
from finance_app.domain.profit import KINDS, Profitability, RevenueKind
from finance_app.models import Client, Project, RevenueEntry, TimeLog, TimeTotal, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting.costing import scaled
from finance_app.services.budgeting.totals import NO_RATE, PERSON
from finance_app.services.profitability import expense_costs, figures
from finance_app.services.profitability.expense_costs import By
from finance_app.services.profitability.figures import Hours
from finance_app.services.profitability.scope import NOBODY, Of, Question, check

LONG = 1000
"""Days."""


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    name: str
    currency: str
    figures: Profitability
    by: By


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Every line; they sum to `whole`, the figures of the question. The line NOBODY is of what belongs to no
    project, client or person."""

    currency: str
    lines: list[Line]
    whole: Profitability


def breakdown(session: Session, actor: Actor, question: Question, by: By) -> Breakdown:
    """The lines of a question, the most profitable first."""
    check(session, actor, question.scope)
    currency = figures.base_currency(session)
    earned = _revenue(session, question, by)
    hours = _hours(session, question, by) if question.with_time else {}
    spent = {key or NOBODY: cost for key, cost in expense_costs.by_group(session, question, by).items()}
    keys = sorted({*earned, *hours, *spent})
    costs = apportion([figures.cost_of(hours.get(key, ()), currency) for key in keys] or [Fraction()])
    names = _names(session, by, keys)
    lines = []
    for key, cost in zip(keys, costs, strict=False):
        revenue, still_open = earned.get(key, (0, 0))
        unpriced = sum(each.seconds for each in hours.get(key, ()) if each.rate == NO_RATE)
        found = Profitability(revenue, still_open, cost, spent.get(key, 0), unpriced)
        lines.append(Line(key, names.get(key, ""), currency, found, by))
    whole = sum((line.figures for line in lines), Profitability())
    return Breakdown(currency, sorted(lines, key=lambda line: (-line.figures.profit_minor, line.name)), whole)


def _revenue(session: Session, question: Question, by: By) -> Mapping[int, tuple[int, int]]:
    key = {
        By.PROJECT: col(RevenueEntry.project_id),
        By.CLIENT: col(RevenueEntry.client_id),
        By.PERSON: col(RevenueEntry.user_id),
    }[by]
    kinds = (*KINDS[question.basis], RevenueKind.OPEN)
    period = question.period
    kind = cast(col(RevenueEntry.kind), String)
    asked = func.coalesce(kind, "") if _reads_most(question) else kind
    statement = (
        select(key, kind, func.sum(RevenueEntry.amount_minor))
        .where(asked.in_(kinds), col(RevenueEntry.day).between(period.first, period.last))
        .where(*question.scope.revenue())
        .group_by(key, col(RevenueEntry.kind))
    )
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for id, kind, amount in session.execute(statement):
        revenue, still_open = found[id or NOBODY]
        if kind == RevenueKind.OPEN:
            found[id or NOBODY] = (revenue, still_open + int(amount))
        else:
            found[id or NOBODY] = (revenue + int(amount), still_open)
    return found


def _reads_most(question: Question) -> bool:
    """Whether the entries are read quicker in the order of their owners than sorted from those of the days:
    an expression in place of the kind keeps SQLite from the index by kind and day."""
    period = question.period
    return question.scope.of is Of.PORTAL and (period.last - period.first).days > LONG


def _hours(session: Session, question: Question, by: By) -> Mapping[int, list[Hours]]:
    found: dict[int, list[Hours]] = defaultdict(list)
    whole, rest = figures.split(question.period)
    key = {
        By.PROJECT: col(TimeLog.project_id),
        By.CLIENT: col(Project.client_id),
        By.PERSON: col(TimeLog.user_id),
    }[by]
    for part in rest:
        statement = select(key, col(TimeLog.cost_rate), func.sum(TimeLog.seconds)).select_from(TimeLog)
        if by is By.CLIENT:
            statement = statement.join(Project, col(Project.id) == col(TimeLog.project_id))
        statement = statement.where(col(TimeLog.day).between(part.first, part.last), *question.scope.time())
        for id, rate, seconds in session.execute(statement.group_by(key, col(TimeLog.cost_rate))):
            found[id or NOBODY].append(Hours(scaled(rate), int(seconds)))
    if whole:
        scope = question.scope
        of_people = by is By.PERSON or scope.of in (Of.PERSON, Of.TEAM)
        key = {
            By.PROJECT: col(TimeTotal.project_id),
            By.CLIENT: col(Project.client_id),
            By.PERSON: PERSON,
        }[by]
        statement = select(key, col(TimeTotal.cost_rate), func.sum(TimeTotal.seconds)).select_from(TimeTotal)
        if by is By.CLIENT:
            statement = statement.join(Project, col(Project.id) == col(TimeTotal.project_id))
        statement = statement.where(*figures.totals_in(scope, *whole, by_person=of_people))
        for id, rate, seconds in session.execute(statement.group_by(key, col(TimeTotal.cost_rate))):
            if seconds:
                found[id or NOBODY].append(Hours(rate, int(seconds)))
    return found


def _names(session: Session, by: By, keys: list[int]) -> dict[int, str]:
    table = {By.PROJECT: Project, By.CLIENT: Client, By.PERSON: User}[by]
    return dict(session.execute(select(col(table.id), col(table.name)).where(col(table.id).in_(keys))).all())
