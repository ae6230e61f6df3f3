"""What a worker does for the sync: takes the lease, runs what is due, fetches, sends, lets go.

Any number of workers may try; one at a time has the lease of an organisation. It is renewed between
records, and is free again two minutes after its worker died."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from finance_app import db
from finance_app.integrations.zoho import Books, ZohoError
from finance_app.jobs.zoho import native, pulling, trouble
from finance_app.jobs.zoho.sending import Sender
from finance_app.models import OutboxMessage, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import SyncReason
from finance_app.services.zoho.sync import leases, queue, starting

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
        or starting.is_put_off(session, row.id or 0)
    )
    return row.id if anything else None


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
        if not _claim(session, sync_id, worker):
            return False
    try:
        await _with_lease(worker, sync_id, opened, changed, engine, batch, until)
    except leases.LeaseLost:
        logger.warning("Another worker speaks to Zoho by now")
        return True
    with db.transaction(engine) as session:
        starting.settle_runs(session, sync_id)
        leases.let_go(session, sync_id, worker)
    changed()
    return True


def _claim(session: Session, sync_id: int, worker: str) -> bool:
    """While the connection is there."""
    return leases.claim(session, sync_id, worker, col(ZohoSync.active))


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
            if not _claim(session, sync_id, worker):
                raise leases.LeaseLost
        renewed = time.monotonic()

    with db.transaction(engine) as session:
        row = session.get_one(ZohoSync, sync_id)
        if row.next_run_at is not None and row.next_run_at <= now():
            row.next_run_at = starting.next_after(row.next_run_at, now())
            starting.run(session, row, SyncReason.DAILY, None)
        put_off = starting.is_put_off(session, sync_id) and not queue.is_busy(session)
        fetch = row.pulled_at is None or row.pulled_at <= now() - POLL or put_off
    try:
        async with opened(engine, sync_id) as books:
            if await native.is_fed(books, engine, sync_id):
                return
            if fetch:
                await pulling.pull(books, engine, sync_id, alive)
                with db.transaction(engine) as session:
                    trouble.heard(session, sync_id)
                changed()
            sender = Sender(books, engine, sync_id, alive)
            await _send(sender, worker, sync_id, changed, engine, batch, until)
    except ZohoError as fault:
        with db.transaction(engine) as session:
            trouble.block(session, sync_id, fault)


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
                trouble.block(session, sync_id, fault) if fault else trouble.heard(session, sync_id)
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
