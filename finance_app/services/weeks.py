"""The week of a person as a grid: a row for each project and task, a cell for each day, typed directly."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.time import parse_duration
from finance_app.models import Project, Task, TimeLog, User
from finance_app.services import time_logs
from finance_app.services.accounts import Actor

Key = tuple[int, int | None]


@dataclass(frozen=True)
class Cell:
    """The time of a row on a day: `log_id` and `version` where it is exactly one log, `count` of logs."""

    day: date
    seconds: int = 0
    log_id: int = 0
    version: int = 0
    count: int = 0
    locked: bool = False


@dataclass(frozen=True)
class Row:
    project_id: int
    task_id: int | None
    project: str
    task: str
    cells: list[Cell]


@dataclass(frozen=True)
class Week:
    """`days` are Monday to Sunday; `rows` in the order of their names."""

    user_id: int
    person: str
    days: list[date]
    rows: list[Row] = field(default_factory=list)


def week(session: Session, actor: Actor, user_id: int, monday: date, added: tuple[Key, ...] = ()) -> Week:
    """A person's week. `added` are rows that have no time yet. Raises DomainError for the week of another
    whom the actor may not see."""
    actor.require(Permission.TIME_VIEW)
    if user_id != actor.user_id:
        actor.require(Permission.TIME_VIEW_ALL)
    person = session.get(User, user_id)
    if person is None:
        raise DomainError("common.error.unknown_choice")
    days = [monday + timedelta(days=n) for n in range(7)]
    rules = time_logs.rules_of(session)
    logs: dict[Key, dict[date, list[TimeLog]]] = defaultdict(lambda: defaultdict(list))
    for log in session.execute(
        select(TimeLog)
        .where(col(TimeLog.user_id) == user_id, col(TimeLog.day) >= days[0], col(TimeLog.day) <= days[-1])
        .order_by(col(TimeLog.id))
    ).scalars():
        logs[log.project_id, log.task_id][log.day].append(log)
    keys = {*logs, *added}
    projects = _names(session, Project, {project for project, _ in keys})
    tasks = _names(session, Task, {task for _, task in keys if task})
    rows = [
        Row(project, task, projects[project], tasks.get(task, "") if task else "",
            [_cell(rules, day, logs[project, task][day]) for day in days])
        for project, task in keys
        if project in projects
    ]  # fmt: skip
    rows.sort(key=lambda row: (row.project.lower(), row.task.lower(), row.project_id, row.task_id or 0))
    return Week(user_id, person.name, days, rows)


def _names(session: Session, table: type[Project] | type[Task], ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(col(table.id), col(table.name)).where(col(table.id).in_(ids))).all()
    return {row[0]: row[1] for row in rows}


def _cell(rules: time_logs.Rules, day: date, logs: list[TimeLog]) -> Cell:
    one = logs[0] if len(logs) == 1 else None
    closed = rules.closed_until is not None and day <= rules.closed_until
    return Cell(
        day=day,
        seconds=sum(log.seconds for log in logs),
        log_id=(one.id or 0) if one else 0,
        version=one.version if one else 0,
        count=len(logs),
        locked=closed or any(time_logs.is_locked(rules, log) for log in logs),
    )


def save_cell(
    session: Session,
    actor: Actor,
    user_id: int,
    row: Key,
    day: date,
    text: str,
    *,
    log_id: int = 0,
    version: int = 0,
) -> None:
    """Write what was typed into a cell that was seen as the log `log_id` at `version`, or empty.

    An empty text or 0 deletes the log; one with notes stays, as they would be lost. Raises DomainError.
    """
    actor.require(Permission.TIME_EDIT)
    if user_id != actor.user_id:
        actor.require(Permission.TIME_EDIT_ALL)
    # Waiting here for another write to the same person's time shows its log below.
    session.execute(select(col(User.id)).where(col(User.id) == user_id).with_for_update())
    logs = _logs(session, user_id, row, day)
    seconds = 0 if not text.strip() else parse_duration(text[:40])
    if sum(log.seconds for log in logs) == seconds:
        return
    if len(logs) > 1:
        raise DomainError("time.error.several")
    if (logs[0].id if logs else 0) != log_id:
        raise DomainError("common.error.changed_meanwhile")
    project_id, task_id = row
    if not logs:
        data = {"user_id": str(user_id), "project_id": str(project_id), "task_id": str(task_id or "")}
        time_logs.create(session, actor, {**data, "day": day.isoformat(), "duration": text})
    elif seconds == 0:
        if logs[0].notes:
            raise DomainError("time.error.has_notes")
        if logs[0].version != version:
            raise DomainError("common.error.changed_meanwhile")
        time_logs.remove(session, actor, log_id)
    else:
        time_logs.save(session, actor, log_id, {"duration": text}, version)


def _logs(session: Session, user_id: int, row: Key, day: date) -> list[TimeLog]:
    project_id, task_id = row
    return list(
        session.execute(
            select(TimeLog).where(
                col(TimeLog.user_id) == user_id,
                col(TimeLog.project_id) == project_id,
                col(TimeLog.task_id).is_not_distinct_from(task_id),
                col(TimeLog.day) == day,
            )
        ).scalars()
    )


def recent_rows(session: Session, actor: Actor, user_id: int, monday: date) -> tuple[Key, ...]:
    """The rows of the week before, to begin a new week with. Only of projects and tasks in use."""
    actor.require(Permission.TIME_VIEW)
    if user_id != actor.user_id:
        actor.require(Permission.TIME_VIEW_ALL)
    rows = session.execute(
        select(col(TimeLog.project_id), col(TimeLog.task_id))
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .where(
            col(TimeLog.user_id) == user_id,
            col(TimeLog.day) >= monday - timedelta(days=7),
            col(TimeLog.day) < monday,
            col(Project.archived_at).is_(None),
            col(Task.archived_at).is_(None),
        )
        .group_by(col(TimeLog.project_id), col(TimeLog.task_id))
        .order_by(func.sum(col(TimeLog.seconds)).desc())
        .limit(12)
    ).all()
    return tuple((row[0], row[1]) for row in rows)
