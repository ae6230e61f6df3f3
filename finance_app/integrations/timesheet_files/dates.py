"""Dates as files write them: in figures, with English, French and German month names, or as Excel serials."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from finance_app.integrations.timesheet_files.texts import word_set

YEARS = range(1950, 2101)
LIKELY_SERIALS = range(20_000, 80_000)


class DateFormat(StrEnum):
    """The order of day, month and year, or the day that Excel's serial numbers count from."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"
    SERIAL_1900 = "serial_1900"
    SERIAL_1904 = "serial_1904"

    @classmethod
    def parse(cls, text: str) -> "DateFormat":
        """`dmy`, `DD/MM/YYYY`, `%d/%m/%y` and `jj/mm/aaaa` are DMY. Raises ValueError."""
        plain = text.strip().casefold()
        if plain in set(cls):
            return cls(plain)
        if plain in {"excel", "excel 1900"}:
            return cls.SERIAL_1900
        if plain == "excel 1904":
            return cls.SERIAL_1904
        letters = re.sub(r"[^dmy]", "", plain.replace("j", "d").replace("a", "y").replace("b", "m"))
        order = re.sub(r"(.)\1+", r"\1", letters)
        if order in {"ymd", "dmy", "mdy"}:
            return cls(order)
        raise ValueError(text)


class UnreadableDate(ValueError):
    """No date of the calendar, or none in the chosen format."""


class SerialDate(ValueError):
    """A number that is a date only once one knows whether it counts from 1900 or 1904: both readings."""

    def __init__(self, from_1900: date, from_1904: date) -> None:
        super().__init__()
        self.from_1900 = from_1900
        self.from_1904 = from_1904


class AmbiguousDate(ValueError):
    """Day and month could be swapped: both readings."""

    def __init__(self, day_first: date, month_first: date) -> None:
        super().__init__()
        self.day_first = day_first
        self.month_first = month_first


_NAMES = (
    ("january jan janvier janv januar", "february feb fevrier fevr fev februar", "march mar mars marz mrz"),
    ("april apr avril avr", "may mai", "june jun juin juni", "july jul juillet juil juli"),
    ("august aug aout", "september sept sep septembre", "october oct octobre okt oktober"),
    ("november nov novembre", "december dec decembre dez dezember"),
)
MONTHS = {
    name: number
    for number, names in enumerate((month for quarter in _NAMES for month in quarter), start=1)
    for name in names.split()
}
_WEEKDAYS = word_set(
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun "
    "sunday lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche montag "
    "dienstag mittwoch donnerstag freitag samstag sonntag"
)
_CLOCK = (
    r"(?:(?:T|,?\s+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*"
    r"(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_FIGURES = re.compile(
    rf"([0-9]{{1,4}})\s*([-/.\s])\s*([0-9]{{1,2}})\s*\2\s*([0-9]{{1,4}})\.?{_CLOCK}", re.ASCII
)
_DAY_NAME = re.compile(
    rf"([0-9]{{1,2}})(?:st|nd|rd|th|er)?[-/.,\s]*([^\W\d_]{{3,}})[-/.,\s]*([0-9]{{4}}|[0-9]{{2}}){_CLOCK}"
)
_NAME_DAY = re.compile(
    rf"([^\W\d_]{{3,}})[-/.,\s]*([0-9]{{1,2}})(?:st|nd|rd|th)?[-/.,\s]+([0-9]{{4}}|[0-9]{{2}}){_CLOCK}"
)
_YEAR_NAME = re.compile(rf"([0-9]{{4}})[-/.,\s]*([^\W\d_]{{3,}})[-/.,\s]*([0-9]{{1,2}}){_CLOCK}")
_COMPACT = re.compile(r"[0-9]{8}")
_SERIAL = re.compile(r"([0-9]{1,7})(?:[.,][0-9]+)?")
_WEEKDAY = re.compile(r"([^\W\d_]{3,})[.,]*\s+")


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) == 2:
        return int(text) + (2000 if int(text) < 70 else 1900)
    raise UnreadableDate(text)


