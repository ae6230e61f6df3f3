"""The week of a person as a grid: projects and tasks down, seven days across, one duration a cell."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalState
from finance_app.models import Project, Task, TimeLog, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.portal import portal_of
from finance_app.services.time_tracking import logs as time_logs
from finance_app.services.time_tracking.approvals import monday_of

DAYS = 7

Line = tuple[int, int | None]
"""A row of the grid: a project and a task of it, or none."""


@dataclass(frozen=True)
class Cell:
    """A day of a row. `seen` names the logs and versions it stands for; `log_ids` has more than one where it
    cannot be typed into. `lock` is billed, submitted, approved, closed or empty."""

    day: date
    seconds: int
    seen: str
    log_ids: tuple[int, ...]
    lock: str


@dataclass(frozen=True)
class WeekRow:
    project_id: int
    task_id: int | None
    project: str
    task: str
    cells: tuple[Cell, ...]

    @property
    def seconds(self) -> int:
        return sum(cell.seconds for cell in self.cells)


@dataclass(frozen=True)
class Week:
    user_id: int
    person: str
    monday: date
    rows: tuple[WeekRow, ...]
    needs_approval: bool
    open_logs: int

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(days=n) for n in range(DAYS))

    @property
    def day_seconds(self) -> tuple[int, ...]:
        return tuple(sum(row.cells[n].seconds for row in self.rows) for n in range(DAYS))


def week(session: Session, actor: Actor, user_id: int, monday: date, extra: list[Line]) -> Week:
    """The logged week, and the rows of `extra` that have no time yet. Raises NotFound."""
    actor.require_somewhere(Permission.TIME_VIEW)
    if user_id != actor.user_id and not actor.may(Permission.TIME_VIEW_ALL):
        raise NotFound
    person = session.get(User, user_id)
    if person is None:
        raise NotFound
    portal = portal_of(session)
    logs = session.execute(
        select(TimeLog)
        .where(col(TimeLog.user_id) == user_id, _in_week(monday))
        .order_by(col(TimeLog.day), col(TimeLog.id))
    ).scalars()
    grid: dict[Line, dict[date, list[TimeLog]]] = {}
    open_logs = 0
    for log in logs.all():
        grid.setdefault((log.project_id, log.task_id), {}).setdefault(log.day, []).append(log)
        movable = log.approval in (ApprovalState.OPEN, ApprovalState.REJECTED)
        open_logs += movable and log.invoice_line_id is None
    for line in extra:
        grid.setdefault(line, {})
    names = _names(session, list(grid))
    days = [monday + timedelta(days=n) for n in range(DAYS)]
    rows = [
        WeekRow(
            line[0],
            line[1],
            *names[line],
            tuple(
                _cell(day, by_day.get(day, []), portal.needs_approval, portal.closed_until) for day in days
            ),
        )
        for line, by_day in grid.items()
        if line in names
    ]
    rows.sort(key=lambda row: (row.project.lower(), row.task.lower(), row.project_id, row.task_id or 0))
    return Week(user_id, person.name, monday, tuple(rows), portal.needs_approval, open_logs)


def _in_week(monday: date):
    return col(TimeLog.day).between(monday, monday + timedelta(days=DAYS - 1))


def _names(session: Session, lines: list[Line]) -> dict[Line, tuple[str, str]]:
    projects = session.execute(
        select(col(Project.id), col(Project.name)).where(col(Project.id).in_({p for p, _ in lines}))
    ).all()
    tasks = session.execute(
        select(col(Task.id), col(Task.name), col(Task.project_id)).where(
            col(Task.id).in_({task for _, task in lines if task})
        )
    ).all()
    project_names = {row[0]: row[1] for row in projects}
    task_names = {(row[2], row[0]): row[1] for row in tasks}
    return {
        line: (project_names[line[0]], task_names[line[0], line[1]] if line[1] else "")
        for line in lines
        if line[0] in project_names and (line[1] is None or (line[0], line[1]) in task_names)
    }


def _cell(day: date, logs: list[TimeLog], needs_approval: bool, closed_until: date | None) -> Cell:
    lock = ""
    if any(log.invoice_line_id is not None for log in logs):
        lock = "billed"
    elif closed_until and day <= closed_until:
        lock = "closed"
    elif needs_approval:
        states = {log.approval for log in logs}
        lock = next((str(s) for s in (ApprovalState.APPROVED, ApprovalState.SUBMITTED) if s in states), "")
    return Cell(day, sum(log.seconds for log in logs), _seen(logs), tuple(log.id or 0 for log in logs), lock)


def _seen(logs: list[TimeLog]) -> str:
    return ",".join(f"{log.id}:{log.version}" for log in logs)


def save_cell(
    session: Session, actor: Actor, user_id: int, line: Line, day: date, text: str, seen: str
) -> bool:
    """Make what is typed in a cell true: create, change, or (for nothing or 0) delete its log.

    `seen` is the cell's as it was shown. Returns whether anything changed. Raises DomainError.
    """
    actor.require(Permission.TIME_EDIT)
    if user_id != actor.user_id:
        actor.require(Permission.TIME_EDIT_ALL)
    project_id, task_id = line
    logs = list(
        session.execute(
            select(TimeLog)
            .where(
                col(TimeLog.user_id) == user_id,
                col(TimeLog.day) == day,
                col(TimeLog.project_id) == project_id,
                col(TimeLog.task_id).is_(None) if task_id is None else col(TimeLog.task_id) == task_id,
            )
            .order_by(col(TimeLog.id))
        ).scalars()
    )
    if _seen(logs) != seen:
        raise DomainError("time.error.cell_changed")
    if len(logs) > 1:
        raise DomainError("time.error.several_logs")
    text = text.strip()
    if text in ("", "0", "-", "0:00"):
        if logs:
            time_logs.delete(session, actor, [logs[0].id or 0])
        return bool(logs)
    if logs:
        version = logs[0].version
        log = time_logs.change(session, actor, logs[0].id or 0, {"duration": text}, version)
        return log.version != version
    task = {"task_id": str(task_id)} if task_id else {}
    data = {"user_id": str(user_id), "project_id": str(project_id), "day": day.isoformat(), "duration": text}
    time_logs.create(session, actor, {**data, **task})
    return True


def lines_of_week_before(session: Session, actor: Actor, user_id: int, monday: date) -> list[Line]:
    """The rows of the latest week before `monday` with time, of projects and tasks still in use."""
    actor.require_somewhere(Permission.TIME_VIEW)
    if user_id != actor.user_id and not actor.may(Permission.TIME_VIEW_ALL):
        raise NotFound
    last = session.execute(
        select(col(TimeLog.day))
        .where(col(TimeLog.user_id) == user_id, col(TimeLog.day) < monday)
        .order_by(col(TimeLog.day).desc())
        .limit(1)
    ).scalar()
    if last is None:
        return []
    rows = session.execute(
        select(col(TimeLog.project_id), col(TimeLog.task_id))
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .where(
            col(TimeLog.user_id) == user_id,
            _in_week(monday_of(last)),
            col(Project.archived_at).is_(None),
            col(Task.archived_at).is_(None),
        )
        .distinct()
    ).all()
    return [(row[0], row[1]) for row in rows]
