"""A row of a file: as it stands there, as a time log, or as refused with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from finance_app.integrations.timesheet_files.problems import Problem


@dataclass(frozen=True, slots=True)
class CellFault:
    """A workbook cell without a usable value: a formula never calculated, or an error value (`#N/A`)."""

    text: str
    is_formula: bool

    def __str__(self) -> str:
        return self.text


Cell = str | int | float | bool | datetime | date | time | timedelta | CellFault | None


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as the file holds it. `line` is the physical line of a text file, the row number of a workbook.

    `fault` is set where the row itself is broken; such a row is refused whatever its cells hold.
    """

    line: int
    cells: Sequence[Cell]
    fault: Problem | None = None


class Approval(StrEnum):
    """What the source says about a log's approval."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A time log read from a row. Texts are empty where the file says nothing; `seconds` is above zero."""

    line: int
    date: date
    seconds: int
    project: str
    person: str
    client: str = ""
    milestone: str = ""
    task_list: str = ""
    task: str = ""
    task_number: str = ""
    issue: str = ""
    email: str = ""
    notes: str = ""
    category: str = ""
    status: str = ""
    external_id: str = ""
    start: time | None = None
    end: time | None = None
    billable: bool | None = None
    approval: Approval | None = None
    rate: Decimal | None = None
    estimated_seconds: int | None = None
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot become a time log, and every reason found."""

    raw: RawRow
    reasons: tuple[Problem, ...]

    @property
    def line(self) -> int:
        return self.raw.line
