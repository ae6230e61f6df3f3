"""The outbox as the sync uses it: one message a record, taken in the order of the modules.

Triggers (`models/zoho_triggers`) make a message pending with the change itself; a first sync asks for every
record at once. A message that waits for another record has failed with that record's name, and is pending
again once it is there."""

import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from finance_app.models import OutboxMessage, ZohoSyncError, ZohoSyncRun
from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState, SyncErrorState
from finance_app.services import outbox
from finance_app.services.batches import batches
from finance_app.services.zoho.sync.leases import LEASE
from finance_app.services.zoho.sync.modules import KIND, ORDER, Module, dedup_key, object_kind

WAITING = "waiting"


def waiting_for(module: str, local_id: int) -> str:
    return f"{WAITING}: {module}:{local_id}"


def request(session: Session, module: Module, local_id: int) -> OutboxMessage:
    """Make the record's message pending, now."""
    message = outbox.enqueue(
        session,
        kind=KIND,
        dedup_key=dedup_key(module, local_id),
        payload={},
        object_kind=object_kind(module),
        object_id=local_id,
    )
    session.execute(
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == message.id)
        .values(**_AFRESH, due_at=now())
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return message


_AFRESH: dict[str, Any] = {
    "state": OutboxState.PENDING,
    "attempts": 0,
    "last_error": "",
    "lease": None,
    "leased_until": None,
    "done_at": None,
}


def request_every(session: Session, module: Module, ids: Sequence[int], moment: datetime) -> None:
    """The same for many records: one statement for those that have a message, one for the others."""
    kind = object_kind(module)
    for some in batches(ids):
        known = set(
            session.exec(
                select(OutboxMessage.object_id).where(
                    OutboxMessage.kind == KIND,
                    OutboxMessage.object_kind == kind,
                    col(OutboxMessage.object_id).in_(some),
                )
            )
        )
        if known:
            session.execute(
                update(OutboxMessage)
                .where(col(OutboxMessage.object_kind) == kind, col(OutboxMessage.object_id).in_(list(known)))
                .values(**_AFRESH, due_at=moment)
                .execution_options(synchronize_session=False)
            )
        session.add_all(
            OutboxMessage(
                kind=KIND,
                dedup_key=dedup_key(module, id),
                object_kind=kind,
                object_id=id,
                due_at=moment,
                created_at=moment,
            )
            for id in some
            if id not in known
        )
        session.flush()


def request_failed(session: Session) -> int:
    """Make every message pending again that has failed or waits for its next attempt."""
    moment = now()
    later = (col(OutboxMessage.state) == OutboxState.PENDING) & (col(OutboxMessage.due_at) > moment)
    return session.execute(
        update(OutboxMessage)
        .where(col(OutboxMessage.kind) == KIND, (col(OutboxMessage.state) == OutboxState.FAILED) | later)
        .values(**_AFRESH, due_at=moment)
        .execution_options(synchronize_session=False)
    ).rowcount


def hasten(session: Session, causes: Sequence[str]) -> None:
    """What waits for its next attempt for one of these causes need not wait any longer."""
    said = [col(OutboxMessage.last_error).startswith(f"{cause}: ") for cause in causes]
    session.execute(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.kind) == KIND,
            col(OutboxMessage.state) == OutboxState.PENDING,
            col(OutboxMessage.due_at) > now(),
            or_(*said),
        )
        .values(due_at=now())
        .execution_options(synchronize_session=False)
    )


def upcoming(session: Session, limit: int, at: datetime | None = None) -> list[int]:
    """The messages that are due next, by module and age.

    While a sync goes through everything, what somebody has changed or retried since it began comes first:
    the invoice of today does not wait for the time of years."""
    began = (
        select(func.max(col(ZohoSyncRun.started_at)))
        .where(col(ZohoSyncRun.finished_at).is_(None))
        .scalar_subquery()
    )
    fresh = case((col(OutboxMessage.due_at) > began, 0), else_=1)
    rank = case(
        *((col(OutboxMessage.object_kind) == object_kind(m), place) for m, place in ORDER.items()),
        else_=len(ORDER),
    )
    order = (fresh, rank, col(OutboxMessage.object_id))
    found = session.exec(select(OutboxMessage.id).where(*_due(at or now())).order_by(*order).limit(limit))
    return [id or 0 for id in found]


def lease(session: Session, message_id: int, worker: str, at: datetime | None = None) -> OutboxMessage | None:
    """The message, leased; None where it is not due any more, or another worker has it."""
    moment = at or now()
    name = f"{worker[:30]}:{secrets.token_hex(8)}"
    won = session.execute(
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == message_id, *_due(moment))
        .values(lease=name, leased_until=moment + LEASE, attempts=OutboxMessage.attempts + 1)
        .execution_options(synchronize_session=False)
    ).rowcount
    return session.get_one(OutboxMessage, message_id, populate_existing=True) if won else None


