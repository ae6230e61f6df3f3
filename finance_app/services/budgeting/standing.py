"""How budgets stand: limit, actual and forecast of a project, or of each of its parts, and the health."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from finance_app.domain.budget import Health, health, month_forecast, percent_used
from finance_app.domain.periods import Month, Period
from finance_app.models import Budget, BudgetPart, Project, Task, TimeLog
from finance_app.models.kinds import BillingMethod, BudgetPeriod, BudgetScope, BudgetType, CostTracking
from finance_app.models.sums import MILLION
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting.costing import Costing, costing_of, minor_of
from finance_app.services.budgeting.growth import UNFINISHED, growth
from finance_app.services.budgeting.task_sums import summed, task_figures
from finance_app.services.budgeting.totals import Worked
from finance_app.services.budgeting.work import Sums, TaskRow, Work, grouped, worked_sums
from finance_app.services.portal import portal_of, today

T = TypeVar("T")
BATCH = 5_000
Limits = Mapping[int, tuple[int | None, int | None]]
"""By milestone, task or user: seconds, and cost in minor units of the base currency."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in seconds (`measure` hours) or minor units of the base currency (amount).

    `limit` is None where nothing is limited. For a budget a month, actual and forecast are of this month.
    """

    measure: BudgetType
    limit: int | None
    actual: int
    forecast: int

    @property
    def health(self) -> Health | None:
        return health(self.actual, self.forecast, self.limit)

    @property
    def percent(self) -> Decimal | None:
        return percent_used(self.actual, self.limit)


@dataclass(frozen=True, slots=True)
class Limited:
    """A project with a budget, as little as its standing needs."""

    id: int
    currency: str
    billing_method: BillingMethod
    type: BudgetType
    scope: BudgetScope
    period: BudgetPeriod
    seconds: int | None
    cost_minor: int | None
    cost_tracking: CostTracking
    tracking_rate: Decimal | None


def standings(session: Session, day: date, *where: Any, ahead: bool = True) -> dict[int, Standing]:
    """How the budgets of the projects stand that meet the conditions; one without a budget is left out.

    The database adds everything up (`task_sums`). For whoever needs no forecast, without `ahead` no task is
    read: then the forecast is what was spent, or the pace of the month.
    """
    rows = [Limited(*row) for row in session.execute(_LIMITED.where(*where))]
    base = portal_of(session).base_currency
    monthly = {row.id for row in rows if row.period is BudgetPeriod.MONTH}
    worked = _worked(session, rows, monthly, day)
    spent = _expenses(session, rows, monthly, day)
    limits = _limits(session, rows, base, day)
    to_do = _to_do(session, [row for row in rows if row.id not in monthly], base, day) if ahead else {}
    found = {}
    for row in rows:
        costing = costing_of(row, row, base)
        sums = worked_sums(costing, worked.get(row.id, Worked()))
        actual, forecast = measured(row.type, sums.and_to_do(*to_do.get(row.id, (0, 0))), costing)
        if row.id in monthly:
            forecast = month_forecast(actual, day)
        extra = spent.get(row.id, 0)
        found[row.id] = Standing(row.type, limits[row.id], actual + extra, forecast + extra)
    return found


_LIMITED = (
    select(
        *(col(Project.id), col(Project.currency), col(Project.billing_method), col(Budget.type)),
        *(col(Budget.scope), col(Budget.period), col(Budget.seconds), col(Budget.cost_minor)),
        *(col(Budget.cost_tracking), col(Budget.tracking_rate)),
    )
    .join(Budget, col(Budget.project_id) == col(Project.id))
    .where(col(Budget.type) != BudgetType.NONE)
)


def _worked(session: Session, rows: Sequence[Limited], monthly: set[int], day: date) -> dict[int, Worked]:
    found: dict[int, Worked] = {}
    for ids in batches([row.id for row in rows if row.id not in monthly]):
        found |= totals.by_project(session, ids)
    for ids in batches(sorted(monthly)):
        kept = totals.by_part(session, totals.MONTH, ids, day.year * 100 + day.month)
        found |= {project_id: time for (project_id, _), time in kept.items()}
    return found


def _expenses(session: Session, rows: Sequence[Limited], monthly: set[int], day: date) -> dict[int, int]:
    """What the budgets in money spent besides time."""
    found: dict[int, int] = {}
    costed = [row.id for row in rows if row.type is BudgetType.AMOUNT]
    for ids in batches([id_ for id_ in costed if id_ not in monthly]):
        found |= expenses.cost_by_project(session, ids)
    for ids in batches([id_ for id_ in costed if id_ in monthly]):
        found |= expenses.cost_by_project(session, ids, Month.of(day).period)
    return found


def _to_do(session: Session, rows: Sequence[Limited], base: str, day: date) -> dict[int, tuple[int, int]]:
    """By how much the forecast of the tasks lies above what they took: seconds, and exact cost."""
    in_hours = {row.id for row in rows if row.type is BudgetType.HOURS}
    found: dict[int, tuple[int, int]] = {}
    for ids in batches(sorted(in_hours)):
        found |= {id_: (seconds, 0) for id_, seconds in growth(session, ids).items()}
    for ids in batches([row.id for row in rows if row.id not in in_hours]):
        figures = task_figures(base, day, col(Task.project_id).in_(ids), *UNFINISHED)
        more = figures.forecast_cost.units - figures.actual_cost.units
        rest = figures.forecast_cost.rest - figures.actual_cost.rest
        project_id = figures.rows.c.project_id
        added = select(project_id, func.sum(more), func.sum(rest)).group_by(project_id)
        found |= {
            id_: (0, int(units) * MILLION + int(millionths))
            for id_, units, millionths in session.execute(added)
        }
    return found


def _limits(session: Session, rows: Sequence[Limited], base: str, day: date) -> dict[int, int | None]:
    """The limit of each project: its own, or the sum of its parts', each its own or else what is planned."""
    found = {row.id: limit_of(row.type, (row.seconds, row.cost_minor)) for row in rows}
    for scope in (BudgetScope.MILESTONE, BudgetScope.TASK, BudgetScope.USER):
        for measure in (BudgetType.HOURS, BudgetType.AMOUNT):
            ids = [row.id for row in rows if row.scope is scope and row.type is measure]
            for some in batches(ids):
                found |= dict.fromkeys(some, 0) | limits_of_parts(session, some, scope, measure, base, day)
    return found


