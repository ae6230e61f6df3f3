"""Zoho's own integration of Projects: an organisation that it feeds gets no time from here,
for every hour would be there twice.

Zoho publishes no sign of it. So it is known by what it does: the organisation has time entries that did not
come from Marge and are the time that Marge has, of the same project, task, person, day and length."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import Project, Task, TimeLog, User, ZohoLink, ZohoSync
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.bodies.work import rounded_minutes
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import Unfit

STALLED = "native"
CLEAR, CONFIRMED = "clear", "confirmed"
FEWEST = 3
"""So many of the same are no accident; fewer where there is no more time than that."""
SHORTEST = 20
"""Letters of what an owner states in writing."""
_OURS = re.compile(r"\[M-\d+\]$")


@dataclass(frozen=True)
class Evidence:
    """How many entries are the same, and one of them in words."""

    count: int
    example: str


def first_day(session: Session, sync_id: int) -> date | None:
    """The first day of time that is not at Zoho yet; None where there is nothing to send."""
    linked = select(ZohoLink.local_id).where(
        ZohoLink.sync_id == sync_id, ZohoLink.module == Module.TIME_LOG, ZohoLink.remote_id != ""
    )
    return session.exec(
        select(func.min(TimeLog.day)).where(col(TimeLog.billable), col(TimeLog.id).not_in(linked))
    ).one()


def evidence(session: Session, entries: Iterable[dict[str, Any]]) -> Evidence | None:
    """Of what is at Zoho, what was not sent from here and is time of ours all the same."""
    theirs = Counter(
        _key(each.get("project_name"), each.get("user_name"), str(each.get("log_date")), _minutes(each))
        for each in entries
        if not _OURS.search(str(each.get("notes") or "").strip())
    )
    if not theirs:
        return None
    days = {date.fromisoformat(key[2]) for key in theirs}
    rows = session.execute(
        select(col(Project.name), col(User.name), col(TimeLog.day), col(TimeLog.seconds), col(Task.name))
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .join(User, col(User.id) == col(TimeLog.user_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .where(col(TimeLog.day).in_(days), col(TimeLog.billable))
    ).all()
    same: list[str] = []
    for project, person, day, seconds, task in rows:
        key = _key(project, person, day.isoformat(), rounded_minutes(seconds))
        if theirs[key] > 0:
            theirs[key] -= 1
            same.append(" · ".join(each for each in (project, task, person, day.isoformat()) if each))
    return Evidence(len(same), same[0]) if same and len(same) >= min(FEWEST, len(rows)) else None


def _key(project: Any, person: Any, day: str, minutes: int) -> tuple[str, str, str, int]:
    return str(project or "").strip().lower(), str(person or "").strip().lower(), day[:10], minutes


def _minutes(entry: dict[str, Any]) -> int:
    hours, _, minutes = str(entry.get("log_time") or "0:0").partition(":")
    return int(hours or 0) * 60 + int(minutes or 0)


def refuse(session: Session, sync_id: int, found: Evidence) -> None:
    """The sync stands still and says why, until an owner states that the other one is off."""
    session.get_one(ZohoSync, sync_id).stalled = STALLED
    fault = Unfit("native_integration", count=found.count, example=found.example)
    errors.note(session, sync_id, errors.CONNECTION, 0, fault)


def confirm(session: Session, actor: Actor, statement: str) -> None:
    """An owner states in writing that Zoho's own integration is off; the sync goes on. Raises DomainError for
    a statement that says nothing."""
    actor.require(Permission.INTEGRATION_REMOVE)
    row = starting.active(session)
    if row is None or row.stalled != STALLED:
        raise DomainError("zoho.error.not_connected")
    if len(statement.strip()) < SHORTEST:
        raise DomainError("zoho_sync.refusal.statement", field="statement", n=SHORTEST)
    row.native, row.stalled = CONFIRMED, ""
    errors.resolve(session, row.id or 0, errors.CONNECTION, 0)
    audit.record(
        session, actor, "zoho_sync", row.id, "native_confirmed_off", statement=statement.strip()[:500]
    )
    session.flush()
