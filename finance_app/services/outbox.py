"""The outbox: work for the outside world, written with the change that asks for it and done afterwards.

A worker takes a due message by a lease (still `pending`), marks it `sending` just before the message leaves
the house, and then records the outcome. A worker that dies before `sending` loses nothing: the lease runs out
and another takes over. One that dies in `sending` leaves it open whether the message went out, so nobody
repeats it alone: it becomes `failed` with the reason `unknown`, and a person decides.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from finance_app.models import OutboxMessage
from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState
from finance_app.settings import settings

LEASE = timedelta(minutes=2)
BACKOFF = (
    *(timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30)),
    *(timedelta(hours=1), timedelta(hours=3), timedelta(hours=6), timedelta(hours=12)),
)
UNKNOWN = "unknown"


def enqueue(
    session: Session,
    *,
    kind: str,
    dedup_key: str,
    payload: Mapping[str, Any],
    object_kind: str = "",
    object_id: int | None = None,
    created_by_id: int | None = None,
) -> OutboxMessage:
    """Add a message, or find the one that the same request has added before (same `dedup_key`)."""
    known = session.exec(select(OutboxMessage).where(OutboxMessage.dedup_key == dedup_key)).first()
    if known is not None:
        return known
    message = OutboxMessage(
        kind=kind,
        dedup_key=dedup_key,
        payload=dict(payload),
        object_kind=object_kind,
        object_id=object_id,
        created_by_id=created_by_id,
    )
    session.add(message)
    session.flush()
    return message


def stable_id(message: OutboxMessage) -> str:
    """An id that stays the same over all attempts, so that a repeated delivery can be recognised."""
    key = settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, f"outbox:{message.id}:{message.dedup_key}".encode(), "sha256").hex()[:32]


def take(session: Session, *, kind: str, at: datetime | None = None) -> OutboxMessage | None:
    """Lease the next due message for this worker; None if there is none. Two workers never get the same."""
    moment = at or now()
    while True:
        candidate = session.exec(
            select(OutboxMessage.id).where(_due(kind, moment)).order_by(col(OutboxMessage.due_at)).limit(1)
        ).first()
        if candidate is None:
            return None
        lease = secrets.token_hex(16)
        won = session.execute(
            update(OutboxMessage)
            .where(col(OutboxMessage.id) == candidate, _due(kind, moment))
            .values(lease=lease, leased_until=moment + LEASE, attempts=OutboxMessage.attempts + 1)
            .execution_options(synchronize_session=False)
        ).rowcount
        if won:
            message = session.get_one(OutboxMessage, candidate)
            session.refresh(message)
            return message


def has_work(session: Session, kind: str, *, at: datetime | None = None) -> bool:
    """Whether anything of a kind is due or lost: a look that takes no lock."""
    moment = at or now()
    due = (col(OutboxMessage.state) == OutboxState.PENDING) & (col(OutboxMessage.due_at) <= moment)
    lost = (col(OutboxMessage.state) == OutboxState.SENDING) & (col(OutboxMessage.leased_until) < moment)
    wanted = (col(OutboxMessage.kind) == kind) & (due | lost)
    return session.exec(select(OutboxMessage.id).where(wanted).limit(1)).first() is not None


def _due(kind: str, moment: datetime):
    return (
        (col(OutboxMessage.kind) == kind)
        & (col(OutboxMessage.state) == OutboxState.PENDING)
        & (col(OutboxMessage.due_at) <= moment)
        & or_(col(OutboxMessage.leased_until).is_(None), col(OutboxMessage.leased_until) < moment)
    )


def mark_sending(session: Session, message: OutboxMessage) -> bool:
    """From here on the message may be out. False if the lease was lost, and then it must not go out."""
    return _move(session, message, (OutboxState.PENDING,), state=OutboxState.SENDING)


def mark_done(session: Session, message: OutboxMessage) -> bool:
    """The message is out; also where it had been given up as unknown meanwhile."""
    return _move(
        session,
        message,
        (OutboxState.PENDING, OutboxState.SENDING, OutboxState.FAILED),
        state=OutboxState.DONE,
        done_at=now(),
        last_error="",
        lease=None,
        leased_until=None,
    )


def mark_failed(session: Session, message: OutboxMessage, code: str, detail: str = "") -> bool:
    """Nobody tries again until a person asks for it."""
    return _move(
        session,
        message,
        (OutboxState.PENDING, OutboxState.SENDING),
        state=OutboxState.FAILED,
        last_error=f"{code}: {detail}"[:2000],
        leased_until=None,
    )


def mark_cancelled(session: Session, message: OutboxMessage, code: str) -> bool:
    """There is no reason any more to send it."""
    return _move(
        session,
        message,
        (OutboxState.PENDING,),
        state=OutboxState.CANCELLED,
        last_error=f"{code}: ",
        lease=None,
        leased_until=None,
    )


def postpone(session: Session, message: OutboxMessage, code: str, detail: str = "") -> bool:
    """Try again later, each time after a longer pause; after the last one it has failed."""
    if message.attempts > len(BACKOFF):
        return mark_failed(session, message, code, detail)
    return _move(
        session,
        message,
        (OutboxState.PENDING, OutboxState.SENDING),
        state=OutboxState.PENDING,
        due_at=now() + BACKOFF[message.attempts - 1],
        last_error=f"{code}: {detail}"[:2000],
        lease=None,
        leased_until=None,
    )


def retry_at(session: Session, message: OutboxMessage, moment: datetime, code: str, detail: str = "") -> bool:
    """Try again at that moment."""
    return _move(
        session,
        message,
        (OutboxState.PENDING, OutboxState.SENDING),
        state=OutboxState.PENDING,
        due_at=moment,
        last_error=f"{code}: {detail}"[:2000],
        lease=None,
        leased_until=None,
    )


def put_back(session: Session, message: OutboxMessage) -> bool:
    """Nothing was tried: as if it had not been taken."""
    return _move(
        session,
        message,
        (OutboxState.PENDING,),
        attempts=max(message.attempts - 1, 0),
        lease=None,
        leased_until=None,
    )


def _move(session: Session, message: OutboxMessage, states: tuple[OutboxState, ...], **values: Any) -> bool:
    """A change by the worker that holds the lease; False if it does not any more."""
    return bool(
        session.execute(
            update(OutboxMessage)
            .where(
                col(OutboxMessage.id) == message.id,
                col(OutboxMessage.lease) == message.lease,
                col(OutboxMessage.state).in_(states),
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        ).rowcount
    )


def give_up_lost(session: Session, *, at: datetime | None = None) -> list[OutboxMessage]:
    """Messages whose worker died while they were leaving: failed, outcome unknown. Returns them."""
    moment = at or now()
    lost = session.exec(
        select(OutboxMessage).where(
            OutboxMessage.state == OutboxState.SENDING, col(OutboxMessage.leased_until) < moment
        )
    ).all()
    return [message for message in lost if mark_failed(session, message, UNKNOWN)]


def error_of(message: OutboxMessage) -> tuple[str, str]:
    """The last fault as its code and what the other side said."""
    code, _, detail = message.last_error.partition(": ")
    return code, detail