def limits_of_parts(
    session: Session, ids: Sequence[int], scope: BudgetScope, measure: BudgetType, base: str, day: date
) -> dict[int, int]:
    """The limits of the parts of projects added up: each its own, or else what is planned for it."""
    hours = measure is BudgetType.HOURS
    own = select(
        col(BudgetPart.project_id), func.sum(BudgetPart.seconds if hours else BudgetPart.cost_minor)
    ).where(col(BudgetPart.project_id).in_(ids), BudgetPart.scope == scope)
    found = Counter(
        {id_: int(limit or 0) for id_, limit in session.execute(own.group_by(col(BudgetPart.project_id)))}
    )
    figures = task_figures(base, day, col(Task.project_id).in_(ids), col(Task.archived_at).is_(None))
    rows = figures.rows.c
    part = {BudgetScope.MILESTONE: rows.milestone_id, BudgetScope.TASK: rows.id}.get(scope, rows.owner_id)
    planned = summed(*figures.planned_cost).minor(base) if not hours else func.sum(figures.planned)
    limited = and_(
        col(BudgetPart.project_id) == rows.project_id,
        col(BudgetPart.scope) == scope,
        col(BudgetPart.part_id) == part,
    )
    plans = (
        select(rows.project_id.label("project_id"), planned.label("planned"))
        .select_from(figures.rows)
        .outerjoin(BudgetPart, limited)
        .where(part.is_not(None), col(BudgetPart.id).is_(None))
        .group_by(rows.project_id, part)
        .subquery()
    )
    added = select(plans.c.project_id, func.sum(plans.c.planned)).group_by(plans.c.project_id)
    found.update({id_: int(limit or 0) for id_, limit in session.execute(added)})
    return dict(found)


def of_project(session: Session, project: Project) -> Standing | None:
    """How the budget of one project stands today."""
    day = today(session)
    return standings(session, day, col(Project.id) == project.id).get(project.id or 0)


