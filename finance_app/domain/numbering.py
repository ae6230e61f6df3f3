"""Document numbers: gapless within a series, which is a prefix and the year of the issue date."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from finance_app.domain.errors import DomainError

EXAMPLE = "INV-{year}-{number:04d}"
_FIELD = re.compile(r"\{(year|yy|number)(?::0(\d)d)?\}")


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers count up without a gap within it."""

    prefix: str
    year: int


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """How numbers look, such as `INV-{year}-{number:04d}`; `{yy}` is the year in two digits.

    Raises DomainError where the number or the year is missing or occurs twice (numbers start again each year,
    so that without its year a number would come back), or where a brace is left over.
    """

    pattern: str

    def __post_init__(self) -> None:
        fields = [match.group(1) for match in _FIELD.finditer(self.pattern)]
        if fields.count("number") != 1:
            raise DomainError("error.numbering.number_once", pattern=self.pattern, example=EXAMPLE)
        if len(fields) != 2:
            raise DomainError("error.numbering.year_once", pattern=self.pattern, example=EXAMPLE)
        if set("{}") & set(_FIELD.sub("", self.pattern)):
            raise DomainError("error.numbering.unknown_field", pattern=self.pattern, example=EXAMPLE)

    @property
    def prefix(self) -> str:
        """The pattern's own characters: INV-- of `INV-{year}-{number:04d}`. Padding is no part of it."""
        return _FIELD.sub("", self.pattern)

    def series(self, issued_on: date) -> Series:
        """The series of a document of that issue date."""
        return Series(self.prefix, issued_on.year)

    def format(self, issued_on: date, number: int) -> str:
        """The printed number. One that outgrows its padding just gets longer."""
        values = {"year": issued_on.year, "yy": issued_on.year % 100, "number": number}

        def written(match: re.Match[str]) -> str:
            field, width = match.groups()
            return str(values[field]).zfill(int(width or (2 if field == "yy" else 0)))

        return _FIELD.sub(written, self.pattern)


def next_number(last: int | None) -> int:
    """The number after the last one that the series gave out, to a deleted document too."""
    return (last or 0) + 1


def missing_numbers(numbers: Iterable[int]) -> list[int]:
    """The gaps of a series between 1 and its highest number."""
    taken = set(numbers)
    return [number for number in range(1, max(taken, default=0) + 1) if number not in taken]


def check_issue_date(issued_on: date, last_issued_on: date | None, strict: bool) -> None:
    """Raises DomainError where, under strict numbering, an issue date would run backwards in its series."""
    if strict and last_issued_on and issued_on < last_issued_on:
        raise DomainError("error.numbering.date_runs_backwards", date=issued_on, last=last_issued_on)