def _make(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise UnreadableDate(str(error)) from None
    if year not in YEARS:
        raise UnreadableDate(f"year {year}")
    return found


def from_serial(days: int, *, date_1904: bool) -> date:
    """The date of an Excel serial number. Raises UnreadableDate outside 1950 to 2100."""
    start = date(1904, 1, 1) if date_1904 else date(1899, 12, 30)
    try:
        found = start + timedelta(days=days)
    except OverflowError as error:
        raise UnreadableDate(str(error)) from None
    return _make(found.year, found.month, found.day)


def _month(name: str) -> int:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    try:
        return MONTHS[plain]
    except KeyError:
        raise UnreadableDate(name) from None


def _ordered(first: str, second: str, third: str, order: DateFormat) -> date:
    if order is DateFormat.YMD:
        return _make(_year(first), int(second), int(third))
    if len(first) > 2:
        raise UnreadableDate(first)
    day, month = (first, second) if order is DateFormat.DMY else (second, first)
    return _make(_year(third), int(month), int(day))


def _either_order(first: str, second: str, third: str) -> date:
    found: list[date] = []
    for order in (DateFormat.DMY, DateFormat.MDY):
        try:
            found.append(_ordered(first, second, third, order))
        except UnreadableDate:
            continue
    if not found:
        raise UnreadableDate(f"{first} {second} {third}")
    if len(found) == 2 and found[0] != found[1]:
        raise AmbiguousDate(found[0], found[1])
    return found[0]


def _serial(text: str, order: DateFormat | None) -> date:
    days = int(text)
    if order in (DateFormat.SERIAL_1900, DateFormat.SERIAL_1904):
        return from_serial(days, date_1904=order is DateFormat.SERIAL_1904)
    if days in LIKELY_SERIALS:
        raise SerialDate(from_serial(days, date_1904=False), from_serial(days, date_1904=True))
    raise UnreadableDate(text)


def _without_weekday(text: str) -> str:
    match = _WEEKDAY.match(text)
    if match and match[1].casefold() in _WEEKDAYS and text[match.end() :][:1].isalnum():
        rest = text[match.end() :]
        if match[1].casefold() != "mar" or not re.fullmatch(r"\d{1,2}[\W_]+\d{2,4}", rest):
            return rest
    return text


def read_date(text: str, order: DateFormat | None = None) -> date:
    """The date in a text; a time of day after it is left aside.

    Without an order, a text with one reading only is read, and one with two raises AmbiguousDate or
    SerialDate. Raises UnreadableDate for everything else, and for years outside 1950 to 2100.
    """
    text = _without_weekday(text.strip())
    if match := _FIGURES.fullmatch(text):
        first, third = match[1], match[4]
        if len(first) == 4:
            return _make(int(first), int(match[3]), int(third))
        if order in (DateFormat.DMY, DateFormat.MDY, DateFormat.YMD):
            if order is DateFormat.YMD and len(third) == 4:
                raise UnreadableDate(text)
            return _ordered(first, match[3], third, order)
        return _either_order(first, match[3], third)
    if match := _DAY_NAME.fullmatch(text):
        if order is DateFormat.YMD and len(match[1]) == len(match[3]) == 2:
            return _make(_year(match[1]), _month(match[2]), int(match[3]))
        return _make(_year(match[3]), _month(match[2]), int(match[1]))
    if match := _NAME_DAY.fullmatch(text):
        return _make(_year(match[3]), _month(match[1]), int(match[2]))
    if match := _YEAR_NAME.fullmatch(text):
        return _make(int(match[1]), _month(match[2]), int(match[3]))
    if _COMPACT.fullmatch(text):
        if order in (DateFormat.DMY, DateFormat.MDY):
            return _ordered(text[:2], text[2:4], text[4:], order)
        return _make(int(text[:4]), int(text[4:6]), int(text[6:]))
    if match := _SERIAL.fullmatch(text):
        return _serial(match[1], order)
    raise UnreadableDate(text)


@dataclass(frozen=True, slots=True)
class DateFindings:
    """The formats that a column's dates may have, the likeliest first. Two or more: ask, never guess."""

    candidates: tuple[DateFormat, ...]
    examples: tuple[str, ...]

    @property
    def ambiguous(self) -> bool:
        return len(self.candidates) > 1


def _readings(texts: list[str], order: DateFormat) -> tuple[date | None, ...]:
    found: list[date | None] = []
    for text in texts:
        try:
            found.append(read_date(text, order))
        except ValueError:
            found.append(None)
    return tuple(found)


def _year_may_lead(texts: list[str]) -> bool:
    """Whether `24/11/02` may be 2 November 2024: the first part varies less than the last, as years do."""
    first: set[str] = set()
    last: set[str] = set()
    for text in texts:
        parts = re.findall(r"\w+", text)
        if len(parts) >= 3:
            first.add(parts[0])
            last.add(parts[2])
    return len(first) < len(last)


def find_formats(texts: Iterable[str]) -> DateFindings:
    """The formats that read the most of a column's distinct dates, one for each different result."""
    sample = sorted({text.strip() for text in texts} - {""})
    if not sample:
        return DateFindings((), ())
    readings = {order: _readings(sample, order) for order in DateFormat}
    if not all(
        _SERIAL.fullmatch(text) and int(float(text.replace(",", "."))) in LIKELY_SERIALS for text in sample
    ):
        del readings[DateFormat.SERIAL_1900], readings[DateFormat.SERIAL_1904]
    four_digits_first = sum(text[:4].isdigit() for text in sample) * 2 >= len(sample)
    if not four_digits_first and not _year_may_lead(sample):
        del readings[DateFormat.YMD]
    preference = list(readings)
    if not four_digits_first and DateFormat.YMD in readings:
        preference = [*(order for order in preference if order is not DateFormat.YMD), DateFormat.YMD]
    fits = {order: sum(reading is not None for reading in readings[order]) for order in preference}
    readable = sum(any(readings[order][i] is not None for order in preference) for i in range(len(sample)))
    if readable * 2 < len(sample):
        return DateFindings((), tuple(sample[:3]))
    best = max(fits.values(), default=0)
    kept: dict[tuple[date | None, ...], DateFormat] = {}
    for order in preference:
        if fits[order] == best or (best < readable and fits[order]):
            kept.setdefault(readings[order], order)
    candidates = tuple(sorted(kept.values(), key=lambda order: -fits[order]))
    differing = [
        text
        for i, text in enumerate(sample)
        if len({readings[order][i] for order in candidates} - {None}) > 1
    ]
    return DateFindings(candidates, tuple((differing or sample)[:3]))


def cell_date(value: date | datetime) -> date:
    """The date of a date cell. Raises UnreadableDate outside 1950 to 2100."""
    return _make(value.year, value.month, value.day)
