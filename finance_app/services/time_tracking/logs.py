"""Time logs: create, change, delete, bring back, duplicate, with the rules that guard billed and closed time.

Whoever lacks `time_edit_all` has their own time only; another person's log does not exist for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy import delete as delete_from
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.domain.time import parse_worked_time
from finance_app.domain.workflow import ApprovalState, require_editable_log
from finance_app.models import AuditEvent, Invoice, Project, Task, TimeClaim, TimeLog, User
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.portal import portal_of, today
from finance_app.services.rates import rate_for

DAY_SECONDS = 24 * 3600
NOTES_LENGTH = 5000
TASK_NAME_LENGTH = 500
_KEPT = ("project_id", "task_id", "user_id", "seconds", "billable", "notes", "import_id", "import_key")


@dataclass(frozen=True)
class Entry:
    """What a form says of a time log, read and checked in itself."""

    user_id: int
    project_id: int
    task_id: int | None
    day: date
    seconds: int
    billable: bool
    notes: str


def get(session: Session, actor: Actor, log_id: int) -> TimeLog:
    """Raises NotFound, also where the log is another person's and the actor sees only their own."""
    actor.require_somewhere(Permission.TIME_VIEW)
    log = session.get(TimeLog, log_id)
    if log is None or (
        log.user_id != actor.user_id and not actor.may(Permission.TIME_VIEW_ALL, log.project_id)
    ):
        raise NotFound
    return log


def new_values(session: Session, actor: Actor) -> dict[str, str]:
    """What the form of a new log starts with: today, the actor, and where they last logged."""
    actor.require(Permission.TIME_EDIT)
    last = session.execute(
        select(col(Project.id), col(Project.name))
        .join(TimeLog, col(TimeLog.project_id) == col(Project.id))
        .where(col(TimeLog.user_id) == actor.user_id, col(Project.archived_at).is_(None))
        .order_by(col(TimeLog.day).desc(), col(TimeLog.id).desc())
        .limit(1)
    ).first()
    return {
        "day": today(session).isoformat(),
        "user_id": str(actor.user_id),
        "user_id_label": actor.name,
        "project_id": str(last[0]) if last else "",
        "project_id_label": last[1] if last else "",
        "billable": "on",
    }


def new_values_on(session: Session, actor: Actor, project_id: str, task_id: str = "") -> dict[str, str]:
    """What the form of a new log on a project, and perhaps a task of it, starts with. Raises NotFound."""
    actor.require(Permission.TIME_EDIT)
    project = session.get(Project, int(project_id)) if _is_id(project_id) else None
    task = session.get(Task, int(task_id)) if _is_id(task_id) else None
    if project is None or (task_id and (task is None or task.project_id != project.id)):
        raise NotFound
    return {
        **new_values(session, actor),
        "project_id": str(project.id),
        "project_id_label": project.name,
        "task_id": str(task.id) if task else "",
        "task_id_label": task.name if task else "",
        "billable": "on" if task is None or task.billable else "",
    }


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def form_values(session: Session, actor: Actor, log_id: int) -> dict[str, str]:
    """A log as its form shows it."""
    log = get(session, actor, log_id)
    task = session.get(Task, log.task_id) if log.task_id else None
    hours, rest = divmod(log.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return {
        "day": log.day.isoformat(),
        "user_id": str(log.user_id),
        "user_id_label": session.get_one(User, log.user_id).name,
        "project_id": str(log.project_id),
        "project_id_label": session.get_one(Project, log.project_id).name,
        "task_id": str(log.task_id or ""),
        "task_id_label": task.name if task else "",
        "duration": f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else ""),
        "billable": "on" if log.billable else "",
        "notes": log.notes,
        "version": str(log.version),
    }


