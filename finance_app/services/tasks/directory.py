"""Tasks and issues of a project: one of them, its form, creation and change, and what selectors need.

An issue is a task of another kind: time is logged on it, and it never has a rate of its own.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod
from finance_app.domain.time import hours
from finance_app.domain.work import Recurrence, percent_done, read_occurrences, read_percent, read_work_hours
from finance_app.models import Milestone, Project, ProjectMember, Task, TaskList, User
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.fields import Fields, read_day, read_id, reader_of
from finance_app.services.listing import like
from finance_app.services.projects import directory as projects
from finance_app.services.rates import Repricing

FIELDS = {
    "name": 500,
    "description": 5000,
    "owner_id": 20,
    "task_list_id": 20,
    "milestone_id": 20,
    "work_hours": 30,
    "recurrence": 20,
    "occurrences": 9,
    "percent_done": 10,
    "state": 20,
    "billable": 3,
    "bill_rate": 30,
    "start_date": 10,
    "due_date": 10,
}
LINKS = {"owner_id": User, "task_list_id": TaskList, "milestone_id": Milestone}


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, scope: str
) -> list[tuple[int, str, str]]:
    """Open tasks and issues of a project (`scope` is its id): id, number and name, task list."""
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    project_id = projects.visible_id(actor, scope)
    statement = (
        select(col(Task.id), func.coalesce(Task.number, ""), col(Task.name), func.coalesce(TaskList.name, ""))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(
            col(Task.project_id) == project_id,
            col(Task.archived_at).is_(None),
            col(Task.state) == WorkState.OPEN,
        )
    )
    if text:
        pattern = like(text)
        statement = statement.where(
            or_(col(Task.name).ilike(pattern, escape="\\"), col(Task.number).ilike(pattern, escape="\\"))
        )
    tasks_first = case((col(Task.kind) == WorkKind.TASK, 0), else_=1)
    rows = session.execute(
        statement.order_by(tasks_first, func.lower(Task.name), col(Task.id)).limit(limit)
    ).all()
    return [(row[0], f"{row[1]} {row[2]}".strip(), row[3]) for row in rows]


def get(session: Session, actor: Actor, project_id: int, task_id: int) -> Task:
    """A task or issue of this project. Raises NotFound."""
    projects.get(session, actor, project_id)
    task = session.get(Task, task_id)
    if task is None or task.project_id != project_id:
        raise NotFound
    return task


def has_own_rates(project: Project, kind: WorkKind) -> bool:
    """Only tasks have rates of their own, and only where the project bills by task."""
    return kind is WorkKind.TASK and project.billing_method is BillingMethod.TASK_HOURS


def new_values(session: Session, actor: Actor, project_id: int, task_list_id: str = "") -> dict[str, str]:
    """What the form of a new task starts with."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = projects.get(session, actor, project_id)
    task_list = session.get(TaskList, read_id(task_list_id)) if task_list_id else None
    known = task_list if task_list and task_list.project_id == project_id else None
    return {
        "state": WorkState.OPEN.value,
        "percent_done": "0",
        "occurrences": "1",
        "recurrence": "",
        "billable": "on" if project.client_id is not None else "",
        "task_list_id": str(known.id) if known else "",
        "task_list_id_label": known.name if known else "",
        "owner_id": "",
        "owner_id_label": "",
        "milestone_id": "",
        "milestone_id_label": "",
        "version": "0",
    }


def form_values(session: Session, actor: Actor, project_id: int, task_id: int) -> dict[str, str]:
    """A task as its form shows it; the rate only to those who may see rates."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    task = get(session, actor, project_id, task_id)
    planned = task.planned_seconds
    sees = actor.may(Permission.RATES_VIEW, project_id)
    values: dict[str, object] = {
        **{name: getattr(task, name) for name in FIELDS if name not in ("work_hours", "bill_rate")},
        "work_hours": "" if planned is None else format(hours(planned).normalize(), "f"),
        "bill_rate": format(task.bill_rate, "f") if task.bill_rate is not None and sees else "",
        "percent_done": percent_done(task.percent_done, task.state is WorkState.CLOSED),
        "billable": "on" if task.billable else "",
        "version": task.version,
    }
    for name, model in LINKS.items():
        row = session.get(model, getattr(task, name)) if getattr(task, name) else None
        values[f"{name}_label"] = row.name if row else ""
    return {name: "" if value is None else str(value) for name, value in values.items()}


def create(session: Session, actor: Actor, project_id: int, kind: WorkKind, data: Mapping[str, str]) -> Task:
    """A new task or issue, with the next free number of the project. Raises InvalidFields."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = _open_project(session, actor, project_id)
    task = Task(project_id=project_id, kind=kind, name="")
    for name, value in _checked(session, actor, project, task, data).items():
        setattr(task, name, value)
    task.number = next_number(session, project)
    session.add(task)
    _join(session, task)
    session.flush()
    audit.record(session, actor, "task", task.id, "created", after={"name": task.name, "kind": kind.value})
    return task


