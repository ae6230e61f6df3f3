"""Zoho's limits of an organisation, kept in its row, so that all workers of a database share them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from finance_app import db
from finance_app.integrations.zoho import Cause, ZohoError
from finance_app.integrations.zoho.pacing import Pacer, Quota
from finance_app.models import ZohoSync
from finance_app.models.columns import now

BURST = 15
WINDOW = timedelta(hours=25)
"""A whole day after the end of an hour."""


def reserve(session: Session, sync_id: int, quota: Quota, at: datetime) -> float:
    """Count one request, or say how many seconds to wait before asking again.

    Each request uses its share of a minute; up to `BURST` of them may come at once, so that in any sixty
    seconds there are never more than the quota, and in any 24 hours never more than that of a day. Raises
    ZohoError when the day's share is used up."""
    row = session.exec(select(ZohoSync).where(ZohoSync.id == sync_id).with_for_update()).one()
    share = timedelta(seconds=60 / max(quota.per_minute - BURST, 1))
    free_at = max(row.paced_at or at, at)
    wait = (free_at - at - share * (BURST - 1)).total_seconds()
    if wait > 0:
        return wait
    hours = _of_the_last_day(row.hours, at)
    if sum(hours.values()) >= quota.per_day:
        free = datetime.fromisoformat(min(hours)) + WINDOW
        raise ZohoError(Cause.THROTTLED, "the day's requests are used up", wait=(free - at).total_seconds())
    today, hour = at.astimezone(UTC).date(), _hour_of(at)
    if row.day != today:
        row.day, row.day_requests = today, 0
    row.hours = {**hours, hour: hours.get(hour, 0) + 1}
    row.paced_at = free_at + share
    row.day_requests += 1
    session.flush()
    return 0.0


def _hour_of(at: datetime) -> str:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0).isoformat()


def _of_the_last_day(hours: dict[str, int], at: datetime) -> dict[str, int]:
    """Those that may still count in Zoho's day, whenever that begins."""
    return {hour: count for hour, count in hours.items() if datetime.fromisoformat(hour) + WINDOW > at}


class SharedPacer(Pacer):
    """As `Pacer`, with the counts in the database."""

    def __init__(
        self,
        engine: Engine | None,
        sync_id: int,
        quota: Quota | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        super().__init__(str(sync_id), quota, sleep=sleep)
        self._engine, self._sync_id = engine, sync_id

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._turns:
            while wait := self._reserve():
                await self._sleep(wait)
            yield

    def _reserve(self) -> float:
        with db.transaction(self._engine) as session:
            return reserve(session, self._sync_id, self._quota, now())
