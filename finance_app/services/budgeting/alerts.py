"""Alerts of budgets: told in the transaction that crosses a percentage, once, whoever else is writing.

Triggers note in `budget_due` each project whose time, plan or limits change; `settle` looks at them before
the commit. Writers of one project wait for each other (a lock by project, or SQLite's one writer), so of two
logs that together cross a limit the second sees the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, text
from sqlmodel import Session, col

from finance_app.domain.budget import AlertMark, alert_after, told_at, worth_telling
from finance_app.domain.periods import Month
from finance_app.models import Budget, BudgetAlert, BudgetDue, Milestone, Project, Task, User
from finance_app.models.columns import now
from finance_app.models.kinds import BudgetScope, BudgetType, ProjectState
from finance_app.models.triggers import LOCK
from finance_app.services.budgeting import alert_messages, expenses, totals
from finance_app.services.budgeting.costing import costing_of
from finance_app.services.budgeting.standing import (
    is_monthly,
    limit_of,
    measured,
    month_work,
    part_limits,
    part_of,
    part_plan,
)
from finance_app.services.budgeting.totals import Worked
from finance_app.services.budgeting.work import Sums, Work, grouped, work_of, worked_sums
from finance_app.services.portal import portal_of, today


@dataclass(frozen=True, slots=True)
class Spent:
    """A limit, and what is spent of it, in seconds or minor units. `part_id` 0 is the project."""

    part_id: int
    measure: BudgetType
    limit: int
    actual: int


def look_again(session: Session, project_id: int) -> None:
    """Have the budget of a project looked at before this transaction ends: for what no trigger watches."""
    known = session.get(BudgetDue, project_id)
    if known is None:
        session.add(BudgetDue(project_id=project_id))
        session.flush()


def settle(session: Session) -> int:
    """Tell what this transaction has crossed; how many alerts. The last act before a commit."""
    session.flush()
    due = list(session.execute(select(col(BudgetDue.project_id)).order_by(BudgetDue.project_id)).scalars())
    if not due:
        return 0
    return _settle_all(session, due)


def take_note(session: Session, project_ids: Sequence[int]) -> None:
    """Take what these budgets have used up to now as known: nobody is told of it."""
    session.flush()
    _settle_all(session, sorted(project_ids), silently=True)


def _settle_all(session: Session, due: Sequence[int], *, silently: bool = False) -> int:
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:kind, :id)")
        for project_id in due:
            session.execute(lock, {"kind": LOCK, "id": project_id})
    session.execute(delete(BudgetDue).where(col(BudgetDue.project_id).in_(due)))
    day = today(session)
    return sum(_settle(session, project_id, day, silently) for project_id in due)


def _settle(session: Session, project_id: int, day: date, silently: bool) -> int:
    project, budget = session.get(Project, project_id), session.get(Budget, project_id)
    if project is None or budget is None or project.archived_at or project.state is ProjectState.CLOSED:
        return 0
    session.refresh(budget)
    if budget.type is BudgetType.NONE:
        return 0
    percents = told_at(budget.threshold, budget.alerts)
    if not percents:
        return 0
    period = f"{day:%Y-%m}" if is_monthly(budget) else ""
    told = 0
    marks = _marks(session, budget)
    for spent in spending(session, project, budget, day):
        crossed = []
        for percent in percents:
            row = marks.get((spent.part_id, spent.measure, percent))
            mark = AlertMark(row.period, row.limit, row.above) if row else None
            after, tell = alert_after(
                mark, actual=spent.actual, limit=spent.limit, percent=percent, period=period
            )
            if tell:
                crossed.append(percent)
            if after is not None and (tell or after != mark):
                _keep(session, budget, row, spent, percent, after, tell)
        for percent in () if silently else worth_telling(crossed, budget.threshold):
            alert_messages.tell(
                session, project, budget, percent=percent, period=period, measure=spent.measure,
                limit=spent.limit, actual=spent.actual, part=_part_name(session, budget, spent.part_id),
                part_id=spent.part_id,
            )  # fmt: skip
            told += 1
    session.flush()
    return told


def _marks(session: Session, budget: Budget) -> Mapping[tuple[int, BudgetType, int], BudgetAlert]:
    rows = session.execute(
        select(BudgetAlert)
        .where(BudgetAlert.project_id == budget.project_id, BudgetAlert.scope == budget.scope)
        .execution_options(populate_existing=True)
    ).scalars()
    return {(row.part_id, row.measure, row.percent): row for row in rows}


def _keep(
    session: Session,
    budget: Budget,
    row: BudgetAlert | None,
    spent: Spent,
    percent: int,
    after: AlertMark,
    tell: bool,
) -> None:
    if row is None:
        row = BudgetAlert(
            project_id=budget.project_id, scope=budget.scope, part_id=spent.part_id,
            measure=spent.measure, percent=percent, limit=0, actual=0,
        )  # fmt: skip
    row.period, row.limit, row.above = after.period, after.limit, after.above
    if tell:
        row.actual, row.told_at = spent.actual, now()
    session.add(row)


def spending(session: Session, project: Project, budget: Budget, day: date) -> list[Spent]:
    """Each limit of a project and what is spent of it: one for the whole, or one a part."""
    if budget.scope is BudgetScope.PROJECT:
        return _of_project(session, project, budget, day)
    work = work_of(session, [project])[project.id or 0]
    limits = part_plan(work) | part_limits(session, [budget]).get(project.id or 0, {})
    sums = (
        month_work(session, [work], day)[project.id or 0] if is_monthly(budget) else _by_part(session, work)
    )
    return [
        Spent(part, budget.type, limit, measured(budget.type, sums.get(part, Sums()), work.costing)[0])
        for part, each in limits.items()
        if (limit := limit_of(budget.type, each))
    ]


def _by_part(session: Session, work: Work) -> Mapping[int, Sums]:
    assert work.budget is not None
    if work.budget.scope is not BudgetScope.USER:
        return grouped((part_of(work.budget.scope, task), sums) for task, sums in work.tasks)
    worked = totals.by_part(session, totals.USER, [work.project.id or 0])
    return {user: worked_sums(work.costing, time) for (_, user), time in worked.items()}


def _of_project(session: Session, project: Project, budget: Budget, day: date) -> list[Spent]:
    project_id = project.id or 0
    costing = costing_of(project, budget, portal_of(session).base_currency)
    if is_monthly(budget):
        month = day.year * 100 + day.month
        worked = totals.by_part(session, totals.MONTH, [project_id], month).get((project_id, month), Worked())
    else:
        worked = totals.by_project(session, [project_id]).get(project_id, Worked())
    sums = worked_sums(costing, worked)
    period = Month.of(day).period if is_monthly(budget) else None
    extra = expenses.cost_by_project(session, [project_id], period).get(project_id, 0)
    spent = {
        BudgetType.HOURS: (budget.seconds, sums.actual),
        BudgetType.AMOUNT: (budget.cost_minor, measured(BudgetType.AMOUNT, sums, costing)[0] + extra),
    }
    return [Spent(0, measure, limit, actual) for measure, (limit, actual) in spent.items() if limit]


def _part_name(session: Session, budget: Budget, part_id: int) -> str:
    table = {BudgetScope.MILESTONE: Milestone, BudgetScope.TASK: Task, BudgetScope.USER: User}.get(
        budget.scope
    )
    row = session.get(table, part_id) if table and part_id else None
    return row.name if row else ""
