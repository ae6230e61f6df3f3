"""What can be wrong with a file or with a row: a key of the catalogue and its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from finance_app.i18n import t
from finance_app.i18n.formats import day, number
from finance_app.integrations.timesheet_files.fields import Field


def _shown(value: object, locale: str) -> object:
    if isinstance(value, Field):
        return value.label(locale)
    if isinstance(value, date):
        return day(value, locale, "long")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return number(value, locale)
    return value


def _text(key: str, params: Mapping[str, object], locale: str) -> str:
    shown = {name: value if name == "n" else _shown(value, locale) for name, value in params.items()}
    return t(locale, f"timesheet_file.{key}", **shown)


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason or a warning; `key` is its path in the catalogue `timesheet_file` (`reason.zero_hours`)."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The last part of the key: `zero_hours`."""
        return self.key.rpartition(".")[2]

    def text(self, locale: str) -> str:
        return _text(self.key, self.params, locale)


class FileError(Exception):
    """A file that cannot be read as a time sheet; `code` names the fault (`empty`, `pdf`, `too_large`)."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def text(self, locale: str) -> str:
        return _text(f"file.{self.code}", self.params, locale)

    def __str__(self) -> str:
        return self.text("en")


class RowFault(ValueError):
    """A cell that cannot be read, with the reason that its row is refused for."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.problem = Problem(f"reason.{code}", params)
