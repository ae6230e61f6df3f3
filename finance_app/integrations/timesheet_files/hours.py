"""Numbers, durations and times of day as files write them. Exact: Decimal in, whole seconds out."""

import re
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from finance_app.domain.time import DurationError, DurationFormat, parse_duration

UNIT_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}
MAX_DIGITS = 30

_GROUPED_BY_SPACE = re.compile(r"[+-]?[0-9]{1,3}(?:[ \u00a0\u202f'’][0-9]{3})+(?:[.,][0-9]+)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)*|[.,][0-9]+)")
_GROUPS = {sign: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})+") for sign in ".,"}
_THOUSAND = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_NOTATION = re.compile(r"[:A-Za-z]|'$")
_NOTATIONS = frozenset({DurationFormat.COLON, DurationFormat.NATURAL})
_ISO_DURATION = re.compile(r"^PT(?=[0-9])")
_CLOCK_YEARS = (1899, 1900, 1904)
_TIME_OF_DAY = re.compile(
    r"(?:.*[T\s])?([0-9]{1,2})(?:[:.h]([0-5][0-9])?(?::([0-5][0-9])(?:\.[0-9]+)?)?)?\s*([ap])?\.?(?:m\.?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)


class AmbiguousNumber(ValueError):
    """`1,234` is a thousand or a fraction, depending on the decimal separator."""


def read_number(text: str, decimal: str | None = None) -> Decimal:
    """A number with or without thousands separators.

    The decimal separator decides only where a text has two readings (`1,234`); without one such a text raises
    AmbiguousNumber. Raises ValueError for everything that is no number.
    """
    text = text.strip().replace("−", "-")
    if len(text) > MAX_DIGITS:
        raise ValueError(text)
    spaced = _GROUPED_BY_SPACE.fullmatch(text) is not None
    if spaced:
        text = re.sub(r"[ \u00a0\u202f'’]", "", text)
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text.lstrip("+"))
    return Decimal(sign + _plain(digits, decimal, spaced=spaced))


def _plain(digits: str, decimal: str | None, *, spaced: bool) -> str:
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        last = "," if digits.rfind(",") > digits.rfind(".") else "."
        whole, _, fraction = digits.rpartition(last)
        if last in whole or not _GROUPS[".,".replace(last, "")].fullmatch(whole):
            raise ValueError(digits)
        return f"{re.sub('[.,]', '', whole)}.{fraction or '0'}"
    if not commas and not points:
        return digits
    mark = "," if commas else "."
    if commas + points > 1:
        if not _GROUPS[mark].fullmatch(digits):
            raise ValueError(digits)
        return digits.replace(mark, "")
    if mark != decimal and not spaced and _THOUSAND.fullmatch(digits):
        if decimal is None:
            raise AmbiguousNumber(digits)
        return digits.replace(mark, "")
    whole, _, fraction = digits.partition(mark)
    return f"{whole or '0'}.{fraction or '0'}"


def whole_seconds(value: Decimal) -> int:
    """Rounded half up, away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def read_duration(text: str, decimal: str | None = None, unit: str = "hours") -> int:
    """Seconds, possibly zero or negative.

    A plain number counts `unit`, with or without thousands separators (`1,234.50`, `1 234,50`); the notations
    `1:30`, `1:30:15`, `90m`, `1h30`, `PT1H30M` are those of the domain. Raises AmbiguousNumber for `1,234`
    without a decimal separator, else ValueError.
    """
    text = text.strip().replace("−", "-")
    if len(text) > MAX_DIGITS:
        raise ValueError(text)
    if not _NOTATION.search(text):
        return whole_seconds(read_number(text, decimal) * UNIT_SECONDS[unit])
    try:
        return parse_duration(_ISO_DURATION.sub("", text), _NOTATIONS)
    except DurationError as error:
        raise ValueError(text) from error


def cell_duration(value: object, unit: str = "hours") -> int:
    """Seconds of a number, time or duration cell of a workbook. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError(value)
    if isinstance(value, int | float | Decimal):
        return whole_seconds(Decimal(str(value)) * UNIT_SECONDS[unit])
    if isinstance(value, timedelta):
        return whole_seconds(Decimal(value // timedelta(microseconds=1)) / 1_000_000)
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, datetime) and value.year in _CLOCK_YEARS:
        return cell_duration(value - _zero_hour(value))
    raise ValueError(value)


def _zero_hour(value: datetime) -> datetime:
    if value.year == 1904:
        return datetime(1904, 1, 1)  # noqa: DTZ001
    after_leap_fault = value.year == 1900 and value.month > 2
    return datetime(1899, 12, 30 if after_leap_fault else 31)  # noqa: DTZ001


def read_time(text: str) -> time:
    """A time of day: `09:00`, `9h30`, `9:30 PM`, `2024-11-02T09:00`. Raises ValueError."""
    match = _TIME_OF_DAY.fullmatch(text.strip()) if len(text) <= 2 * MAX_DIGITS else None
    if match is None:
        raise ValueError(text)
    hour = int(match[1])
    half = (match[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    elif match[2] is None and not re.search(r"h", text, re.IGNORECASE):
        raise ValueError(text)
    return time(0 if hour == 24 and not int(match[2] or 0) else hour, int(match[2] or 0), int(match[3] or 0))


def between(start: time, end: time) -> int:
    """Seconds from start to end; an end at or before the start is on the next day."""
    first, last = (moment.hour * 3600 + moment.minute * 60 + moment.second for moment in (start, end))
    return (last - first) % 86_400