def is_monthly(budget: Budget | None) -> bool:
    return budget is not None and budget.period is BudgetPeriod.MONTH


def limit_of(measure: BudgetType, limits: tuple[int | None, int | None]) -> int | None:
    return limits[0] if measure is BudgetType.HOURS else limits[1]


def measured(measure: BudgetType, sums: Sums, costing: Costing) -> tuple[int, int]:
    """Actual and forecast of work in the measure of a budget."""
    if measure is BudgetType.HOURS:
        return sums.actual, sums.forecast
    return minor_of(sums.actual_cost, costing.base), minor_of(sums.forecast_cost, costing.base)


def part_of(scope: BudgetScope, task: TaskRow) -> int:
    """The part of a budget that a task's plan belongs to, 0 for none. A person's are the tasks they own."""
    if scope is BudgetScope.MILESTONE:
        return task.milestone_id or 0
    return task.id if scope is BudgetScope.TASK else task.owner_id or 0


def part_plan(work: Work) -> dict[int, tuple[int | None, int | None]]:
    """What is planned for each part of the budget: its limit where it has none of its own."""
    assert work.budget is not None
    scope, base = work.budget.scope, work.costing.base
    plans = grouped((part_of(scope, task), sums) for task, sums in work.tasks if not task.archived)
    return {
        part: (sums.planned, minor_of(sums.planned_cost, base))
        for part, sums in plans.items()
        if part and (sums.planned or scope is not BudgetScope.USER)
    }


def part_limits(session: Session, budgets: Iterable[Budget | None]) -> dict[int, dict[int, tuple]]:
    """The limits that were set for parts, by project. What was set for another scope is left alone."""
    scopes = {budget.project_id: budget.scope for budget in budgets if budget}
    found: dict[int, dict[int, tuple]] = defaultdict(dict)
    rows = session.execute(select(BudgetPart).where(col(BudgetPart.project_id).in_(scopes))).scalars()
    for row in rows:
        if row.scope is scopes[row.project_id]:
            found[row.project_id][row.part_id] = (row.seconds, row.cost_minor)
    return found


def month_work(session: Session, works: Sequence[Work], day: date) -> dict[int, dict[int, Sums]]:
    """The work of this month by part of the budget (0 for a whole project), by project."""
    found: dict[int, dict[int, Sums]] = {}
    period = Month.of(day).period
    for scope in BudgetScope:
        chosen = [work for work in works if work.budget and work.budget.scope is scope]
        if not chosen:
            continue
        worked = worked_in(session, [work.project.id or 0 for work in chosen], period, scope)
        for work in chosen:
            milestone = {task.id: task.milestone_id or 0 for task, _ in work.tasks}
            own = {part: time for (id_, part), time in worked.items() if id_ == work.project.id}
            pairs = (
                (milestone.get(part, 0) if scope is BudgetScope.MILESTONE else part,
                 worked_sums(work.costing, time))
                for part, time in own.items()
            )  # fmt: skip
            found[work.project.id or 0] = grouped(pairs)
    return found


def worked_in(
    session: Session, project_ids: Sequence[int], period: Period, scope: BudgetScope
) -> Mapping[tuple[int, int], Worked]:
    """Logged time of a period by project and part: the task for milestones and tasks, or the user, or 0."""
    if scope is BudgetScope.PROJECT and Month.of(period.first).period == period:
        number = period.first.year * 100 + period.first.month
        kept = totals.by_part(session, totals.MONTH, project_ids, number)
        return {(id_, 0): time for (id_, _), time in kept.items()}
    part = col(TimeLog.user_id) if scope is BudgetScope.USER else func.coalesce(TimeLog.task_id, 0)
    keys = [col(TimeLog.project_id), *([] if scope is BudgetScope.PROJECT else [part])]
    found = totals.of_logs(
        session,
        keys,
        col(TimeLog.project_id).in_(project_ids),
        col(TimeLog.day).between(period.first, period.last),
    )
    return {(key[0], key[1] if len(key) > 1 else 0): time for key, time in found}


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """A statement takes only so many parameters."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
