"""Keeping within Zoho's limits of an organisation: requests a minute, a day, at once, over all workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from finance_app.integrations.zoho.errors import Cause, ZohoError

LONGEST_WAIT = 120.0


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of Zoho's allowance is used at most; a little less than it grants, for others who ask too."""

    per_minute: int = 95
    per_day: int = 9_500
    at_once: int = 5


class Pacer:
    """Waits for its turn before a request. With a Redis address the counts are shared between processes."""

    def __init__(
        self,
        organisation: str,
        quota: Quota | None = None,
        redis_url: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        self._quota, self._name, self._sleep = quota or Quota(), organisation, sleep
        storage = storage_from_string(f"async+{redis_url}" if redis_url else "async+memory://")
        self._window = MovingWindowRateLimiter(storage)  # type: ignore[arg-type]
        self._minute: RateLimitItem = RateLimitItemPerMinute(self._quota.per_minute)
        self._day: RateLimitItem = RateLimitItemPerDay(self._quota.per_day)
        self._turns = asyncio.Semaphore(self._quota.at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request's place. Raises ZohoError `throttled` with the wait when the day's share is used up."""
        async with self._turns:
            while not await self._window.hit(self._minute, "zoho", self._name):
                await self._sleep(min(await self._until(self._minute), LONGEST_WAIT))
            if not await self._window.hit(self._day, "zoho", self._name):
                wait = await self._until(self._day)
                raise ZohoError(Cause.THROTTLED, "the day's requests are used up", wait=wait)
            yield

    async def _until(self, item: RateLimitItem) -> float:
        reset, _ = await self._window.get_window_stats(item, "zoho", self._name)
        return max(reset - time.time(), 0.05)
