"""Approval of time: submit and recall by who worked, approve, reject and unapprove by who may approve.

Every move is one conditional update: what has moved meanwhile, or has got onto an invoice, stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove, approval_after
from finance_app.models import TimeLog
from finance_app.models.columns import now
from finance_app.services import audit, time_logs
from finance_app.services.accounts import Actor

NOTE_LIMIT = 1000
APPROVERS = frozenset({ApprovalMove.APPROVE, ApprovalMove.REJECT, ApprovalMove.UNAPPROVE})


@dataclass(frozen=True)
class Outcome:
    """How many logs of a selection changed, and how many stayed for which reason (a text key)."""

    done: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def require_allowed(actor: Actor, move: ApprovalMove, log: TimeLog) -> None:
    if move in APPROVERS:
        actor.require(Permission.TIME_APPROVE)
    elif log.user_id != actor.user_id:
        actor.require(Permission.TIME_EDIT_ALL)


def move(session: Session, actor: Actor, log_id: int, move: ApprovalMove, note: str = "") -> TimeLog:
    """Move one log. A rejection needs a note. Raises NotFound or DomainError."""
    _require_switch(session)
    note = _checked_note(move, note)
    log = time_logs.get(session, actor, log_id)
    require_allowed(actor, move, log)
    _move(session, actor, log, move, note)
    return log


def move_all(
    session: Session, actor: Actor, log_ids: Sequence[int], move: ApprovalMove, note: str = ""
) -> Outcome:
    """Move each of the logs that can be moved, and tell of those that cannot. Raises DomainError only where
    nothing at all may be moved so."""
    _require_switch(session)
    note = _checked_note(move, note)
    if move in APPROVERS:
        actor.require(Permission.TIME_APPROVE)

    def one(log: TimeLog) -> None:
        require_allowed(actor, move, log)
        _move(session, actor, log, move, note)

    return each(session, actor, log_ids, one)


def each(session: Session, actor: Actor, log_ids: Sequence[int], work: Any) -> Outcome:
    """Do `work(log)` for each log, in one order for all; what a rule refuses is counted by its reason."""
    actor.require(Permission.TIME_VIEW)
    done, refused = 0, {}
    found = {
        log.id: log
        for log in session.execute(
            select(TimeLog).where(col(TimeLog.id).in_(log_ids), time_logs.seen_by(actor))
        ).scalars()
    }
    for log_id in sorted(set(log_ids)):
        try:
            if log_id not in found:
                raise NotFound
            work(found[log_id])
            done += 1
        except DomainError as fault:
            refused[fault.code] = refused.get(fault.code, 0) + 1
    return Outcome(done, refused)


def set_billable(session: Session, actor: Actor, log_ids: Sequence[int], billable: bool) -> Outcome:
    """Make logs billable or not."""

    def one(log: TimeLog) -> None:
        value = {"billable": "on" if billable else "off"}
        time_logs.save(session, actor, log.id or 0, value, log.version)

    return each(session, actor, log_ids, one)


def remove_all(session: Session, actor: Actor, log_ids: Sequence[int]) -> Outcome:
    """Delete logs."""
    return each(session, actor, log_ids, lambda log: time_logs.remove(session, actor, log.id or 0))


def _require_switch(session: Session) -> None:
    if not time_logs.rules_of(session).needs_approval:
        raise DomainError("time.error.no_approval")


def _checked_note(move: ApprovalMove, note: str) -> str:
    note = note.strip()
    if move is ApprovalMove.REJECT and not note:
        raise DomainError("time.error.note_needed", field="note")
    if len(note) > NOTE_LIMIT:
        raise DomainError("common.error.too_long", n=NOTE_LIMIT, field="note")
    return note


def _move(session: Session, actor: Actor, log: TimeLog, move: ApprovalMove, note: str) -> None:
    before = log.approval
    after = approval_after(before, move, log.invoice_line_id is not None)
    decided = move in (ApprovalMove.APPROVE, ApprovalMove.REJECT)
    changed = session.execute(
        update(TimeLog)
        .where(
            col(TimeLog.id) == log.id,
            col(TimeLog.approval) == before,
            col(TimeLog.invoice_line_id).is_(None),
        )
        .values(
            approval=after,
            approval_note=note,
            approved_by_id=actor.user_id if decided else None,
            approved_at=now() if decided else None,
            version=col(TimeLog.version) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult, changed).rowcount != 1:
        session.refresh(log)
        if log.invoice_line_id is not None:
            raise DomainError("error.time_log.billed")
        raise DomainError("common.error.changed_meanwhile")
    session.refresh(log)
    audit.record(
        session, actor, "time_log", log.id, move.value,
        before={"approval": before.value}, after={"approval": after.value}, note=note,
    )  # fmt: skip
