"""What a worker does for the sync: takes the lease, runs what is due, fetches, sends, lets go.

Any number of workers may try; one at a time has the lease of an organisation. It is renewed between
records, and is free again two minutes after its worker died."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from finance_app import db
from finance_app.integrations.zoho import Books, ZohoError
from finance_app.jobs.zoho import native, pulling
from finance_app.jobs.zoho.sending import SILENCES, SILENT, LeaseLost, Sender, block
from finance_app.models import OutboxMessage, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import SyncReason
from finance_app.services.zoho.sync import errors, queue, starting
from finance_app.services.zoho.sync.queue import LEASE
from finance_app.services.zoho.sync.standing import QUIET

logger = logging.getLogger(__name__)

RENEWAL = 5.0
"""Seconds after which a worker that is busy renews it."""
POLL = timedelta(minutes=10)
AHEAD = 20
"""Records that are looked up at once; what is changed meanwhile waits for as many."""
BATCH = 200
"""Records a worker sends before it looks whether something else is due."""

Open = Callable[[Engine | None, int], AbstractAsyncContextManager[Books]]
Changed = Callable[[], None]


def due(session: Session, at: datetime | None = None) -> int | None:
    """The organisation for which there is something to do; a look that takes no lock."""
    moment = at or now()
    row = session.exec(
        select(ZohoSync).where(
            col(ZohoSync.active),
            ZohoSync.stalled == "",
            col(ZohoSync.blocked_until).is_(None) | (col(ZohoSync.blocked_until) <= moment),
            col(ZohoSync.leased_until).is_(None) | (col(ZohoSync.leased_until) < moment),
        )
    ).first()
    if row is None:
        return None
    anything = (
        (row.next_run_at is not None and row.next_run_at <= moment)
        or row.pulled_at is None
        or row.pulled_at <= moment - POLL
        or queue.is_busy(session, moment)
        or starting.is_open(session, row.id or 0)
    )
    return row.id if anything else None


def claim(session: Session, sync_id: int, worker: str, at: datetime | None = None) -> bool:
    """Take or keep the lease."""
    moment = at or now()
    free = (
        col(ZohoSync.leased_until).is_(None)
        | (col(ZohoSync.leased_until) < moment)
        | (col(ZohoSync.lease) == worker)
    )
    return bool(
        session.execute(
            update(ZohoSync)
            .where(col(ZohoSync.id) == sync_id, col(ZohoSync.active), free)
            .values(lease=worker, leased_until=moment + LEASE)
            .execution_options(synchronize_session=False)
        ).rowcount
    )


def is_interrupted(session: Session, at: datetime | None = None) -> bool:
    """Whether a worker, also one of the source, has died with its lease, as far as one can tell."""
    moment = at or now()
    found = session.exec(
        select(ZohoSync.id).where(
            col(ZohoSync.leased_until) >= moment, col(ZohoSync.leased_until) < moment + LEASE - QUIET
        )
    ).first()
    return found is not None


def let_go(session: Session, sync_id: int, worker: str) -> None:
    session.execute(
        update(ZohoSync)
        .where(col(ZohoSync.id) == sync_id, col(ZohoSync.lease) == worker)
        .values(lease=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )


async def work(
    worker: str,
    opened: Open,
    changed: Changed,
    engine: Engine | None = None,
    batch: int = BATCH,
    until: float = math.inf,
) -> bool:
    """Do what is due, once, and no longer than `until` (monotonic) begin with another record; whether there
    was anything."""
    with db.reading(engine) as session:
        sync_id = due(session)
    if sync_id is None:
        return False
    with db.transaction(engine) as session:
        if not claim(session, sync_id, worker):
            return False
    try:
        await _with_lease(worker, sync_id, opened, changed, engine, batch, until)
    except LeaseLost:
        logger.warning("Another worker speaks to Zoho by now")
        return True
    with db.transaction(engine) as session:
        starting.settle_runs(session, sync_id)
        let_go(session, sync_id, worker)
    changed()
    return True


async def _with_lease(
    worker: str,
    sync_id: int,
    opened: Open,
    changed: Changed,
    engine: Engine | None,
    batch: int,
    until: float,
) -> None:
    renewed = -math.inf

    def alive() -> None:
        nonlocal renewed
        if time.monotonic() - renewed < RENEWAL:
            return
        with db.transaction(engine) as session:
            if not claim(session, sync_id, worker):
                raise LeaseLost
        renewed = time.monotonic()

    with db.transaction(engine) as session:
        row = session.get_one(ZohoSync, sync_id)
        if row.next_run_at is not None and row.next_run_at <= now():
            row.next_run_at = starting.next_after(row.next_run_at, now())
            starting.run(session, row, SyncReason.DAILY, None)
        fetch = row.pulled_at is None or row.pulled_at <= now() - POLL
    try:
        async with opened(engine, sync_id) as books:
            if await native.is_fed(books, engine, sync_id):
                return
            if fetch:
                await pulling.pull(books, engine, sync_id, alive)
                with db.transaction(engine) as session:
                    _heard(session, sync_id, None)
                changed()
            sender = Sender(books, engine, sync_id, alive)
            await _send(sender, worker, sync_id, changed, engine, batch, until)
    except ZohoError as fault:
        with db.transaction(engine) as session:
            block(session, sync_id, fault)


async def _send(
    sender: Sender,
    worker: str,
    sync_id: int,
    changed: Changed,
    engine: Engine | None,
    batch: int,
    until: float,
) -> None:
    waiting: list[int] = []
    answers, is_heard = sender.answers, False
    for number in range(batch):
        if time.monotonic() > until:
            return
        message = _next(waiting, worker, engine)
        if message is None:
            return
        fault = await sender.deliver(message)
        if fault is not None or (not is_heard and sender.answers > answers):
            is_heard = True
            with db.transaction(engine) as session:
                _heard(session, sync_id, fault)
        if fault is not None:
            return
        if number % 10 == 9:
            changed()


def _next(waiting: list[int], worker: str, engine: Engine | None) -> OutboxMessage | None:
    """The next message, leased. `waiting` holds some that follow, for to look for them takes a while."""
    with db.transaction(engine) as session:
        while True:
            if not waiting:
                waiting.extend(queue.upcoming(session, AHEAD))
            if not waiting:
                return None
            message = queue.lease(session, waiting.pop(0), worker)
            if message is not None:
                return message


def _heard(session: Session, sync_id: int, fault: ZohoError | None) -> None:
    """Zoho has answered, or has not."""
    if fault is not None:
        block(session, sync_id, fault)
        return
    row = session.get_one(ZohoSync, sync_id)
    if row.silences >= SILENCES:
        queue.hasten(session, [cause.value for cause in SILENT])
    row.silences = 0
    errors.resolve(session, sync_id, errors.CONNECTION, 0)


__all__ = ["Open", "claim", "due", "is_interrupted", "let_go", "work"]
