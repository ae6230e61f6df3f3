"""Tracked time: typed durations, billed amounts of seconds, the rounding of time to bill."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from finance_app.domain.errors import DomainError
from finance_app.domain.money import RoundingMode, minor_digits, round_decimal, round_half_up, round_to_step

SECONDS_AN_HOUR = 3600


class DurationError(DomainError):
    """A typed duration that cannot be read, or that is not worked time."""


class DurationFormat(StrEnum):
    """How a duration is typed: `1.5` or `1,5` hours, `1:30` or `1:30:15`, `1h30` or `90m`."""

    DECIMAL = "decimal"
    COLON = "colon"
    NATURAL = "natural"


_DECIMAL = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+", re.ASCII)
_COLON = re.compile(r"(\d+):(\d+)(?::(\d+))?", re.ASCII)
_NATURAL = re.compile(
    r"(?:(?P<hours>\d+(?:[.,]\d+)?)\s*(?:h|hrs?|hours?|heures?))?\s*"
    r"(?:(?P<minutes>\d+(?:[.,]\d+)?)\s*(?:m|mn|mins?|minutes?|'))?\s*"
    r"(?:(?P<seconds>\d+)\s*(?:s|secs?|seconds?|secondes?))?",
    re.ASCII,
)
_HOURS_AND_MINUTES = re.compile(r"(?P<hours>\d+)\s*h\s*(?P<minutes>\d{1,2})", re.ASCII)
_EVERY_FORMAT = frozenset(DurationFormat)


def parse_duration(text: str, formats: frozenset[DurationFormat] = _EVERY_FORMAT) -> int:
    """Seconds of a typed duration; a leading minus makes it negative; `0` is nothing in any format.

    Raises DurationError `error.duration.empty` or `error.duration.unreadable`.
    """
    typed = " ".join(text.replace("−", "-").split()).lower()
    if not typed.strip("- "):
        raise DurationError("error.duration.empty")
    sign, unsigned = (-1, typed[1:].lstrip()) if typed.startswith("-") else (1, typed)
    if unsigned == "0":
        return 0
    readers = {
        DurationFormat.DECIMAL: _read_decimal,
        DurationFormat.COLON: _read_colon,
        DurationFormat.NATURAL: _read_natural,
    }
    for format_, read in readers.items():
        if format_ in formats and (seconds := read(unsigned)) is not None:
            return sign * seconds
    raise DurationError("error.duration.unreadable", text=text.strip())


def parse_worked_time(text: str) -> int:
    """Seconds of a typed duration that is work: above zero. Raises DurationError."""
    seconds = parse_duration(text)
    if seconds <= 0:
        raise DurationError("error.duration.not_positive", text=text.strip())
    return seconds


def _read_decimal(text: str) -> int | None:
    return _seconds(hours=text) if _DECIMAL.fullmatch(text) else None


def _read_colon(text: str) -> int | None:
    match = _COLON.fullmatch(text)
    return _seconds(*match.groups()) if match else None


def _read_natural(text: str) -> int | None:
    match = _HOURS_AND_MINUTES.fullmatch(text) or _NATURAL.fullmatch(text)
    return _seconds(**match.groupdict()) if match else None


def _seconds(hours: str | None = None, minutes: str | None = None, seconds: str | None = None) -> int:
    exact = sum(
        Fraction(Decimal(number.replace(",", "."))) * unit
        for number, unit in ((hours, 3600), (minutes, 60), (seconds, 1))
        if number
    )
    return round_half_up(Fraction(exact))


def hours(seconds: int) -> Decimal:
    """Hours of `seconds` with the fewest decimals, 2 to 6, that give the seconds back."""
    return next(
        quantity
        for decimals in (2, 3, 4, 5, 6)
        if round_half_up((quantity := _decimal_hours(seconds, decimals)) * SECONDS_AN_HOUR) == seconds
    )


def amount_of(seconds: int, rate: Decimal, currency: str) -> int:
    """Minor units of `seconds` at `rate` an hour, rounded once: seconds x rate / 3600."""
    return round_half_up(Fraction(rate) * seconds * 10 ** minor_digits(currency) / SECONDS_AN_HOUR)


@lru_cache(maxsize=10_000)
def printed_quantity(seconds: int, rate: Decimal, currency: str) -> Decimal:
    """Hours as printed beside `rate`: the fewest decimals for which round(quantity x rate) is the amount.

    2 to 6 decimals do for all but extreme rates, which get as many as they need.
    """
    amount, scale = amount_of(seconds, rate, currency), 10 ** minor_digits(currency)
    candidates = (
        _decimal_hours(seconds, decimals, away_from_zero)
        for decimals_allowed in (range(2, 7), range(7, 40))
        for away_from_zero in (False, True)
        for decimals in decimals_allowed
    )
    return next(
        quantity
        for quantity in candidates
        if round_half_up(Fraction(quantity) * Fraction(rate) * scale) == amount
    )


def _decimal_hours(seconds: int, decimals: int, away_from_zero: bool = False) -> Decimal:
    exact = Fraction(seconds, SECONDS_AN_HOUR)
    if not away_from_zero:
        return round_decimal(exact, decimals)
    units = -(-abs(seconds) * 10**decimals // SECONDS_AN_HOUR)
    return round_decimal(Fraction(units if seconds > 0 else -units, 10**decimals), decimals)


class RoundingScope(StrEnum):
    """What is rounded: each time log, or the sum of the logs on an invoice line."""

    LOG = "log"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class TimeRounding:
    """How tracked seconds become billed seconds: a step of minutes, and a cap of time a user and day."""

    mode: RoundingMode = RoundingMode.NONE
    step_minutes: int = 1
    per: RoundingScope = RoundingScope.LOG
    daily_cap_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.step_minutes <= 0:
            raise DomainError("error.time.step_not_positive", minutes=self.step_minutes)
        if self.daily_cap_seconds is not None and self.daily_cap_seconds <= 0:
            raise DomainError("error.time.cap_not_positive")


@dataclass(frozen=True, slots=True)
class WorkedTime:
    """One time log, as far as rounding needs to know it."""

    user_id: int | str
    day: date
    seconds: int


@dataclass(frozen=True, slots=True)
class BilledTime:
    """Tracked and billed seconds, side by side."""

    tracked_seconds: int
    billed_seconds: int


NO_ROUNDING = TimeRounding()


def billed_per_log(
    logs: Sequence[WorkedTime],
    rounding: TimeRounding,
    already_billed: Mapping[tuple[int | str, date], int] | None = None,
) -> list[BilledTime]:
    """Each log rounded where rounding is per log, then held to the daily cap of its user, in the given order.

    `already_billed` holds the seconds that earlier invoices billed of a user and day: they use up the cap.
    """
    used = dict(already_billed or {})
    billed: list[BilledTime] = []
    for log in logs:
        seconds = log.seconds
        if rounding.per is RoundingScope.LOG:
            seconds = round_to_step(seconds, rounding.step_minutes * 60, rounding.mode)
        if rounding.daily_cap_seconds is not None:
            so_far = used.get((log.user_id, log.day), 0)
            seconds = min(seconds, max(0, rounding.daily_cap_seconds - so_far))
            used[log.user_id, log.day] = so_far + seconds
        billed.append(BilledTime(log.seconds, seconds))
    return billed


def billed_per_line(logs: Sequence[BilledTime], rounding: TimeRounding) -> BilledTime:
    """The sums of an invoice line's logs, rounded where rounding is per line."""
    tracked = sum(log.tracked_seconds for log in logs)
    billed = sum(log.billed_seconds for log in logs)
    if rounding.per is RoundingScope.LINE:
        billed = round_to_step(billed, rounding.step_minutes * 60, rounding.mode)
    return BilledTime(tracked, billed)
