"""How budgets stand: limit, actual and forecast of a project, or of each of its parts, and the health."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.budget import Health, health, month_forecast, percent_used
from finance_app.domain.periods import Month, Period
from finance_app.models import Budget, BudgetPart, Project, TimeLog
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting.costing import Costing, costing_of, minor_of
from finance_app.services.budgeting.growth import growth
from finance_app.services.budgeting.totals import Worked
from finance_app.services.budgeting.work import Sums, TaskRow, Work, budgets_of, grouped, work_of, worked_sums
from finance_app.services.invoicing.company import portal_of, today

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


def standings(session: Session, projects: Sequence[Project], day: date) -> dict[int, Standing]:
    """How the budgets of projects stand; one without a budget is left out."""
    limits = budgets_of(session, [project.id or 0 for project in projects])
    chosen = [p for p in projects if p.id in limits and limits[p.id].type is not BudgetType.NONE]
    limited = work_of(session, chosen) if chosen else {}
    parts = part_limits(session, limited.values())
    months = month_work(session, [w for w in limited.values() if is_monthly(w.budget)], day)
    spent = expenses.cost_by_project(session, limited)
    spent_now = expenses.cost_by_project(session, limited, Month.of(day).period)
    return {
        id_: project_standing(
            work,
            parts.get(id_, {}),
            months.get(id_, {}),
            (spent_now if is_monthly(work.budget) else spent).get(id_, 0),
            day,
        )
        for id_, work in limited.items()
    }


def spent_standings(session: Session, projects: Sequence[Project], day: date) -> dict[int, Standing]:
    """`standings` for whoever needs no forecast of tasks: where a whole project is limited, none is read,
    and the forecast is what was spent, or the pace of the month."""
    limits = budgets_of(session, [project.id or 0 for project in projects])
    whole = [p for p in projects if p.id in limits and limits[p.id].scope is BudgetScope.PROJECT]
    base = portal_of(session).base_currency
    monthly = [p.id or 0 for p in whole if is_monthly(limits[p.id or 0])]
    for_life = [p.id or 0 for p in whole if not is_monthly(limits[p.id or 0])]
    worked = dict(totals.by_project(session, for_life))
    worked |= {
        id_: time
        for (id_, _), time in worked_in(session, monthly, Month.of(day).period, BudgetScope.PROJECT).items()
    }
    spent = expenses.cost_by_project(session, for_life)
    spent_now = expenses.cost_by_project(session, monthly, Month.of(day).period)
    found = {}
    for project in whole:
        id_, budget = project.id or 0, limits[project.id or 0]
        if budget.type is BudgetType.NONE:
            continue
        costing = costing_of(project, budget, base)
        sums = worked_sums(costing, worked.get(id_, Worked()))
        actual = measured(budget.type, sums, costing)[0]
        ahead = month_forecast(actual, day) if id_ in monthly else actual
        extra = (spent_now if id_ in monthly else spent).get(id_, 0)
        extra = extra if budget.type is BudgetType.AMOUNT else 0
        limit = limit_of(budget.type, (budget.seconds, budget.cost_minor))
        found[id_] = Standing(budget.type, limit, actual + extra, ahead + extra)
    ids = {project.id for project in whole}
    return found | standings(session, [p for p in projects if p.id not in ids], day)


def healths(session: Session, projects: Sequence[Project], day: date) -> dict[int, Standing]:
    """`standings` of many projects. The database adds up the hours of tasks, and where a budget of cost is
    overspent or begins anew each month, no task is read: then no forecast of tasks changes the health."""
    limits = budgets_of(session, [project.id or 0 for project in projects])
    found = spent_standings(session, projects, day)
    whole = [p for p in projects if p.id in found and limits[p.id].scope is BudgetScope.PROJECT]
    for_life = [p for p in whole if not is_monthly(limits[p.id or 0])]
    in_hours = {p.id or 0 for p in for_life if limits[p.id or 0].type is BudgetType.HOURS}
    for project_id, seconds in growth(session, in_hours).items():
        stand = found[project_id]
        found[project_id] = replace(stand, forecast=stand.actual + seconds)
    costed = [p for p in for_life if p.id not in in_hours and found[p.id or 0].health is not Health.OVERRUN]
    return found | (standings(session, costed, day) if costed else {})


def of_project(session: Session, project: Project) -> Standing | None:
    """How the budget of one project stands today."""
    return standings(session, [project], today(portal_of(session))).get(project.id or 0)


def is_monthly(budget: Budget | None) -> bool:
    return budget is not None and budget.period is BudgetPeriod.MONTH


def project_standing(
    work: Work, parts: Limits, month: Mapping[int, Sums], expense_minor: int, day: date
) -> Standing:
    """Of one project with a budget. `month` is this month's work by part, for a budget a month."""
    budget = work.budget
    assert budget is not None
    if budget.scope is BudgetScope.PROJECT:
        limit = limit_of(budget.type, (budget.seconds, budget.cost_minor))
    else:
        limits = part_plan(work) | dict(parts)
        limit = sum(limit_of(budget.type, each) or 0 for each in limits.values())
    if is_monthly(budget):
        sums = Sums()
        for each in month.values():
            sums.add(each)
        actual = measured(budget.type, sums, work.costing)[0]
        forecast = month_forecast(actual, day)
    else:
        actual, forecast = measured(budget.type, work.total, work.costing)
    extra = expense_minor if budget.type is BudgetType.AMOUNT else 0
    return Standing(budget.type, limit, actual + extra, forecast + extra)


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


def part_limits(session: Session, works: Iterable[Work]) -> dict[int, dict[int, tuple]]:
    """The limits that were set for parts, by project. What was set for another scope is left alone."""
    scopes = {work.project.id: work.budget.scope for work in works if work.budget}
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
