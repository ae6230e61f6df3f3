"""How many requests an organisation may make: a minute, a day, at once."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from finance_app.sandbox.protocol import THROTTLED, Refusal

MINUTE, DAY = 60.0, 86_400.0


@dataclass
class Allowance:
    """What Zoho grants: 100 a minute, up to 10,000 a day, a few at once, 10 tokens in 10 minutes."""

    per_minute: int = 100
    per_day: int = 10_000
    at_once: int = 5
    tokens: int = 10
    retry_after: bool = True


class Limits:
    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic):
        self.allowance, self._clock = allowance, clock
        self._minute: dict[str, deque[float]] = defaultdict(deque)
        self._day: dict[str, list[float]] = {}
        self._tokens: dict[str, deque[float]] = defaultdict(deque)
        self._running: dict[str, int] = defaultdict(int)

    def enter(self, org: str) -> dict[str, str]:
        """Count a request; the answer is its `X-Rate-Limit-*` headers. Raises Refusal (429) over a limit."""
        now = self._clock()
        day = self._day.setdefault(org, [now, 0])
        if now - day[0] >= DAY:
            day[:] = [now, 0]
        recent = self._minute[org]
        while recent and now - recent[0] >= MINUTE:
            recent.popleft()
        reset = int(DAY - (now - day[0]))
        if day[1] >= self.allowance.per_day:
            raise self._refusal("You have exceeded the maximum number of API requests of the day.", reset)
        if len(recent) >= self.allowance.per_minute:
            wait = int(MINUTE - (now - (recent[0] if recent else now))) + 1
            raise self._refusal(
                "For security reasons you have been blocked for some time as you have exceeded the maximum "
                "number of requests per minute.",
                wait,
            )
        if self._running[org] >= self.allowance.at_once:
            raise self._refusal("You have exceeded the maximum number of in-process requests.", 1)
        recent.append(now)
        day[1] += 1
        self._running[org] += 1
        return {
            "X-Rate-Limit-Limit": str(self.allowance.per_day),
            "X-Rate-Limit-Remaining": str(int(self.allowance.per_day - day[1])),
            "X-Rate-Limit-Reset": str(reset),
        }

    def leave(self, org: str) -> None:
        self._running[org] -= 1

    def token_allowed(self, refresh_token: str) -> bool:
        """At most ten access tokens in ten minutes of one refresh token."""
        now, recent = self._clock(), self._tokens[refresh_token]
        while recent and now - recent[0] >= 10 * MINUTE:
            recent.popleft()
        if len(recent) >= self.allowance.tokens:
            return False
        recent.append(now)
        return True

    def _refusal(self, message: str, wait: int) -> Refusal:
        headers = {"Retry-After": str(max(wait, 1))} if self.allowance.retry_after else {}
        return Refusal(THROTTLED, message, 429, **headers)
