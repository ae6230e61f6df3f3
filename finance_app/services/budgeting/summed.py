"""The work of one project as the database adds it up: by milestone and task list, and in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from finance_app.models import Budget, Project, Task
from finance_app.models.sums import MILLION
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.costing import Costing, costing_of
from finance_app.services.budgeting.task_sums import TaskFigures, task_figures
from finance_app.services.budgeting.totals import Worked
from finance_app.services.budgeting.work import Sums, worked_sums
from finance_app.services.portal import portal_of, today_in


@dataclass(frozen=True, slots=True)
class Part:
    """The tasks of one milestone and task list (None for none), and how many of them stand in tables."""

    milestone_id: int | None
    task_list_id: int | None
    tasks: int
    sums: Sums


@dataclass
class Summed:
    """The work of a project: its tasks by part, and the time without a task. Plans are priced on `day`."""

    project: Project
    budget: Budget | None
    costing: Costing
    day: date
    parts: Sequence[Part]
    loose: Sums

    @cached_property
    def total(self) -> Sums:
        """The sums of the whole project."""
        found = Sums()
        for part in self.parts:
            found.add(part.sums)
        found.add(self.loose)
        return found

    def figures(self, *conditions: Any) -> TaskFigures:
        """Its tasks that meet the conditions."""
        return task_figures(self.costing.base, self.day, col(Task.project_id) == self.project.id, *conditions)


def summed(session: Session, project: Project) -> Summed:
    """The work of a project today."""
    portal = portal_of(session)
    project_id = project.id or 0
    budget = session.get(Budget, project_id)
    costing = costing_of(project, budget, portal.base_currency)
    loose = totals.by_part(session, totals.TASK, [project_id], 0).get((project_id, 0), Worked())
    work = Summed(project, budget, costing, today_in(portal), (), worked_sums(costing, loose))
    figures = work.figures()
    tasks = figures.rows.c
    in_table = func.sum(case((shown(tasks), 1), else_=0))
    part = (tasks.milestone_id, tasks.task_list_id)
    rows = session.execute(select(*part, in_table, *figures.sums()).group_by(*part))
    work.parts = [Part(row[0], row[1], int(row[2]), sums_of(row[3:])) for row in rows]
    return work


def sums_of_tasks(session: Session, work: Summed, *conditions: Any) -> Sums:
    """The sums of the tasks that meet the conditions."""
    figures = work.figures(*conditions)
    return sums_of([value or 0 for value in session.execute(select(*figures.sums())).one()])


def plans_of_people(session: Session, work: Summed) -> Mapping[int, Sums]:
    """What is planned for the tasks of each person who owns some."""
    figures = work.figures(col(Task.archived_at).is_(None), col(Task.owner_id).is_not(None))
    owner = figures.rows.c.owner_id
    rows = session.execute(
        select(owner, func.sum(figures.planned), *map(func.sum, figures.planned_cost)).group_by(owner)
    )
    return {
        row[0]: Sums(planned=int(row[1]), planned_cost=int(row[2]) * MILLION + int(row[3])) for row in rows
    }


def shown(tasks: Any) -> Any:
    """A task that is archived stands in tables only where time was logged on it."""
    return ~tasks.archived | (tasks.logs > 0)


def sums_of(figures: Sequence[Any]) -> Sums:
    """Of what `TaskFigures.sums` or `singly` gave."""
    planned, actual, forecast, *amounts, uncosted, logs = map(int, figures)
    cost, spent, ahead, price, earned = (
        units * MILLION + rest for units, rest in zip(amounts[::2], amounts[1::2], strict=True)
    )
    return Sums(
        planned=planned,
        actual=actual,
        forecast=forecast,
        planned_cost=cost,
        actual_cost=spent,
        forecast_cost=ahead,
        planned_revenue=price,
        actual_revenue=earned,
        uncosted=uncosted,
        logs=logs,
    )
