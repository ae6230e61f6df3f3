"""Milestones, task lists, tasks and issues of a project."""

from datetime import date
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import SQLModel, col, select

from finance_app.integrations.zoho.projects import Issue, Phase
from finance_app.integrations.zoho.projects import Task as RemoteTask
from finance_app.integrations.zoho.projects import TaskList as RemoteList
from finance_app.models import Milestone, Task, TaskList, ZohoSourceLink
from finance_app.models.columns import now
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.tasks.directory import next_number
from finance_app.services.zoho.source.modules import Module
from finance_app.services.zoho.source.taking.context import Change, Taking, differing, plain

Row = TypeVar("Row", Milestone, TaskList, Task)
CANCELLED = ("cancelled", "canceled", "annulé", "annulée")
MOST_SECONDS = 100_000 * 3600


def take_phase(taking: Taking, record: Phase, link: ZohoSourceLink | None) -> Change:
    values = {
        "name": plain(record.name, 200) or record.id,
        "start_date": _text(record.start_date),
        "due_date": _text(record.end_date),
        "closed": record.status.is_closed_type,
    }
    return _take(taking, Module.PHASE, Milestone, record.id, link, values)


def take_list(taking: Taking, record: RemoteList, link: ZohoSourceLink | None) -> Change:
    values = {"name": plain(record.name, 200) or record.id, "milestone": record.milestone.id}
    return _take(taking, Module.TASK_LIST, TaskList, record.id, link, values)


def take_task(taking: Taking, record: RemoteTask, link: ZohoSourceLink | None) -> Change:
    owner = record.work.owners[0] if record.work.owners else None
    closed = record.completed or record.status.is_closed_type
    values = {
        "name": plain(record.name, 500) or record.id,
        "description": plain(record.description, 5000, lines=True),
        "state": _state(record.status.name, closed=closed).value,
        "percent_done": record.percent_complete,
        "start_date": _text(record.start_date),
        "due_date": _text(record.end_date),
        "planned_seconds": min(record.work.total_work, MOST_SECONDS) or None,
        "billable": record.billing_type.lower() not in ("non billable", "non_billable", "none"),
        "list": record.tasklist.id,
        "milestone": record.milestone.id,
        "owner": owner.id if owner else "",
        "prefix": record.prefix[:40],
    }
    if owner and owner.id:
        taking.people.setdefault(owner.id, [owner.name, owner.email])
    return _take(taking, Module.TASK, Task, record.id, link, values)


def take_issue(taking: Taking, record: Issue, link: ZohoSourceLink | None) -> Change:
    values = {
        "name": plain(record.title, 500) or record.id,
        "description": plain(record.description, 5000, lines=True),
        "state": _state(record.status.name, closed=record.status.is_closed_type).value,
        "due_date": _text(record.due_date),
        "milestone": record.milestone.id,
        "owner": record.assignee.id,
        "prefix": record.prefix[:40],
    }
    if record.assignee.id:
        taking.people.setdefault(record.assignee.id, [record.assignee.name, record.assignee.email])
    return _take(taking, Module.ISSUE, Task, record.id, link, values, kind=WorkKind.ISSUE)


def named_only(taking: Taking, module: Module, remote_id: str, name: str) -> int:
    """A task or issue that only its time has told of so far; its own record fills it later."""
    kind = WorkKind.ISSUE if module is Module.ISSUE else WorkKind.TASK
    _take(taking, module, Task, remote_id, None, {"name": plain(name, 500) or remote_id}, kind=kind)
    return taking.local_id(module, remote_id) or 0


def _take(
    taking: Taking,
    module: Module,
    table: type[Row],
    remote_id: str,
    link: ZohoSourceLink | None,
    values: dict[str, Any],
    kind: WorkKind = WorkKind.TASK,
) -> Change:
    if taking.local is None:
        return Change.SAME
    if link is not None:
        row, changed = taking.session.get(table, link.local_id), differing(link, values)
        if row is None or not changed:
            return Change.SAME
        _write(taking, row, changed)
        row.version += 1
        link.values = values
        taking.session.add_all([row, link])
        taking.session.flush()
        return Change.WRITTEN
    row = _same(taking, module, table, str(values["name"]), kind)
    joined = row is not None
    if row is None:
        row = table(project_id=taking.local.id or 0, name=str(values["name"]))
        if isinstance(row, Task):
            row.kind, row.number = kind, _number(taking, str(values.get("prefix", "")))
        _write(taking, row, values)
    elif isinstance(row, Task | TaskList):
        row.archived_at = None
    taking.session.add(row)
    taking.session.flush()
    taking.link(module, remote_id, row.id or 0, values, joined=joined)
    return Change.WRITTEN


def _same(taking: Taking, module: Module, table: type[Row], name: str, kind: WorkKind) -> Row | None:
    """One of the name that the project has already, and that came of no other record."""
    if taking.local is None or not taking.joined:
        return None
    statement = select(table).where(
        table.project_id == taking.local.id, func.lower(table.name) == name.lower()
    )
    if table is Task:
        statement = statement.where(Task.kind == kind)
    for row in taking.session.exec(statement.order_by(col(table.id))):
        if not taking.is_linked(module, row.id or 0):
            return row
    return None


def _write(taking: Taking, row: SQLModel, values: dict[str, Any]) -> None:
    for name, value in values.items():
        match name:
            case "prefix":
                continue
            case "owner":
                owner = taking.owner(value)
                setattr(row, "owner_id", owner)  # noqa: B010
                if owner:
                    taking.join(owner)
            case "list":
                setattr(row, "task_list_id", taking.local_id(Module.TASK_LIST, value))  # noqa: B010
            case "milestone":
                setattr(row, "milestone_id", taking.local_id(Module.PHASE, value))  # noqa: B010
            case "closed":
                setattr(row, "closed_at", now() if value else None)  # noqa: B010
            case "start_date" | "due_date":
                setattr(row, name, date.fromisoformat(value) if value else None)
            case "state":
                setattr(row, name, WorkState(value))
            case _:
                setattr(row, name, value)


def _number(taking: Taking, prefix: str) -> str:
    """Zoho's own key of the task, or the next number of the project where that is taken."""
    assert taking.local is not None
    if prefix:
        taken = select(col(Task.id)).where(Task.project_id == taking.local.id, Task.number == prefix)
        if taking.session.execute(taken).first() is None:
            return prefix
    return next_number(taking.session, taking.local)


def _state(name: str, *, closed: bool) -> WorkState:
    if name.lower() in CANCELLED:
        return WorkState.CANCELLED
    return WorkState.CLOSED if closed else WorkState.OPEN


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
