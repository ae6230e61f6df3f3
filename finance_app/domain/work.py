"""Work on a project: what a task is planned to take, how far it is, and what a form may say of it."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

from finance_app.domain.errors import DomainError
from finance_app.domain.time import DurationError, parse_duration

HOURS_LIMIT = 100_000
OCCURRENCES_LIMIT = 1_000


class Recurrence(StrEnum):
    """How often a task comes again. Each occurrence takes its work hours anew."""

    DAILY = "daily"
    WEEKLY = "weekly"
    EVERY_TWO_WEEKS = "every_two_weeks"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


_DAYS = {Recurrence.DAILY: 1, Recurrence.WEEKLY: 7, Recurrence.EVERY_TWO_WEEKS: 14}
_MONTHS = {Recurrence.MONTHLY: 1, Recurrence.QUARTERLY: 3, Recurrence.YEARLY: 12}


def occurrence_day(start: date, recurrence: Recurrence, index: int) -> date:
    """The day of an occurrence, the first one (0) on `start`. In a shorter month it is its last day."""
    if recurrence in _DAYS:
        return start + timedelta(days=_DAYS[recurrence] * index)
    years, month = divmod(start.month - 1 + _MONTHS[recurrence] * index, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def next_occurrence(start: date, recurrence: Recurrence, occurrences: int, today: date) -> date | None:
    """The first occurrence from today on; None where all of them are past."""
    days = (occurrence_day(start, recurrence, index) for index in range(occurrences))
    return next((day for day in days if day >= today), None)


def planned_seconds(work_seconds: int | None, occurrences: int) -> int | None:
    """The planned time of a task: its work hours for each occurrence. None where nothing is planned."""
    return None if work_seconds is None else work_seconds * occurrences


def percent_done(stored: int, closed: bool) -> int:
    """How far a task is: what is closed is done, whatever was said of it before."""
    return 100 if closed else stored


def read_percent(text: str) -> int:
    """A typed percentage from 0 to 100, with or without its sign; nothing typed is 0."""
    typed = text.strip().removesuffix("%").strip()
    if not typed:
        return 0
    try:
        percent = int(typed)
    except ValueError:
        raise DomainError("task.error.percent_unreadable", text=text.strip()) from None
    if not 0 <= percent <= 100:
        raise DomainError("task.error.percent_range", n=percent)
    return percent


def read_work_hours(text: str) -> int | None:
    """Typed work hours in seconds, written as time is (`12`, `1:30`, `90m`); None where nothing is typed."""
    typed = text.strip()
    if not typed:
        return None
    if typed.startswith(("-", "−")):
        raise DomainError("task.error.hours_negative")
    try:
        seconds = parse_duration(typed)
    except DurationError:
        raise DomainError("task.error.hours_unreadable", text=typed) from None
    if seconds > HOURS_LIMIT * 3600:
        raise DomainError("task.error.hours_absurd", limit=HOURS_LIMIT)
    return seconds


def read_occurrences(text: str, recurrence: Recurrence | None) -> int:
    """How many times a recurring task happens; what does not recur happens once."""
    if recurrence is None:
        return 1
    typed = text.strip()
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= OCCURRENCES_LIMIT):
        raise DomainError("task.error.occurrences", limit=OCCURRENCES_LIMIT)
    return int(typed)