def _due(moment: datetime) -> list[Any]:
    return [
        col(OutboxMessage.kind) == KIND,
        col(OutboxMessage.state) == OutboxState.PENDING,
        col(OutboxMessage.due_at) <= moment,
        (col(OutboxMessage.leased_until).is_(None)) | (col(OutboxMessage.leased_until) < moment),
    ]


def pause(attempts: int) -> timedelta:
    """Longer each time, with jitter, so that records that failed together do not come back together."""
    longest = outbox.BACKOFF[min(max(attempts, 1), len(outbox.BACKOFF)) - 1]
    return longest * random.uniform(0.5, 1)  # noqa: S311


def release(session: Session, module: Module, local_id: int) -> None:
    """Whatever waited for this record may go."""
    session.execute(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.kind) == KIND,
            col(OutboxMessage.state) == OutboxState.FAILED,
            col(OutboxMessage.last_error) == waiting_for(module, local_id),
        )
        .values(**_AFRESH, due_at=now())
        .execution_options(synchronize_session=False)
    )


def open_counts(session: Session) -> dict[str, int]:
    """How many messages are pending, by module."""
    rows = session.execute(
        sa_select(col(OutboxMessage.object_kind), func.count())
        .where(col(OutboxMessage.kind) == KIND, col(OutboxMessage.state) == OutboxState.PENDING)
        .group_by(col(OutboxMessage.object_kind))
    )
    return {str(kind).removeprefix(f"{KIND}:"): int(count) for kind, count in rows}


def held(session: Session) -> int:
    """How many wait for a record that has failed."""
    return session.exec(
        select(func.count())
        .select_from(OutboxMessage)
        .where(
            OutboxMessage.kind == KIND,
            OutboxMessage.state == OutboxState.FAILED,
            col(OutboxMessage.last_error).startswith(f"{WAITING}: "),
        )
    ).one()


def sent_since(session: Session, asked: datetime, moment: datetime) -> tuple[int, datetime | None]:
    """How many of the messages asked for from `asked` on were settled from `moment` on, and when the first
    of them was."""
    return session.exec(
        select(func.count(), func.min(col(OutboxMessage.done_at)))
        .select_from(OutboxMessage)
        .where(
            OutboxMessage.kind == KIND,
            OutboxMessage.state == OutboxState.DONE,
            col(OutboxMessage.due_at) >= asked,
            col(OutboxMessage.done_at) >= moment,
        )
    ).one()


def drop(session: Session) -> int:
    """Forget everything that is not sent yet: the connection is removed."""
    return session.execute(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.kind) == KIND,
            col(OutboxMessage.state).in_((OutboxState.PENDING, OutboxState.FAILED)),
        )
        .values(state=OutboxState.CANCELLED, last_error="removed: ", lease=None, leased_until=None)
        .execution_options(synchronize_session=False)
    ).rowcount


def is_busy(session: Session, at: datetime | None = None) -> bool:
    """Whether a message is due or being sent."""
    found = session.exec(
        select(OutboxMessage.id)
        .where(
            OutboxMessage.kind == KIND,
            OutboxMessage.state == OutboxState.PENDING,
            col(OutboxMessage.due_at) <= (at or now()),
        )
        .limit(1)
    ).first()
    return found is not None


def is_on_its_way(session: Session, module: Module, local_id: int) -> bool:
    found = session.exec(
        select(OutboxMessage.id).where(
            OutboxMessage.dedup_key == dedup_key(module, local_id),
            OutboxMessage.state == OutboxState.PENDING,
        )
    ).first()
    return found is not None


def unsettled(session: Session, sync_id: int, module: Module, ids: Sequence[int]) -> list[int]:
    """Those whose last change is not there yet: it is on its way, or failed and nobody has ignored that."""
    ignored = select(ZohoSyncError.local_id).where(
        ZohoSyncError.sync_id == sync_id,
        ZohoSyncError.module == module,
        ZohoSyncError.state == SyncErrorState.IGNORED,
    )
    is_pending = col(OutboxMessage.state) == OutboxState.PENDING
    has_failed = col(OutboxMessage.state) == OutboxState.FAILED
    local_id = col(OutboxMessage.object_id)
    found: list[int] = []
    for some in batches(ids):
        messages = select(OutboxMessage.object_id).where(
            OutboxMessage.object_kind == object_kind(module),
            local_id.in_(some),
            is_pending | (has_failed & local_id.not_in(ignored)),
        )
        found += [id or 0 for id in session.exec(messages.order_by(local_id))]
    return found
