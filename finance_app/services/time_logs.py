"""Time logs: what was worked on which day, created, changed, duplicated and deleted.

Who may not see everybody's time sees and changes only their own. Texts come as the form had them; a refusal
names the field. Every change prices the log anew; a log on an invoice, and one in a closed period, stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, delete, func, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.domain.time import parse_worked_time
from finance_app.domain.workflow import require_editable_log
from finance_app.models import (
    AuditEvent,
    Client,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    Task,
    TimeClaim,
    TimeImport,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState
from finance_app.services import audit, rates
from finance_app.services.accounts import Actor

DAY_SECONDS = 24 * 3600
NOTES_LIMIT = 5000
REQUEST = "form:"


@dataclass(frozen=True)
class Rules:
    """What the portal asks of logged time; limits in seconds, None for none."""

    needs_approval: bool = False
    daily_limit: int | None = None
    row_limit: int | None = None
    closed_until: date | None = None


@dataclass(frozen=True)
class Origin:
    """Where a log came from and where it went: `invoice` is its number, empty for a draft."""

    import_id: int | None
    import_file: str
    invoice_id: int | None
    invoice: str
    approved_by: str
    events: Sequence[AuditEvent]


def rules_of(session: Session) -> Rules:
    portal = session.execute(select(Portal)).scalars().first()
    if portal is None:
        return Rules()
    return Rules(
        portal.needs_approval, portal.daily_limit_seconds, portal.row_limit_seconds, portal.closed_until
    )


def today_of(actor: Actor) -> date:
    """The date in the portal's time zone."""
    return now().astimezone(ZoneInfo(actor.time_zone)).date()


def seen_by(actor: Actor) -> Any:
    """The condition that keeps a person to the logs they may see."""
    if actor.may(Permission.TIME_VIEW_ALL):
        return col(TimeLog.id).is_not(None)
    return col(TimeLog.user_id) == actor.user_id


def get(session: Session, actor: Actor, log_id: int) -> TimeLog:
    """Raises NotFound, also for the log of another whom the actor may not see."""
    actor.require(Permission.TIME_VIEW)
    log = session.execute(select(TimeLog).where(col(TimeLog.id) == log_id, seen_by(actor))).scalars().first()
    if log is None:
        raise NotFound
    return log


def names(session: Session, log: TimeLog) -> dict[str, str]:
    """Person, project, task and client of a log."""
    project = session.get_one(Project, log.project_id)
    client = session.get(Client, project.client_id) if project.client_id else None
    task = session.get(Task, log.task_id) if log.task_id else None
    return {
        "person": session.get_one(User, log.user_id).name,
        "project": project.name,
        "client": client.name if client else "",
        "task": task.name if task else "",
    }


def details(session: Session, actor: Actor, log_id: int) -> tuple[TimeLog, dict[str, str], Origin]:
    """A log, its names, and where it came from and went. Invoices are told to those who may see them."""
    log = get(session, actor, log_id)
    source = session.get(TimeImport, log.import_id) if log.import_id else None
    invoice = None
    if log.invoice_line_id and actor.may(Permission.INVOICES_VIEW):
        invoice = session.execute(
            select(col(Invoice.id), col(Invoice.number))
            .join(InvoiceLine, col(InvoiceLine.invoice_id) == col(Invoice.id))
            .where(col(InvoiceLine.id) == log.invoice_line_id)
        ).first()
    approver = session.get(User, log.approved_by_id) if log.approved_by_id else None
    return (
        log,
        names(session, log),
        Origin(
            import_id=source.id if source else None,
            import_file=source.file_name if source else "",
            invoice_id=invoice[0] if invoice else None,
            invoice=(invoice[1] or "") if invoice else "",
            approved_by=approver.name if approver else "",
            events=audit.history(session, "time_log", log_id, 30),
        ),
    )


def task_billable(session: Session, actor: Actor, task_id: int) -> bool:
    """Whether time of a task is billable at first."""
    actor.require(Permission.TIME_EDIT)
    task = session.get(Task, task_id)
    return task.billable if task else True


def create(session: Session, actor: Actor, data: Mapping[str, str]) -> TimeLog:
    """Log time. `user_id` is the actor where empty; `billable` (on, off) the task's where empty.

    The same `request_key` again gives the log that it made. Raises InvalidFields.
    """
    actor.require(Permission.TIME_EDIT)
    key = REQUEST + data["request_key"][:50] if data.get("request_key") else None
    if key and (made := _of_request(session, actor, key)):
        return made
    log = TimeLog(
        project_id=0, user_id=_number(data.get("user_id", "")) or actor.user_id, day=date.min, seconds=1
    )
    _authorise(actor, log.user_id)
    for name, value in _checked(session, actor, data, log).items():
        setattr(log, name, value)
    # The lock on the person's row above makes a second submit wait for the first.
    if key and (made := _of_request(session, actor, key)):
        return made
    log.import_key = key
    session.add(log)
    session.flush()
    reprice(session, [log])
    audit.record(session, actor, "time_log", log.id, "created", after=_plain(log))
    return log