def create(session: Session, actor: Actor, data: Mapping[str, str], request_key: str = "") -> TimeLog:
    """A new log from the texts of a form. The same request asked twice gives the one log it made.

    Raises InvalidFields, or DomainError for a rule of the portal.
    """
    actor.require(Permission.TIME_EDIT)
    kept_key = f"form:{request_key}"[:64] if request_key else None
    if kept_key and (known := _made_by(session, actor, kept_key)) is not None:
        return known
    entry = _read(session, actor, data, None)
    _lock(session, entry.user_id)
    if kept_key and (known := _made_by(session, actor, kept_key)) is not None:
        return known
    _check(session, entry, None)
    log = TimeLog(**entry.__dict__, import_key=kept_key)
    _price(session, log)
    session.add(log)
    session.flush()
    audit.record(session, actor, "time_log", log.id, "created", after=facts(log))
    return log


def _made_by(session: Session, actor: Actor, key: str) -> TimeLog | None:
    log = session.execute(select(TimeLog).where(col(TimeLog.import_key) == key)).scalars().first()
    if log and log.user_id != actor.user_id and not actor.may(Permission.TIME_EDIT_ALL):
        raise NotFound
    return log


def change(session: Session, actor: Actor, log_id: int, data: Mapping[str, str], version: int) -> TimeLog:
    """Change a log as it was seen at `version`; fields that are not given stay.

    Raises InvalidFields, or DomainError where the log is locked or has changed.
    """
    log = editable(session, actor, log_id)
    if log.version != version:
        raise DomainError("common.error.changed_meanwhile")
    check_open(log.day, portal_of(session).closed_until)
    entry = _read(session, actor, {**form_values(session, actor, log_id), **data}, log)
    _check(session, entry, log)
    before = facts(log)
    changed = {name: value for name, value in entry.__dict__.items() if getattr(log, name) != value}
    if not changed:
        return log
    draft = TimeLog(**entry.__dict__)
    _price(session, draft)
    values = {**changed, "bill_rate": draft.bill_rate, "cost_rate": draft.cost_rate}
    _update_as_seen(session, log, values)
    after = facts(log)
    audit.record(
        session,
        actor,
        "time_log",
        log_id,
        "changed",
        before={name: before[name] for name in after if before[name] != after[name]},
        after={name: after[name] for name in after if before[name] != after[name]},
    )
    return log


