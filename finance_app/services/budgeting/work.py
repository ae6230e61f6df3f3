"""The planned and the logged work of projects, task by task, added up to whatever is asked for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.budget import planned_work, task_forecast
from finance_app.models import Budget, Project, Task, TaskList
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.costing import Costing, PlanRates, costing_of
from finance_app.services.budgeting.totals import NO_RATE, Worked
from finance_app.services.portal import portal_of, today_in


@dataclass(slots=True)
class Sums:
    """Time in seconds; cost and revenue exact (`costing.minor_of` rounds them)."""

    planned: int = 0
    actual: int = 0
    forecast: int = 0
    planned_cost: int = 0
    actual_cost: int = 0
    forecast_cost: int = 0
    planned_revenue: int = 0
    actual_revenue: int = 0
    uncosted: int = 0
    logs: int = 0

    def add(self, other: "Sums") -> None:
        self.planned += other.planned
        self.actual += other.actual
        self.forecast += other.forecast
        self.planned_cost += other.planned_cost
        self.actual_cost += other.actual_cost
        self.forecast_cost += other.forecast_cost
        self.planned_revenue += other.planned_revenue
        self.actual_revenue += other.actual_revenue
        self.uncosted += other.uncosted
        self.logs += other.logs

    def and_to_do(self, seconds: int, cost: int) -> "Sums":
        """With a forecast that lies above what was spent."""
        return replace(self, forecast=self.actual + seconds, forecast_cost=self.actual_cost + cost)


def worked_sums(costing: Costing, worked: Worked) -> Sums:
    """Time that nothing was planned for: what it took is what it will take."""
    cost = costing.cost(worked)
    return Sums(
        actual=worked.seconds,
        forecast=worked.seconds,
        actual_cost=cost,
        forecast_cost=cost,
        actual_revenue=worked.revenue,
        uncosted=costing.uncosted(worked),
        logs=worked.logs,
    )


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as budgets see it. `milestone_id` is its own or that of its list."""

    id: int
    project_id: int
    kind: WorkKind
    state: WorkState
    owner_id: int | None
    billable: bool
    bill_rate: Decimal | None
    planned: int
    percent_done: int
    task_list_id: int | None
    milestone_id: int | None
    archived: bool


@dataclass
class Work:
    """The work of one project: its tasks with their sums, and the time without a task."""

    project: Project
    budget: Budget | None
    costing: Costing
    tasks: list[tuple[TaskRow, Sums]] = field(default_factory=list)
    loose: Sums = field(default_factory=Sums)

    @cached_property
    def total(self) -> Sums:
        """The sums of the whole project."""
        found = Sums()
        for _, sums in self.tasks:
            found.add(sums)
        found.add(self.loose)
        return found


def work_of(session: Session, projects: Sequence[Project]) -> dict[int, Work]:
    """The work of projects, by their id."""
    portal = portal_of(session)
    ids = [project.id or 0 for project in projects]
    rates = PlanRates(session, projects, portal.base_currency, today_in(portal))
    limits = budgets_of(session, ids)
    found = {
        project.id or 0: Work(
            project,
            limits.get(project.id or 0),
            costing_of(project, limits.get(project.id or 0), portal.base_currency),
        )
        for project in projects
    }
    worked = totals.by_part(session, totals.TASK, ids)
    for task in task_rows(session, ids):
        work = found[task.project_id]
        time = worked.get((task.project_id, task.id))
        work.tasks.append((task, task_sums(task, time, work.costing, rates)))
    for (project_id, task_id), time in worked.items():
        if task_id == 0:
            found[project_id].loose.add(worked_sums(found[project_id].costing, time))
    return found


def task_sums(task: TaskRow, worked: Worked | None, costing: Costing, rates: PlanRates) -> Sums:
    """The figures of a task. An issue and an archived task are forecast at what they took."""
    sums = worked_sums(costing, worked) if worked else Sums()
    if task.archived or not task.planned:
        return sums
    sold, bought = rates.of(task.project_id, task.kind, task.owner_id, task.bill_rate)
    cost_rate = costing.rate(sold, bought)
    sums.planned = task.planned
    sums.planned_cost = 0 if cost_rate == NO_RATE else task.planned * cost_rate
    sums.planned_revenue = task.planned * sold if task.billable and sold != NO_RATE else 0
    if task.kind is WorkKind.TASK:
        closed = task.state is not WorkState.OPEN
        sums.forecast = task_forecast(sums.planned, sums.actual, task.percent_done, closed)
        sums.forecast_cost = task_forecast(sums.planned_cost, sums.actual_cost, task.percent_done, closed)
    return sums


def task_rows(session: Session, project_ids: Iterable[int]) -> list[TaskRow]:
    rows = session.execute(
        select(
            col(Task.id),
            col(Task.project_id),
            col(Task.kind),
            col(Task.state),
            col(Task.owner_id),
            col(Task.billable),
            col(Task.bill_rate),
            col(Task.planned_seconds),
            col(Task.occurrences),
            col(Task.percent_done),
            col(Task.task_list_id),
            func.coalesce(Task.milestone_id, TaskList.milestone_id),
            col(Task.archived_at).is_not(None),
        )
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(col(Task.project_id).in_(list(project_ids)))
    )
    return [
        TaskRow(
            row[0], row[1], row[2], row[3], row[4], row[5], row[6], planned_work(row[7], row[8]), *row[9:]
        )
        for row in rows
    ]


def budgets_of(session: Session, project_ids: Iterable[int]) -> dict[int, Budget]:
    rows = session.execute(select(Budget).where(col(Budget.project_id).in_(list(project_ids)))).scalars()
    return {budget.project_id: budget for budget in rows}


def grouped(pairs: Iterable[tuple[int, Sums]]) -> dict[int, Sums]:
    """Sums by a key, as a milestone."""
    found: dict[int, Sums] = defaultdict(Sums)
    for name, sums in pairs:
        found[name].add(sums)
    return found
