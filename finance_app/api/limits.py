"""How often somebody may try: counted over all workers where there is Redis, else in this process."""

import logging
from functools import cache

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from finance_app.settings import settings

logger = logging.getLogger(__name__)

WINDOW_MINUTES = 10
PER_ACCOUNT = RateLimitItemPerMinute(10, WINDOW_MINUTES)
PER_ADDRESS = RateLimitItemPerMinute(50, WINDOW_MINUTES)
MAILS_PER_ACCOUNT = RateLimitItemPerHour(3)
MAILS_PER_ADDRESS = RateLimitItemPerHour(20)

Attempts = tuple[tuple[RateLimitItem, str], ...]


@cache
def storage() -> Storage:
    url = settings().redis_url
    return storage_from_string(url) if url else MemoryStorage()  # type: ignore[return-value]


@cache
def limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage())


def allowed(attempts: Attempts) -> bool:
    """Whether none of the limits is reached; the first refusal of a window is logged, the others are not."""
    for limit, key in attempts:
        if not limiter().test(limit, key):
            if first_time(f"told:{key}", WINDOW_MINUTES * 60):
                logger.warning("Too many attempts: %s", key)
            return False
    return True


def count(attempts: Attempts) -> None:
    for limit, key in attempts:
        limiter().hit(limit, key)


def first_time(key: str, seconds: int) -> bool:
    """Whether this was not asked before within so many seconds: a form that is sent twice is refused."""
    return storage().incr(f"once:{key}", seconds) == 1


def forget() -> None:
    """Start anew, as another process does."""
    limiter.cache_clear()
    storage.cache_clear()