def _update_as_seen(session: Session, log: TimeLog, values: Mapping[str, Any]) -> None:
    """Write where nobody has changed or billed the log since it was read."""
    done = session.execute(
        update(TimeLog)
        .where(
            col(TimeLog.id) == log.id,
            col(TimeLog.version) == log.version,
            col(TimeLog.approval) == log.approval,
            col(TimeLog.invoice_line_id).is_(None),
        )
        .values(**values, version=log.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise DomainError("common.error.changed_meanwhile")
    session.refresh(log)


def editable(session: Session, actor: Actor, log_id: int) -> TimeLog:
    """A log that the actor may change now. Raises NotFound, or DomainError where it is locked."""
    actor.require(Permission.TIME_EDIT)
    log = get(session, actor, log_id)
    if log.user_id != actor.user_id:
        actor.require(Permission.TIME_EDIT_ALL, log.project_id)
    require_editable_log(log.approval, log.invoice_line_id is not None, portal_of(session).needs_approval)
    return log


def delete(session: Session, actor: Actor, log_ids: Sequence[int]) -> list[int]:
    """Delete logs, all or none; the numbers of the audit events by which `restore` brings them back."""
    closed_until = portal_of(session).closed_until
    events = []
    for log_id in dict.fromkeys(log_ids):
        log = editable(session, actor, log_id)
        check_open(log.day, closed_until)
        forget_claims(session, log_id)
        before = {**facts(log), **{name: getattr(log, name) for name in _KEPT}, "approval": log.approval}
        event = audit.record(session, actor, "time_log", log_id, "deleted", before=before)
        done = session.execute(
            delete_from(TimeLog)
            .where(
                col(TimeLog.id) == log_id,
                col(TimeLog.version) == log.version,
                col(TimeLog.invoice_line_id).is_(None),
            )
            .execution_options(synchronize_session=False)
        )
        if not isinstance(done, CursorResult) or done.rowcount != 1:
            raise DomainError("common.error.changed_meanwhile")
        session.expunge(log)
        events.append(event)
    session.flush()
    return [event.id or 0 for event in events]


def forget_claims(session: Session, log_id: int) -> None:
    """Drop what drafts once claimed of a log. Raises DomainError where an issued invoice, now void, did."""
    issued = (
        select(col(TimeClaim.id))
        .join(Invoice, col(Invoice.id) == col(TimeClaim.invoice_id))
        .where(col(TimeClaim.time_log_id) == log_id, col(Invoice.number).is_not(None))
    )
    if session.execute(issued.limit(1)).first():
        raise DomainError("time.error.was_invoiced")
    session.execute(
        delete_from(TimeClaim).where(
            col(TimeClaim.time_log_id) == log_id, col(TimeClaim.released_at).is_not(None)
        )
    )


def restore(session: Session, actor: Actor, event_ids: Sequence[int]) -> int:
    """Bring back logs that the actor deleted, under their old numbers; how many were still gone."""
    actor.require(Permission.TIME_EDIT)
    events = session.execute(
        select(AuditEvent).where(
            col(AuditEvent.id).in_(event_ids),
            col(AuditEvent.object_kind) == "time_log",
            col(AuditEvent.action) == "deleted",
            col(AuditEvent.actor_id) == actor.user_id,
        )
    ).scalars()
    count = 0
    for event in events.all():
        if event.object_id is None or session.get(TimeLog, event.object_id) is not None:
            continue
        was = event.before
        log = TimeLog(
            id=event.object_id,
            day=date.fromisoformat(was["day"]),
            approval=ApprovalState(was["approval"]),
            **{name: was[name] for name in _KEPT},
        )
        _check(session, Entry(**{name: getattr(log, name) for name in Entry.__dataclass_fields__}), None)
        _price(session, log)
        session.add(log)
        session.flush()
        audit.record(session, actor, "time_log", log.id, "restored", after=facts(log))
        count += 1
    return count


def duplicate(session: Session, actor: Actor, log_id: int, day: date | None = None) -> TimeLog:
    """The same work once more, on `day` (today where absent), open and unbilled."""
    values = form_values(session, actor, log_id)
    values["day"] = (day or today(session)).isoformat()
    return create(session, actor, values)


def set_billable(session: Session, actor: Actor, log_ids: Sequence[int], billable: bool) -> int:
    """Mark logs as billable or not, all or none; how many changed."""
    count = 0
    closed_until = portal_of(session).closed_until
    for log_id in dict.fromkeys(log_ids):
        log = editable(session, actor, log_id)
        if log.billable == billable:
            continue
        check_open(log.day, closed_until)
        _update_as_seen(session, log, {"billable": billable})
        audit.record(
            session,
            actor,
            "time_log",
            log_id,
            "changed",
            before={"billable": not billable},
            after={"billable": billable},
        )
        count += 1
    return count


def facts(log: TimeLog) -> dict[str, Any]:
    """A log as the audit trail keeps it: no rates, for its author reads it too."""
    return {
        "project_id": log.project_id,
        "task_id": log.task_id,
        "user_id": log.user_id,
        "day": log.day.isoformat(),
        "seconds": log.seconds,
        "billable": log.billable,
        "notes": log.notes,
    }


def task_named(session: Session, actor: Actor, project_id: int, name: str) -> Task:
    """The task of a project with this name, made where there is none. Raises DomainError."""
    actor.require(Permission.TIME_EDIT)
    if len(name) > TASK_NAME_LENGTH:
        raise DomainError("common.error.too_long", field="task_id", n=TASK_NAME_LENGTH)
    found = session.execute(
        select(Task).where(
            col(Task.project_id) == project_id,
            func.lower(Task.name) == name.lower(),
            col(Task.archived_at).is_(None),
        )
    ).scalars()
    if (known := found.first()) is not None:
        return known
    task = Task(project_id=project_id, name=name)
    session.add(task)
    session.flush()
    audit.record(session, actor, "task", task.id, "created", after={"name": name})
    return task


def _read(session: Session, actor: Actor, data: Mapping[str, str], log: TimeLog | None) -> Entry:
    faults: dict[str, DomainError] = {}
    user_id = _number(data.get("user_id", "")) or actor.user_id
    if user_id != actor.user_id and not actor.may(Permission.TIME_EDIT_ALL):
        raise DomainError("common.error.not_allowed", field="user_id")
    person = session.get(User, user_id)
    if person is None or (person.archived_at and (log is None or log.user_id != user_id)):
        faults["user_id"] = DomainError(
            "time.error.person" if person is None else "time.error.person_archived"
        )
    project_id = _number(data.get("project_id", ""))
    project = session.get(Project, project_id)
    if project is None:
        missing = not data.get("project_id", "").strip()
        faults["project_id"] = DomainError("common.error.required" if missing else "time.error.project")
    elif project.archived_at and (log is None or log.project_id != project.id):
        faults["project_id"] = DomainError("time.error.project_archived", name=project.name)
    seconds, day = 0, date.min
    try:
        seconds = parse_worked_time(data.get("duration", ""))
        if seconds > DAY_SECONDS:
            faults["duration"] = DomainError("time.error.over_a_day")
    except DomainError as fault:
        faults["duration"] = fault
    try:
        day = date.fromisoformat(data.get("day", "").strip())
        if not 1950 <= day.year <= 2100:
            faults["day"] = DomainError("time.error.day")
    except ValueError:
        faults["day"] = DomainError("time.error.day")
    notes = data.get("notes", "").strip()
    if len(notes) > NOTES_LENGTH:
        faults["notes"] = DomainError("common.error.too_long", n=NOTES_LENGTH)
    task = _task_of(session, actor, data, project, faults)
    if faults:
        raise InvalidFields(faults)
    billable = data.get("billable") == "on" if "billable" in data else bool(task is None or task.billable)
    return Entry(user_id, project_id, task.id if task else None, day, seconds, billable, notes)


def _task_of(
    session: Session,
    actor: Actor,
    data: Mapping[str, str],
    project: Project | None,
    faults: dict[str, DomainError],
) -> Task | None:
    task_id, name = data.get("task_id", "").strip(), data.get("task_name", "").strip()
    if project is None or project.id is None or not (task_id or name):
        return None
    if not task_id:
        return None if faults else task_named(session, actor, project.id, name)
    task = session.get(Task, _number(task_id))
    if task is None or task.project_id != project.id:
        faults["task_id"] = DomainError("time.error.task_elsewhere")
    return task


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _lock(session: Session, user_id: int) -> None:
    """Wait for whoever else is writing time of the person."""
    session.execute(select(col(User.id)).where(col(User.id) == user_id).with_for_update())


def _check(session: Session, entry: Entry, log: TimeLog | None) -> None:
    """The rules of the portal: closed period, limit of a log, limit of a day. Raises DomainError."""
    portal = portal_of(session)
    try:
        check_open(entry.day, portal.closed_until)
    except DomainError as fault:
        raise InvalidFields({"day": fault}) from fault
    if portal.row_limit_seconds and entry.seconds > portal.row_limit_seconds:
        raise DomainError("time.error.row_limit", field="duration", limit=_clock(portal.row_limit_seconds))
    _lock(session, entry.user_id)
    others = select(func.coalesce(func.sum(TimeLog.seconds), 0)).where(
        col(TimeLog.user_id) == entry.user_id, col(TimeLog.day) == entry.day
    )
    if log is not None:
        others = others.where(col(TimeLog.id) != log.id)
    total = int(session.execute(others).scalar_one()) + entry.seconds
    limit = min(portal.daily_limit_seconds or DAY_SECONDS, DAY_SECONDS)
    unchanged = log is not None and (log.day, log.seconds, log.user_id) == (
        entry.day,
        entry.seconds,
        entry.user_id,
    )
    if total > limit and not unchanged:
        raise DomainError(
            "time.error.daily_limit",
            field="duration",
            limit=_clock(limit),
            day=entry.day.isoformat(),
            others=_clock(total - entry.seconds),
        )


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


def _price(session: Session, log: TimeLog) -> None:
    log.bill_rate, log.cost_rate = rate_for(session, log.project_id, log.task_id, log.user_id, log.day)


def history(session: Session, actor: Actor, log_id: int) -> list[AuditEvent]:
    """What happened to a log, newest first."""
    get(session, actor, log_id)
    return audit.history(session, "time_log", log_id)
