"""Time logs. What is billed is never changed by the source, nor what lies in a closed period: such a change
at Zoho is reported, and is taken over by a later run once it can be."""

from datetime import date
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.periods import check_open
from finance_app.integrations.zoho.projects import Log
from finance_app.models import Project, TimeLog, User, ZohoSourceLink
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState
from finance_app.services.audit import trail as audit
from finance_app.services.time_tracking import logs
from finance_app.services.zoho.source.modules import Module
from finance_app.services.zoho.source.taking.context import Change, Taking, differing, plain
from finance_app.services.zoho.source.taking.work import named_only
from finance_app.services.zoho.sync.wanted import Unfit

APPROVALS = {"approved": ApprovalState.APPROVED, "rejected": ApprovalState.REJECTED}
LONGEST = 24 * 3600


def take(taking: Taking, record: Log, link: ZohoSourceLink | None) -> Change:
    if taking.local is None:
        return Change.SAME
    if record.day is None:
        raise Unfit("source_unreadable")
    values = {
        "day": record.day.isoformat(),
        "seconds": record.seconds,
        "billable": not record.bill_status.lower().startswith("non"),
        "notes": plain(record.notes, 5000, lines=True),
        "approval": APPROVALS.get(record.approval.status.lower(), ApprovalState.OPEN).value,
        "person": record.owner.id,
        "task": record.module.id,
        "kind": record.module.type,
    }
    if link is not None:
        return _change(taking, record, link, values)
    source = taking.source
    if source.since and record.day < source.since:
        return Change.SAME
    _check(taking, record.seconds, record.day)
    user_id, task_id = taking.person(record.owner), _task(taking, record)
    taking.join(user_id)
    row = _there(taking, record, user_id, task_id)
    joined = row is not None
    if row is None:
        row = TimeLog(
            project_id=taking.local.id or 0,
            task_id=task_id,
            user_id=user_id,
            day=record.day,
            seconds=record.seconds,
            billable=bool(values["billable"]),
            notes=str(values["notes"]),
            **_approval(str(values["approval"])),
        )
        taking.session.add(row)
        taking.session.flush()
    made = taking.link(Module.TIME_LOG, record.id, row.id or 0, values, joined=joined)
    made.day = record.day
    return Change.WRITTEN


def _change(taking: Taking, record: Log, link: ZohoSourceLink, values: dict[str, Any]) -> Change:
    changed = differing(link, values)
    if not changed:
        return Change.SAME
    row = taking.session.exec(select(TimeLog).where(TimeLog.id == link.local_id).with_for_update()).first()
    if row is None:
        return Change.SAME
    if row.invoice_line_id is not None and set(changed) - {"approval"}:
        raise Unfit("source_billed_changed", change=_told(link, changed))
    if row.invoice_line_id is None:
        _check(taking, record.seconds, row.day)
        _check(taking, record.seconds, record.day or row.day)
        before = logs.facts(row)
        _write(taking, record, row, changed)
        taking.session.flush()
        after = logs.facts(row)
        audit.record(
            taking.session, None, "time_log", row.id, "changed",
            before={name: before[name] for name in after if before[name] != after[name]},
            after={name: after[name] for name in after if before[name] != after[name]},
            by="zoho_projects",
        )  # fmt: skip
    link.values, link.day = values, record.day
    taking.session.add(link)
    return Change.WRITTEN


def _write(taking: Taking, record: Log, row: TimeLog, changed: dict[str, Any]) -> None:
    if "person" in changed:
        row.user_id = taking.person(record.owner)
        taking.join(row.user_id)
    if "task" in changed:
        row.task_id = _task(taking, record)
    if "day" in changed and record.day:
        row.day = record.day
    for name in ("seconds", "billable", "notes"):
        if name in changed:
            setattr(row, name, changed[name])
    if "approval" in changed:
        for name, value in _approval(changed["approval"]).items():
            setattr(row, name, value)
    row.version, row.updated_at = row.version + 1, now()
    taking.session.add(row)


def _approval(state: str) -> dict[str, Any]:
    approval = ApprovalState(state)
    return {
        "approval": approval,
        "approved_at": now() if approval is ApprovalState.APPROVED else None,
        "approved_by_id": None,
    }


def _check(taking: Taking, seconds: int, day: date) -> None:
    if not 0 < seconds <= LONGEST:
        raise Unfit("source_no_time")
    try:
        check_open(day, taking.portal.closed_until)
    except DomainError:
        raise Unfit("source_closed", day=day) from None


def _task(taking: Taking, record: Log) -> int | None:
    """The task or issue that was worked on; one that no list has shown is made by its name."""
    module = {"task": Module.TASK, "issue": Module.ISSUE}.get(record.module.type)
    if module is None or not record.module.id:
        return None
    found = taking.local_id(module, record.module.id)
    return found or named_only(taking, module, record.module.id, record.module.name)


def _there(taking: Taking, record: Log, user_id: int, task_id: int | None) -> TimeLog | None:
    """The same time, where the project was here before and had it, as from a file."""
    if not taking.joined or taking.local is None:
        return None
    found = taking.session.exec(
        select(TimeLog)
        .where(
            TimeLog.project_id == taking.local.id,
            TimeLog.user_id == user_id,
            TimeLog.day == record.day,
            TimeLog.seconds == record.seconds,
            col(TimeLog.task_id).is_(None) | (col(TimeLog.task_id) == task_id),
        )
        .order_by(col(TimeLog.task_id).is_(None), col(TimeLog.id))
    )
    return next((row for row in found if not taking.is_linked(Module.TIME_LOG, row.id or 0)), None)


def remove(taking: Taking, link: ZohoSourceLink) -> None:
    """The log is not at Zoho any more: it goes here too, unless it is or was billed. Raises Unfit."""
    row = taking.session.exec(select(TimeLog).where(TimeLog.id == link.local_id).with_for_update()).first()
    if row is not None:
        if row.invoice_line_id is not None:
            raise Unfit("source_billed_removed")
        _check(taking, row.seconds, row.day)
        try:
            logs.forget_claims(taking.session, row.id or 0)
        except DomainError:
            raise Unfit("source_billed_removed") from None
        audit.record(
            taking.session, None, "time_log", row.id, "deleted", before=logs.facts(row), by="zoho_projects"
        )
        taking.session.execute(delete(TimeLog).where(col(TimeLog.id) == row.id))
        taking.session.expunge(row)
    taking.session.delete(link)
    taking.session.flush()


def label(taking: Taking, link: ZohoSourceLink | None, record: Log | None) -> str:
    """A log as people speak of it: day, person, project."""
    day = record.day if record else link.day if link else None
    name = ""
    if record is not None:
        name = (taking.people.get(record.owner.id) or [record.owner.name])[0] or record.owner.name
    elif link is not None and (row := taking.session.get(TimeLog, link.local_id)):
        person = taking.session.get(User, row.user_id)
        name = person.name if person else ""
    project: Project | None = taking.local
    return " · ".join(part for part in (str(day or ""), name, project.name if project else "") if part)


def _told(link: ZohoSourceLink, changed: dict[str, Any]) -> str:
    """What changed at Zoho, short: `2:00 → 3:00`."""
    parts = []
    for name, value in changed.items():
        if name == "seconds":
            before = int(link.values.get("seconds") or 0)
            parts.append(f"{_hours(before)} → {_hours(int(value))}")
        elif name == "day":
            parts.append(f"{link.values.get('day')} → {value}")
    return ", ".join(parts) or "–"


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"
