"""The tasks in the table of a budget: their order as ids, and the rows of one page of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlmodel import Session, col

from finance_app.models import BudgetPart, Task, TaskList, TimeSum
from finance_app.models.kinds import BudgetScope
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.summed import Summed, shown, sums_of
from finance_app.services.budgeting.task_sums import TaskFigures
from finance_app.services.budgeting.work import Sums
from finance_app.services.listing import ListQuery, like
from finance_app.services.projects.directory import whole_number

NONE = "none"
WITHIN = ("milestone", "list", "owner")
"""Of what the tasks are, where they are not grouped."""
FIGURES = ("planned", "actual", "variance", "remaining", "forecast", "used")
LABEL = case(
    (func.coalesce(Task.number, "") == "", col(Task.name)), else_=col(Task.number) + " " + col(Task.name)
)
MILESTONE = func.coalesce(Task.milestone_id, TaskList.milestone_id)


@dataclass(frozen=True, slots=True)
class Placed:
    """A task before its row is made: where it belongs, and what it is ordered by."""

    id: int
    milestone_id: int | None
    task_list_id: int | None
    value: Any = None


@dataclass(frozen=True, slots=True)
class TaskNode:
    id: int
    kind: str
    name: str
    sums: Sums


def placed(
    session: Session, work: Summed, query: ListQuery, hours: bool, *conditions: Any, most: int | None = None
) -> list[Placed]:
    """The tasks that stand in the table, in the order of the query: by a figure, what has none last, else by
    name. Each has what it is ordered by."""
    by_name = (func.lower(LABEL), col(Task.id))
    if query.sort not in FIGURES:
        rows = session.execute(_named(query.sort == "name", work, conditions).order_by(*by_name).limit(most))
        return [Placed(*row) for row in rows]
    figures = work.figures(*conditions)
    tasks = figures.rows.c
    figure = _figure(query.sort, figures, work.costing.base, hours).label("figure")
    statement = (
        select(tasks.id, tasks.milestone_id, tasks.task_list_id, figure)
        .select_from(figures.rows)
        .join(Task, and_(col(Task.id) == tasks.id, col(Task.project_id) == work.project.id))
        .where(shown(tasks))
    )
    in_order = (figure.desc() if query.descending else figure.asc()).nulls_last()
    limited = _with_own_limit(statement, work, tasks).order_by(in_order, *by_name).limit(most)
    return [Placed(*row) for row in session.execute(limited)]


def _named(with_name: bool, work: Summed, conditions: Iterable[Any]) -> Select[Any]:
    worked = exists().where(
        col(TimeSum.level) == totals.TASK,
        col(TimeSum.project_id) == col(Task.project_id),
        col(TimeSum.part_id) == col(Task.id),
    )
    return (
        select(col(Task.id), MILESTONE, col(Task.task_list_id), *([LABEL] if with_name else []))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(
            col(Task.project_id) == work.project.id,
            or_(col(Task.archived_at).is_(None), worked),
            *conditions,
        )
    )


def _with_own_limit(statement: Select[Any], work: Summed, tasks: Any) -> Select[Any]:
    return statement.outerjoin(
        BudgetPart,
        and_(
            col(BudgetPart.project_id) == work.project.id,
            col(BudgetPart.scope) == BudgetScope.TASK,
            col(BudgetPart.part_id) == tasks.id,
            (work.budget.scope if work.budget else None) == BudgetScope.TASK,
        ),
    )


def _figure(name: str, figures: TaskFigures, base: str, hours: bool) -> Any:
    """What a row shows under that name, of each task."""
    if hours:
        planned, actual, forecast = figures.planned, figures.actual, figures.forecast
    else:
        amounts = (figures.planned_cost, figures.actual_cost, figures.forecast_cost)
        planned, actual, forecast = (amount.minor(base) for amount in amounts)
    own = col(BudgetPart.seconds) if hours else col(BudgetPart.cost_minor)
    limit: Any = func.coalesce(own, func.nullif(planned, 0))
    if name == "used":  # in tenths of a per cent, as `domain.budget.percent_used`
        return case(
            (limit > 0, (actual * 2000 + limit) // (2 * limit)),
            (and_(limit == 0, actual == 0), 0),
            else_=None,
        )
    return {
        "planned": planned,
        "actual": actual,
        "forecast": forecast,
        "variance": actual - planned,
        "remaining": limit - actual,
    }[name]


def rows_of(session: Session, work: Summed, ids: Sequence[int]) -> Mapping[int, TaskNode]:
    """The tasks with their figures."""
    if not ids:
        return {}
    figures = work.figures(col(Task.id).in_(ids))
    found = session.execute(
        select(col(Task.id), col(Task.kind), LABEL, *figures.singly())
        .select_from(figures.rows)
        .join(Task, col(Task.id) == figures.rows.c.id)
    )
    return {row[0]: TaskNode(row[0], row[1].value, row[2], sums_of(row[3:])) for row in found}


def matching(text: str) -> Any:
    """The task is called something like the text."""
    return LABEL.ilike(like(text), escape="\\")


def within(query: ListQuery) -> list[Any]:
    """The tasks of the milestone, list and person that the query names."""
    places = ("milestone", MILESTONE), ("list", col(Task.task_list_id)), ("owner", col(Task.owner_id))
    asked = ((place, query.filter(name)) for name, place in places if query.filter(name))
    return [place.is_(None) if wanted == NONE else place == whole_number(wanted) for place, wanted in asked]
