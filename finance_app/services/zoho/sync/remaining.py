"""How long a sync still takes: what is left, by the speed of the last minute and within the day's share."""

from dataclasses import dataclass

DAY = 86_400.0


@dataclass(frozen=True)
class Pace:
    """`speed` is in records a second, and None while nothing was sent lately; the limits are in requests."""

    speed: float | None
    per_minute: int
    per_day: int
    used_today: int
    until_midnight: float


def seconds_left(records: int, pace: Pace) -> float:
    """The seconds until the last of these records is sent, each taken for one request."""
    limit = pace.per_minute / 60
    speed = min(pace.speed or limit, limit)
    today = max(pace.per_day - pace.used_today, 0)
    if records <= today:
        return records / speed
    days, rest = divmod(records - today, pace.per_day)
    return pace.until_midnight + days * DAY + rest / speed
