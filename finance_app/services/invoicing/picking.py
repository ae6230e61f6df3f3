"""Choosing within a scope: its logs, tasks or milestones, a page at a time, and why each is left out."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from finance_app.domain.grouping import Eligibility
from finance_app.domain.permissions import Permission
from finance_app.models import Milestone, Project, Task, TaskList, TimeLog, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.scope import (
    Picked,
    Scope,
    billable,
    check_period,
    looked_at,
    reason_of,
    task_milestone,
)

PAGE = 50


class What(StrEnum):
    """What is listed."""

    TASKS = "tasks"
    MILESTONES = "milestones"
    LOGS = "logs"


@dataclass(frozen=True)
class PickRow:
    """A log, or a task or milestone with its time that could be billed. `held_by` says that a log is left out
    or taken in with its task or milestone."""

    id: int
    name: str
    project: str
    person: str
    notes: str
    day: date | None
    logs: int
    seconds: int
    rate: Decimal | None
    reason: Eligibility
    chosen: bool
    held_by: bool = False


@dataclass(frozen=True)
class PickPage:
    rows: list[PickRow]
    page: int
    pages: int
    total: int


def pick_list(
    session: Session,
    actor: Actor,
    scope: Scope,
    what: What,
    *,
    reason: Eligibility | None = None,
    search: str = "",
    page: int = 1,
    draft_id: int | None = None,
) -> PickPage:
    """What can be chosen in the scope; of logs, with `reason`, those left out for it."""
    actor.require(Permission.INVOICES_EDIT)
    check_period(scope)
    if not scope.project_ids or scope.until is None:
        return PickPage([], 1, 1, 0)
    if what is What.LOGS:
        return _logs(session, scope, reason, search, page, draft_id)
    return _grouped(session, scope, what, search, page, draft_id)


def _logs(
    session: Session, scope: Scope, reason: Eligibility | None, search: str, page: int, draft_id: int | None
) -> PickPage:
    why = reason_of(session, scope, draft_id)
    wanted = [reason] if reason else [Eligibility.OK, Eligibility.NOT_CHOSEN]
    statement = (
        select(
            col(TimeLog.id),
            col(TimeLog.task_id),
            col(TimeLog.day),
            col(TimeLog.seconds),
            col(TimeLog.bill_rate),
            col(TimeLog.notes),
            col(Project.name).label("project"),
            col(User.name).label("person"),
            func.coalesce(col(Task.name), "").label("task"),
            task_milestone().label("milestone_id"),
            why.label("reason"),
        )
        .select_from(TimeLog)
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .join(User, col(User.id) == col(TimeLog.user_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(*looked_at(scope, draft_id), why.in_([each.value for each in wanted]))
    )
    if search.strip():
        statement = statement.where(_found(search, Task.name, User.name, TimeLog.notes, Project.name))
    rows, place, pages, total = _paged(
        session, statement, page, [col(TimeLog.day).desc(), col(TimeLog.id).desc()]
    )
    picked = scope.picked
    return PickPage(
        [
            PickRow(
                id=row.id,
                name=row.task,
                project=row.project,
                person=row.person,
                notes=row.notes,
                day=row.day,
                logs=1,
                seconds=row.seconds,
                rate=row.bill_rate,
                reason=Eligibility(row.reason),
                chosen=row.reason == Eligibility.OK,
                held_by=row.task_id in picked.tasks or row.milestone_id in picked.milestones,
            )
            for row in rows
        ],
        place,
        pages,
        total,
    )


def _grouped(
    session: Session, scope: Scope, what: What, search: str, page: int, draft_id: int | None
) -> PickPage:
    of_task = what is What.TASKS
    phase = aliased(Milestone)
    key = col(TimeLog.task_id) if of_task else task_milestone()
    name = col(Task.name) if of_task else phase.name
    free = replace(scope, picked=Picked())
    statement = (
        select(
            key.label("id"),
            name.label("name"),
            col(Project.name).label("project"),
            func.max(task_milestone()).label("milestone_id"),
            func.count().label("logs"),
            func.sum(col(TimeLog.seconds)).label("seconds"),
        )
        .select_from(TimeLog)
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .join(Task, col(Task.id) == col(TimeLog.task_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(*billable(session, free, draft_id))
        .group_by(key, name, col(Project.name))
    )
    if not of_task:
        statement = statement.join(phase, phase.id == task_milestone())
    if search.strip():
        statement = statement.where(_found(search, name, Project.name))
    rows, place, pages, total = _paged(
        session, statement, page, [func.lower(col(Project.name)), func.lower(name), key]
    )
    picked = scope.picked
    mine = picked.tasks if of_task else picked.milestones
    return PickPage(
        [
            PickRow(
                id=row.id,
                name=row.name,
                project=row.project,
                person="",
                notes="",
                day=None,
                logs=row.logs,
                seconds=int(row.seconds),
                rate=None,
                reason=Eligibility.OK,
                chosen=(row.id in mine or (of_task and row.milestone_id in picked.milestones)) is picked.only,
                held_by=of_task and row.milestone_id in picked.milestones,
            )
            for row in rows
        ],
        place,
        pages,
        total,
    )


def _found(search: str, *columns: Any) -> Any:
    words = f"%{search.strip().lower()}%"
    return or_(*(func.lower(col(column)).like(words) for column in columns))


def _paged(session: Session, statement: Select, page: int, order: list[Any]) -> tuple[Any, int, int, int]:
    total = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    pages = max(1, -(-total // PAGE))
    place = min(max(1, page), pages)
    rows = session.execute(statement.order_by(*order).limit(PAGE).offset((place - 1) * PAGE)).all()
    return rows, place, pages, total
