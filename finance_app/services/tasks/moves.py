"""What is done to tasks and issues as a whole: close, reopen, archive, move, delete.

Time is never lost on the way: a task with time is archived, or its time goes to another task first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.models import Milestone, Task, TaskList, TimeClaim, TimeLog
from finance_app.models.columns import now
from finance_app.models.kinds import BudgetScope, WorkState
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import parts
from finance_app.services.portal import portal_of
from finance_app.services.projects import directory as projects
from finance_app.services.rates import Repricing
from finance_app.services.references import is_referred
from finance_app.services.tasks import directory as tasks
from finance_app.services.tasks.progress import ACTIONS


@dataclass(frozen=True)
class Load:
    """What hangs on tasks: their time logs, what of them an invoice holds, and whether anything else does."""

    tasks: int
    logs: int
    seconds: int
    billed_logs: int
    referred: bool

    @property
    def movable(self) -> bool:
        return not self.billed_logs and not self.referred


def load_of(session: Session, actor: Actor, project_id: int, task_ids: Sequence[int]) -> Load:
    """Looked at before a deletion or a move, so that the person can choose what happens to the time."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    found = _found(session, project_id, task_ids)
    ids = [task.id or 0 for task in found]
    logs, seconds = session.execute(
        select(func.count(), func.coalesce(func.sum(TimeLog.seconds), 0)).where(col(TimeLog.task_id).in_(ids))
    ).one()
    billed = session.execute(
        select(func.count())
        .select_from(TimeLog)
        .where(
            col(TimeLog.task_id).in_(ids),
            col(TimeLog.invoice_line_id).is_not(None)
            | select(col(TimeClaim.id))
            .where(col(TimeClaim.time_log_id) == col(TimeLog.id), col(TimeClaim.released_at).is_(None))
            .exists(),
        )
    ).scalar_one()
    return Load(
        len(ids), int(logs), int(seconds), int(billed), is_referred(session, Task, ids, but=("time_log",))
    )


def _found(session: Session, project_id: int, task_ids: Sequence[int]) -> list[Task]:
    """The tasks of the project among the ids, in their order. Raises NotFound where there is none."""
    rows = session.execute(
        select(Task)
        .where(col(Task.id).in_(list(task_ids)), col(Task.project_id) == project_id)
        .order_by(col(Task.id))
    ).scalars()
    found = list(rows)
    if not found:
        raise NotFound
    return found


def set_state(
    session: Session, actor: Actor, project_id: int, task_ids: Sequence[int], state: WorkState
) -> int:
    """Close, cancel or reopen; how many changed."""
    return _set(session, actor, project_id, task_ids, {"state": state}, ACTIONS[state])


def set_archived(
    session: Session, actor: Actor, project_id: int, task_ids: Sequence[int], archived: bool
) -> int:
    """Take tasks out of lists and selectors, or bring them back; how many changed. Their time stays."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    changed = [
        task
        for task in _found(session, project_id, task_ids)
        if (task.archived_at is not None) is not archived
    ]
    for task in changed:
        _touch(session, task, archived_at=now() if archived else None)
        audit.record(session, actor, "task", task.id, "archived" if archived else "restored")
    session.flush()
    return len(changed)


def set_list(
    session: Session, actor: Actor, project_id: int, task_ids: Sequence[int], list_id: int | None
) -> int:
    """Move tasks to a task list of the project, or out of any; how many changed."""
    _part(session, TaskList, project_id, list_id)
    return _set(session, actor, project_id, task_ids, {"task_list_id": list_id}, "changed")


def set_milestone(
    session: Session, actor: Actor, project_id: int, task_ids: Sequence[int], milestone_id: int | None
) -> int:
    """Put tasks under a milestone of their own; without one they follow their task list. How many changed."""
    _part(session, Milestone, project_id, milestone_id)
    return _set(session, actor, project_id, task_ids, {"milestone_id": milestone_id}, "changed")


def _part(session: Session, model: Any, project_id: int, row_id: int | None) -> None:
    row = session.get(model, row_id) if row_id is not None else None
    if row_id is not None and (row is None or row.project_id != project_id):
        raise DomainError("common.error.unknown_choice")


def _set(
    session: Session, actor: Actor, project_id: int, ids: Sequence[int], values: dict[str, Any], action: str
) -> int:
    actor.require(Permission.PROJECTS_EDIT, project_id)
    changed = [
        task
        for task in _found(session, project_id, ids)
        if any(getattr(task, name) != value for name, value in values.items())
    ]
    for task in changed:
        before = {name: getattr(task, name) for name in values}
        _touch(session, task, **values)
        audit.record(session, actor, "task", task.id, action, before=before, after=values)
    session.flush()
    return len(changed)


def _touch(session: Session, task: Task, **values: Any) -> None:
    for name, value in values.items():
        setattr(task, name, value)
    task.version += 1
    session.add(task)


def move_time(session: Session, actor: Actor, project_id: int, task_id: int, target_id: int) -> Repricing:
    """Put all time of a task on another task of the project, priced as that one is.

    Raises DomainError where an invoice holds some of it, or some lies in a closed period.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    actor.require(Permission.TIME_EDIT_ALL, project_id)
    source = tasks.get(session, actor, project_id, task_id)
    target = tasks.get(session, actor, project_id, target_id)
    if source.id == target.id:
        raise DomainError("task.error.same_task", field="time_to")
    found = load_of(session, actor, project_id, [task_id])
    if found.billed_logs:
        raise DomainError("task.error.time_billed", n=found.billed_logs)
    _check_periods(session, [task_id])
    _carry(session, [task_id], found, task_id=target.id)
    audit.record(
        session, actor, "task", task_id, "time_moved", to=target.name, logs=found.logs, seconds=found.seconds
    )
    audit.record(
        session, actor, "task", target.id, "time_received", source=source.name, seconds=found.seconds
    )
    return rates.reprice(session, task_id=target.id)


