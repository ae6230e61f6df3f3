"""How a file is read: what was detected, or what the user corrected."""

from dataclasses import dataclass, field

from finance_app.integrations.timesheet_files.dates import DateFormat


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most. `max_unpacked` bounds an XLSX after decompression, in bytes."""

    max_bytes: int = 100 * 1024 * 1024
    max_unpacked: int = 1024 * 1024 * 1024
    max_strings: int = 128 * 1024 * 1024
    max_columns: int = 256


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Everything that decides how a file is read; None means: detect it.

    `header_row` is the line (CSV) or row (XLSX) of the header, counted from 1; 0 says that there is none.
    `quote` is the quotation mark, empty for none. `decimal` is `.` or `,`. `hours_unit` says what a plain
    number in the hours column counts: `hours`, `minutes` or `seconds`. `max_seconds` turns the warning for
    more than 24 hours in a row into a refusal above that many seconds (above a million hours without it).
    The defaults fill a row whose column is empty or missing.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    decimal: str | None = None
    date_format: DateFormat | None = None
    date_1904: bool | None = None
    hours_unit: str | None = None
    max_seconds: int | None = None
    default_project: str = ""
    default_client: str = ""
    default_person: str = ""
    default_billable: bool | None = None
    limits: Limits = field(default_factory=Limits)
