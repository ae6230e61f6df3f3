"""How far a task is: said by whoever may edit the project, and by the person who does the task."""

from typing import Any

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.work import read_percent
from finance_app.models import Task
from finance_app.models.kinds import WorkState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.tasks import directory as tasks

ACTIONS = {
    WorkState.OPEN: "reopened",
    WorkState.CLOSED: "closed",
    WorkState.CANCELLED: "cancelled",
}


def may_tell(actor: Actor, task: Task) -> bool:
    """Whether the person may say how far the task is."""
    own = task.owner_id == actor.user_id and actor.may(Permission.TIME_EDIT, task.project_id)
    return own or actor.may(Permission.PROJECTS_EDIT, task.project_id)


def set_state(session: Session, actor: Actor, project_id: int, task_id: int, state: WorkState) -> None:
    """Close, cancel or reopen a task. Raises NotFound, or DomainError where the person may not."""
    _tell(session, actor, tasks.get(session, actor, project_id, task_id), "state", state, ACTIONS[state])


def set_percent(session: Session, actor: Actor, project_id: int, task_id: int, typed: str) -> None:
    """Say how much of an open task is done. Raises NotFound, or DomainError for what is no percentage."""
    task = tasks.get(session, actor, project_id, task_id)
    percent = read_percent(typed)
    if task.state is not WorkState.OPEN and task.percent_done != percent:
        raise DomainError("task.error.not_open", name=task.name)
    _tell(session, actor, task, "percent_done", percent, "changed")


def _tell(session: Session, actor: Actor, task: Task, name: str, value: Any, action: str) -> None:
    if not may_tell(actor, task):
        raise DomainError("task.error.not_yours", name=task.name)
    before = getattr(task, name)
    if before == value:
        return
    setattr(task, name, value)
    task.version += 1
    session.add(task)
    session.flush()
    audit.record(session, actor, "task", task.id, action, before={name: before}, after={name: value})
