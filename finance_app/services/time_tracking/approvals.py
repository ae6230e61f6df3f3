"""Approval of time: submit and recall by its author, approve, reject and unapprove by who may.

Each move is one conditional update: of two people who move the same log at once, one is told that it moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove, ApprovalState, allowed_approval_moves, approval_after
from finance_app.models import TimeLog, User
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.portal import portal_of

NOTE_LENGTH = 1000
_BY_AUTHOR = (ApprovalMove.SUBMIT, ApprovalMove.RECALL)


@dataclass(frozen=True)
class Moved:
    """The logs that moved, and for each that did not the refusal that says why."""

    moved: list[int]
    refused: dict[int, DomainError] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """The submitted time of a person in a week."""

    user_id: int
    person: str
    monday: date
    logs: int
    seconds: int
    billable_seconds: int


def move(
    session: Session, actor: Actor, log_ids: Sequence[int], asked: ApprovalMove, note: str = ""
) -> Moved:
    """Move logs that may move, and say of the others why not. Rejecting needs a note.

    Raises DomainError where the portal works without approval.
    """
    actor.require_somewhere(Permission.TIME_EDIT if asked in _BY_AUTHOR else Permission.TIME_APPROVE)
    if not portal_of(session).needs_approval:
        raise DomainError("time.error.no_approval")
    note = note.strip()
    if asked is ApprovalMove.REJECT and not note:
        raise DomainError("time.error.note_needed", field="note")
    if len(note) > NOTE_LENGTH:
        raise DomainError("common.error.too_long", field="note", n=NOTE_LENGTH)
    wanted = list(dict.fromkeys(log_ids))
    starts = [state for state in ApprovalState if asked in allowed_approval_moves(state, False)]
    target = approval_after(starts[0], asked, False)
    scope = [col(TimeLog.id).in_(wanted)]
    if asked not in _BY_AUTHOR:
        scope += _approved_by(actor)
    elif not actor.may(Permission.TIME_EDIT_ALL):
        scope.append(col(TimeLog.user_id) == actor.user_id)
    moved = set(
        session.execute(
            update(TimeLog)
            .where(*scope, col(TimeLog.approval).in_(starts), col(TimeLog.invoice_line_id).is_(None))
            .values(**_after(actor, asked, target, note), version=TimeLog.version + 1, updated_at=now())
            .returning(col(TimeLog.id))
            .execution_options(synchronize_session=False)
        ).scalars()
    )
    session.expire_all()
    for log_id in wanted:
        if log_id in moved:
            audit.record(session, actor, "time_log", log_id, str(asked), **({"note": note} if note else {}))
    session.flush()
    return Moved(
        [log_id for log_id in wanted if log_id in moved], _reasons(session, scope, wanted, moved, asked)
    )


def _approved_by(actor: Actor) -> list[Any]:
    """The time that one approves: all, or that of some projects."""
    projects = actor.projects_with(Permission.TIME_APPROVE)
    return [] if projects is None else [col(TimeLog.project_id).in_(projects)]


def _after(actor: Actor, asked: ApprovalMove, target: ApprovalState, note: str) -> dict[str, Any]:
    approving = asked is ApprovalMove.APPROVE
    return {
        "approval": target,
        "approval_note": note if asked is ApprovalMove.REJECT else "",
        "approved_by_id": actor.user_id if approving else None,
        "approved_at": now() if approving else None,
    }


def _reasons(
    session: Session, scope: list[Any], wanted: list[int], moved: set[int], asked: ApprovalMove
) -> dict[int, DomainError]:
    left = [log_id for log_id in wanted if log_id not in moved]
    if not left:
        return {}
    rows = session.execute(
        select(col(TimeLog.id), col(TimeLog.approval), col(TimeLog.invoice_line_id).is_not(None)).where(
            *scope
        )
    ).all()
    states = {row[0]: (row[1], bool(row[2])) for row in rows}
    reasons: dict[int, DomainError] = {}
    for log_id in left:
        if log_id not in states:
            reasons[log_id] = NotFound()
            continue
        try:
            approval_after(states[log_id][0], asked, states[log_id][1])
        except DomainError as refusal:
            reasons[log_id] = refusal
    return reasons


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def to_approve(session: Session, actor: Actor) -> list[Sheet]:
    """Submitted time by week, oldest first, and person."""
    actor.require_somewhere(Permission.TIME_APPROVE)
    rows = session.execute(
        select(
            col(TimeLog.user_id),
            col(User.name),
            col(TimeLog.day),
            func.count(),
            func.sum(TimeLog.seconds),
            func.sum(TimeLog.seconds).filter(col(TimeLog.billable).is_(True)),
        )
        .join(User, col(User.id) == col(TimeLog.user_id))
        .where(
            col(TimeLog.approval) == ApprovalState.SUBMITTED,
            col(TimeLog.invoice_line_id).is_(None),
            *_approved_by(actor),
        )
        .group_by(col(TimeLog.user_id), col(User.name), col(TimeLog.day))
    ).all()
    sheets: dict[tuple[date, str, int], list[int]] = {}
    for user_id, name, day, logs, seconds, billable in rows:
        sums = sheets.setdefault((monday_of(day), name, user_id), [0, 0, 0])
        for index, value in enumerate((logs, seconds, billable or 0)):
            sums[index] += int(value)
    return [Sheet(key[2], key[1], key[0], *sums) for key, sums in sorted(sheets.items())]


def ids_of_sheet(session: Session, actor: Actor, user_id: int, monday: date) -> list[int]:
    """The submitted logs of a person in a week."""
    actor.require_somewhere(Permission.TIME_APPROVE)
    return list(
        session.execute(
            select(col(TimeLog.id)).where(
                col(TimeLog.user_id) == user_id,
                col(TimeLog.day).between(monday, monday + timedelta(days=6)),
                col(TimeLog.approval) == ApprovalState.SUBMITTED,
                *_approved_by(actor),
            )
        ).scalars()
    )


def submit_week(session: Session, actor: Actor, user_id: int, monday: date) -> Moved:
    """Submit all open time of a person's week."""
    if user_id != actor.user_id:
        actor.require(Permission.TIME_EDIT_ALL)
    ids = session.execute(
        select(col(TimeLog.id)).where(
            col(TimeLog.user_id) == user_id,
            col(TimeLog.day).between(monday, monday + timedelta(days=6)),
            col(TimeLog.approval).in_([ApprovalState.OPEN, ApprovalState.REJECTED]),
            col(TimeLog.invoice_line_id).is_(None),
        )
    ).scalars()
    return move(session, actor, list(ids), ApprovalMove.SUBMIT)
