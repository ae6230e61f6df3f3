"""The texts of a form, read one by one; what is wrong is gathered, and refused all at once.

fields = Fields(data, {"name": 200, "due_date": 10})
values = {"name": fields.text("name", required=True), "due_date": fields.read("due_date", read_day)}
fields.check()
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.money import to_minor

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

AMOUNT_LIMIT = 10**13


class Fields:
    """`limits` names the fields and how long each may be; what else was given is left out."""

    def __init__(self, data: Mapping[str, str], limits: Mapping[str, int]) -> None:
        self._given = {name: str(data.get(name, "")).strip() for name in limits}
        self.faults: dict[str, DomainError] = {
            name: DomainError("common.error.too_long", n=limits[name])
            for name, value in self._given.items()
            if len(value) > limits[name]
        }

    def text(self, name: str, *, required: bool = False) -> str:
        if required and not self._given[name]:
            self.refuse(name, DomainError("common.error.required"))
        return self._given[name]

    def read(self, name: str, reader: Callable[[str], T]) -> T | None:
        """What `reader` makes of the text; None where it refuses, which is kept for `check`."""
        if name in self.faults:
            return None
        try:
            return reader(self._given[name])
        except DomainError as fault:
            self.refuse(name, fault)
        return None

    def refuse(self, name: str, fault: DomainError) -> None:
        self.faults.setdefault(name, fault)

    def check(self) -> None:
        """Raises InvalidFields if anything was refused."""
        if self.faults:
            raise InvalidFields(self.faults)


def read_id(text: str) -> int | None:
    """A number of a row; None for an empty text, DomainError for what is no number."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise DomainError("common.error.unknown_choice")
    return int(text)


def read_day(text: str) -> date | None:
    """A day as the browser sends it, `2026-11-25`; None for an empty text."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DomainError("project.error.date") from None
    if not 1990 <= day.year <= 2100:
        raise DomainError("project.error.date_far")
    return day


def reader_of(kind: type[E]) -> Callable[[str], E | None]:
    """Reads one of the words of an enumeration, or nothing."""

    def read(text: str) -> E | None:
        if not text:
            return None
        if text not in set(kind):
            raise DomainError("common.error.unknown_choice")
        return kind(text)

    return read


def amount_reader(currency: str) -> Callable[[str], int | None]:
    """Reads an amount of money that is not negative, in minor units."""

    def read(text: str) -> int | None:
        typed = "".join(text.split()).replace(",", ".")
        if not typed:
            return None
        minor = to_minor(typed, currency)
        if minor < 0:
            raise DomainError("project.error.price_negative")
        if minor > AMOUNT_LIMIT:
            raise DomainError("project.error.price_absurd")
        return minor

    return read