def update(
    session: Session, actor: Actor, project_id: int, task_id: int, data: Mapping[str, str], version: int
) -> Repricing:
    """Change a task as it was seen at `version`; its unbilled time is priced anew.

    Raises InvalidFields, or DomainError if it has changed. `rates.tried` shows beforehand what it would do.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    task = get(session, actor, project_id, task_id)
    if task.version != version:
        raise DomainError("common.error.changed_meanwhile")
    project = projects.get(session, actor, project_id)
    values = _checked(
        session, actor, project, task, {**form_values(session, actor, project_id, task_id), **data}
    )
    before = {name: getattr(task, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    for name, value in changed.items():
        setattr(task, name, value)
    if changed:
        task.version += 1
        session.add(task)
        _join(session, task)
        session.flush()
        audit.record(
            session, actor, "task", task_id, "changed",
            before={name: _plain(before[name]) for name in changed},
            after={name: _plain(value) for name, value in changed.items()},
        )  # fmt: skip
    return rates.reprice(session, task_id=task_id)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal | date) else value


def _open_project(session: Session, actor: Actor, project_id: int) -> Project:
    """The project, locked while a number is taken. Raises DomainError where it is archived."""
    project = projects.get(session, actor, project_id)
    session.refresh(project, with_for_update=True)
    if project.archived_at is not None:
        raise DomainError("task.error.project_archived", name=project.name)
    return project


def next_number(session: Session, project: Project) -> str:
    """The number after the last of the project: `ABC-12` where it has a code, else `12`."""
    prefix = f"{project.code}-" if project.code else ""
    count = session.execute(
        select(func.count()).select_from(Task).where(col(Task.project_id) == project.id)
    ).scalar_one()
    taken = select(col(Task.id)).where(col(Task.project_id) == project.id)
    while True:
        count += 1
        number = f"{prefix}{count}"[-40:]
        if session.execute(taken.where(col(Task.number) == number)).first() is None:
            return number


def _join(session: Session, task: Task) -> None:
    """Who owns a task works on the project."""
    if task.owner_id is None:
        return
    known = select(col(ProjectMember.id)).where(
        col(ProjectMember.project_id) == task.project_id, col(ProjectMember.user_id) == task.owner_id
    )
    if session.execute(known).first() is None:
        session.add(ProjectMember(project_id=task.project_id, user_id=task.owner_id))


def _checked(
    session: Session, actor: Actor, project: Project, task: Task, data: Mapping[str, str]
) -> dict[str, Any]:
    fields = Fields(data, FIELDS)
    values: dict[str, Any] = {
        "name": fields.text("name", required=True),
        "description": fields.text("description"),
        "billable": fields.text("billable") == "on",
    }
    for name, model in LINKS.items():
        values[name] = fields.read(
            name, lambda text, name=name, model=model: _link(session, project, task, name, model, text)
        )
    values["planned_seconds"] = fields.read("work_hours", read_work_hours)
    recurrence = values["recurrence"] = fields.read("recurrence", reader_of(Recurrence))
    values["occurrences"] = fields.read("occurrences", lambda text: read_occurrences(text, recurrence))
    values["state"] = fields.read("state", reader_of(WorkState)) or WorkState.OPEN
    percent = fields.read("percent_done", read_percent)
    stays_closed = values["state"] is WorkState.CLOSED and percent == 100
    values["percent_done"] = task.percent_done if stays_closed else percent
    for name in ("start_date", "due_date"):
        values[name] = fields.read(name, read_day)
    if values["start_date"] and values["due_date"] and values["due_date"] < values["start_date"]:
        fields.refuse("due_date", DomainError("project.error.end_before_start"))
    if actor.may(Permission.RATES_EDIT):
        values["bill_rate"] = fields.read("bill_rate", rates.read_rate)
        given = values["bill_rate"] is not None and values["bill_rate"] != task.bill_rate
        if given and not has_own_rates(project, task.kind):
            fields.refuse("bill_rate", _no_rate(task.kind))
    fields.check()
    return values


def _no_rate(kind: WorkKind) -> DomainError:
    return DomainError("task.error.issue_rate" if kind is WorkKind.ISSUE else "task.error.rate_method")


def _link(session: Session, project: Project, task: Task, name: str, model: Any, text: str) -> int | None:
    """A person, list or milestone by its id. An archived one only where it was chosen before."""
    row_id = read_id(text)
    if row_id is None:
        return None
    row = session.get(model, row_id)
    if row is None or (model is not User and row.project_id != project.id):
        raise DomainError("common.error.unknown_choice")
    if getattr(row, "archived_at", None) is not None and getattr(task, name) != row_id:
        raise DomainError("task.error.choice_archived", name=row.name)
    return row_id