def _of_request(session: Session, actor: Actor, key: str) -> TimeLog | None:
    return (
        session.execute(select(TimeLog).where(col(TimeLog.import_key) == key, seen_by(actor)))
        .scalars()
        .first()
    )


def save(session: Session, actor: Actor, log_id: int, data: Mapping[str, str], version: int) -> TimeLog:
    """Change a log as it was seen at `version`; what `data` leaves out stays.

    Raises InvalidFields, or DomainError where it is locked or has changed.
    """
    log = editable(session, actor, log_id)
    if log.version != version:
        raise DomainError("common.error.changed_meanwhile")
    before = _plain(log)
    given = {
        "user_id": str(log.user_id),
        "project_id": str(log.project_id),
        "task_id": str(log.task_id or ""),
        "day": log.day.isoformat(),
        "duration": f"{log.seconds}s",
        "billable": "on" if log.billable else "off",
        "notes": log.notes,
        **data,
    }
    values = _checked(session, actor, given, log)
    if all(getattr(log, name) == value for name, value in values.items()):
        return log
    if log.approval is ApprovalState.REJECTED:
        values |= {"approval": ApprovalState.OPEN, "approved_by_id": None, "approved_at": None}
    _update(session, log, values)
    reprice(session, [log])
    after = _plain(log)
    changed = [name for name in after if before[name] != after[name]]
    audit.record(
        session, actor, "time_log", log_id, "changed",
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    return log


def _update(session: Session, log: TimeLog, values: dict[str, Any]) -> None:
    """Write, unless an invoice or another person was faster."""
    moved = session.execute(
        update(TimeLog)
        .where(
            col(TimeLog.id) == log.id,
            col(TimeLog.version) == log.version,
            col(TimeLog.invoice_line_id).is_(None),
        )
        .values(**values, version=log.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult, moved).rowcount != 1:
        raise DomainError("common.error.changed_meanwhile")
    session.refresh(log)


def editable(session: Session, actor: Actor, log_id: int) -> TimeLog:
    """The log, if the actor may change it now. Raises NotFound or DomainError."""
    actor.require(Permission.TIME_EDIT)
    log = get(session, actor, log_id)
    _authorise(actor, log.user_id)
    require_unlocked(rules_of(session), log)
    return log


def require_unlocked(rules: Rules, log: TimeLog) -> None:
    """Raises DomainError where a log is on an invoice, handed in, or in a closed period."""
    require_editable_log(log.approval, log.invoice_line_id is not None, rules.needs_approval)
    check_open(log.day, rules.closed_until)


def is_locked(rules: Rules, log: TimeLog) -> bool:
    try:
        require_unlocked(rules, log)
    except DomainError:
        return True
    return False


def duplicate_values(session: Session, actor: Actor, log_id: int) -> dict[str, str]:
    """What the form of a new log starts with when it repeats an old one, today."""
    log = get(session, actor, log_id)
    return {
        "project_id": str(log.project_id),
        "task_id": str(log.task_id or ""),
        "user_id": str(log.user_id),
        "day": today_of(actor).isoformat(),
        "billable": "on" if log.billable else "",
        "notes": log.notes,
    }


def remove(session: Session, actor: Actor, log_id: int) -> None:
    """Delete a log; its history stays. Raises NotFound or DomainError where it is locked."""
    log = editable(session, actor, log_id)
    before = _plain(log)
    session.execute(
        delete(TimeClaim).where(col(TimeClaim.time_log_id) == log_id, col(TimeClaim.released_at).is_not(None))
    )
    gone = session.execute(
        delete(TimeLog)
        .where(
            col(TimeLog.id) == log_id,
            col(TimeLog.version) == log.version,
            col(TimeLog.invoice_line_id).is_(None),
        )
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult, gone).rowcount != 1:
        raise DomainError("common.error.changed_meanwhile")
    session.expunge(log)
    audit.record(session, actor, "time_log", log_id, "deleted", before=before)


def reprice(session: Session, logs: Sequence[TimeLog]) -> None:
    """Give logs the rates that are in force for them."""
    session.flush()
    for log in logs:
        log.bill_rate, log.cost_rate = rates.rate_for(
            session, log.project_id, log.task_id, log.user_id, log.day
        )
        session.add(log)
    session.flush()


def _authorise(actor: Actor, user_id: int) -> None:
    if user_id != actor.user_id:
        actor.require(Permission.TIME_EDIT_ALL)


def _checked(session: Session, actor: Actor, data: Mapping[str, str], log: TimeLog) -> dict[str, Any]:
    """The columns that a form asks for. Locks the person's row, so that the daily limit holds."""
    rules, faults = rules_of(session), {}
    values: dict[str, Any] = {"notes": data.get("notes", "").strip()}

    def read(name: str, reader: Any, *more: Any) -> None:
        column = "seconds" if name == "duration" else name
        try:
            values[column] = reader(session, data.get(name, "").strip(), *more)
        except DomainError as fault:
            values[column] = None
            faults[name] = fault

    if len(values["notes"]) > NOTES_LIMIT:
        faults["notes"] = DomainError("common.error.too_long", n=NOTES_LIMIT)
    read("user_id", _person, actor, log)
    read("project_id", _project, log)
    read("day", _day, rules)
    read("duration", _duration, rules)
    if "project_id" in faults:
        values["task_id"] = None
    else:
        read("task_id", _task, values["project_id"], log)
    if not faults and rules.daily_limit is not None:
        _hold_to_daily_limit(session, values, rules.daily_limit, log.id, faults)
    if faults:
        raise InvalidFields(faults)
    billable = data.get("billable", "")
    if billable in ("on", "off"):
        values["billable"] = billable == "on"
    else:
        task = session.get(Task, values["task_id"]) if values["task_id"] else None
        values["billable"] = task.billable if task else True
    return values


def _person(session: Session, text: str, actor: Actor, log: TimeLog) -> int:
    user_id = _number(text) or log.user_id
    if user_id != actor.user_id and not actor.may(Permission.TIME_EDIT_ALL):
        raise DomainError("common.error.not_allowed")
    user = session.execute(select(User).where(col(User.id) == user_id).with_for_update()).scalars().first()
    if user is None:
        raise DomainError("common.error.unknown_choice")
    if user.archived_at is not None and not (log.id and log.user_id == user_id):
        raise DomainError("time.error.person_archived", name=user.name)
    return user_id


def _project(session: Session, text: str, log: TimeLog) -> int:
    if not text:
        raise DomainError("common.error.required")
    project = session.get(Project, _number(text))
    if project is None:
        raise DomainError("common.error.unknown_choice")
    if project.archived_at is not None and not (log.id and log.project_id == project.id):
        raise DomainError("time.error.project_archived", name=project.name)
    return project.id or 0


def _task(session: Session, text: str, project_id: int, log: TimeLog) -> int | None:
    if not text:
        return None
    task = session.get(Task, _number(text))
    if task is None or task.project_id != project_id:
        raise DomainError("time.error.other_task")
    if task.archived_at is not None and not (log.id and log.task_id == task.id):
        raise DomainError("time.error.task_archived", name=task.name)
    return task.id


def _day(_session: Session, text: str, rules: Rules) -> date:
    if not text:
        raise DomainError("common.error.required")
    day = read_day(text)
    if day is None:
        raise DomainError("time.error.day")
    check_open(day, rules.closed_until)
    return day


def read_day(text: str) -> date | None:
    """A day as `2026-11-25`, of a year that time is logged in; None where it is not."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2100 else None


def _duration(_session: Session, text: str, rules: Rules) -> int:
    if len(text) > 40:
        raise DomainError("error.duration.unreadable", text=text[:40])
    seconds = parse_worked_time(text)
    limit = min(rules.row_limit or DAY_SECONDS, DAY_SECONDS)
    if seconds > limit:
        raise DomainError("time.error.row_limit", hours=shown(seconds), limit=shown(limit))
    return seconds


def _hold_to_daily_limit(
    session: Session, values: dict[str, Any], limit: int, but: int | None, faults: dict[str, DomainError]
) -> None:
    others = session.execute(
        select(func.coalesce(func.sum(col(TimeLog.seconds)), 0)).where(
            col(TimeLog.user_id) == values["user_id"],
            col(TimeLog.day) == values["day"],
            col(TimeLog.id) != (but or 0),
        )
    ).scalar_one()
    if int(others) + values["seconds"] > limit:
        faults["duration"] = DomainError(
            "time.error.daily_limit",
            date=values["day"],
            others=shown(int(others)),
            limit=shown(limit),
            left=shown(max(0, limit - int(others))),
        )


def shown(seconds: int) -> str:
    """Seconds as they are typed: `7:30`, with seconds only where there are some."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if rest else text


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _plain(log: TimeLog) -> dict[str, Any]:
    return {
        "user_id": log.user_id,
        "project_id": log.project_id,
        "task_id": log.task_id,
        "day": log.day.isoformat(),
        "duration": shown(log.seconds),
        "billable": log.billable,
        "notes": log.notes,
    }