def _check_periods(session: Session, task_ids: Sequence[int]) -> None:
    first = session.execute(
        select(func.min(col(TimeLog.day))).where(col(TimeLog.task_id).in_(list(task_ids)))
    ).scalar()
    if first is not None:
        check_open(first, portal_of(session).closed_until)


def _carry(session: Session, task_ids: Sequence[int], seen: Load, **values: Any) -> None:
    """Change the unbilled logs of tasks; all that were seen, or nothing."""
    done: Any = session.execute(
        update(TimeLog)
        .where(col(TimeLog.task_id).in_(list(task_ids)), col(TimeLog.invoice_line_id).is_(None))
        .values(**values, version=TimeLog.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != seen.logs:
        raise DomainError("common.error.changed_meanwhile")
    for row in session.identity_map.values():
        if isinstance(row, TimeLog):
            session.expire(row)


def delete(
    session: Session, actor: Actor, project_id: int, task_id: int, *, time_to: int | None = None
) -> None:
    """Delete a task. One with time is refused, unless its time goes to another task.

    Raises DomainError also where an invoice or another document names the task: then it can be archived.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    task = tasks.get(session, actor, project_id, task_id)
    if time_to is not None:
        move_time(session, actor, project_id, task_id, time_to)
    found = load_of(session, actor, project_id, [task_id])
    if found.logs:
        raise DomainError("task.error.has_time", name=task.name, n=found.logs)
    if found.referred:
        raise DomainError("task.error.referred", name=task.name)
    audit.record(
        session, actor, "task", task_id, "deleted", before={"name": task.name, "number": task.number}
    )
    parts.forget(session, BudgetScope.TASK, [task_id])
    session.delete(task)
    session.flush()


@dataclass(frozen=True)
class Moved:
    """Tasks in their new project, and what their unbilled time was and is worth, each in the currency of the
    project. `rates_dropped` counts own rates that the new one has no use for."""

    tasks: int
    logs: int
    seconds: int
    before_minor: int
    before_currency: str
    after_minor: int
    after_currency: str
    unpriced_seconds: int
    rates_dropped: int


def move_to_project(
    session: Session,
    actor: Actor,
    project_id: int,
    task_ids: Sequence[int],
    target_id: int,
    list_id: int | None = None,
) -> Moved:
    """Move tasks with their time to another project: list and milestone of the old one fall away, and so does
    a number of its series; the time is priced by the rates of the new one, and own rates stay only where that
    one bills by task.

    Raises DomainError where an invoice holds time of them, another document names them, a period is closed,
    or the project cannot take them. `rates.tried` shows beforehand what it would do.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    actor.require(Permission.TIME_EDIT_ALL, project_id)
    source, target = projects.get(session, actor, project_id), projects.get(session, actor, target_id)
    if source.id == target.id:
        raise DomainError("task.error.same_project", field="project_id")
    if target.archived_at is not None:
        raise DomainError("task.error.project_archived", name=target.name, field="project_id")
    _part(session, TaskList, target_id, list_id)
    moving = _found(session, project_id, task_ids)
    ids = [task.id or 0 for task in moving]
    found = load_of(session, actor, project_id, ids)
    if found.billed_logs:
        raise DomainError("task.error.move_billed", n=found.billed_logs)
    if found.referred:
        raise DomainError("task.error.move_referred")
    _check_periods(session, ids)
    before = _amount(session, ids, source.currency)[0]
    session.refresh(target, with_for_update=True)
    dropped = 0
    for task in moving:
        was = task.number
        keeps_rate = tasks.has_own_rates(target, task.kind)
        dropped += task.bill_rate is not None and not keeps_rate
        own = was and not (source.code and was.startswith(f"{source.code}-"))
        number = was if own and not _number_taken(session, target_id, was) else None
        _touch(
            session,
            task,
            project_id=target_id,
            task_list_id=list_id,
            milestone_id=None,
            bill_rate=task.bill_rate if keeps_rate else None,
            number=number or tasks.next_number(session, target),
        )
        session.flush()
        audit.record(
            session, actor, "task", task.id, "moved",
            before={"project": source.name, "number": was},
            after={"project": target.name, "number": task.number},
        )  # fmt: skip
    parts.forget(session, BudgetScope.TASK, ids)
    _carry(session, ids, found, project_id=target_id)
    for task_id in ids:
        rates.price_logs(session, task_id=task_id)
    after, unpriced = _amount(session, ids, target.currency)
    return Moved(
        len(ids),
        found.logs,
        found.seconds,
        before,
        source.currency,
        after,
        target.currency,
        unpriced,
        dropped,
    )


def _number_taken(session: Session, project_id: int, number: str) -> bool:
    statement = select(col(Task.id)).where(col(Task.project_id) == project_id, col(Task.number) == number)
    return session.execute(statement).first() is not None


def _amount(session: Session, task_ids: Sequence[int], currency: str) -> tuple[int, int]:
    """The billable time of tasks in minor units, and the seconds without a rate."""
    rows = session.execute(
        select(col(TimeLog.bill_rate), func.sum(TimeLog.seconds))
        .where(
            col(TimeLog.task_id).in_(list(task_ids)),
            col(TimeLog.billable),
            col(TimeLog.invoice_line_id).is_(None),
        )
        .group_by(col(TimeLog.bill_rate))
    ).all()
    time = [(int(seconds), rate) for rate, seconds in rows]
    return rates.amount_at_rates([(seconds, rate) for seconds, rate in time], currency), sum(
        seconds for seconds, rate in time if rate is None
    )
