"""What a time sheet file looks like: all is detected, and each finding can be overruled by an option."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from finance_app.integrations.timesheet_files.content import Kind, check_size, is_workbook
from finance_app.integrations.timesheet_files.dates import DateFindings, DateFormat, find_formats, read_date
from finance_app.integrations.timesheet_files.delimited import (
    check_width,
    find_delimiter,
    find_quote,
    read_lines,
    read_sample,
)
from finance_app.integrations.timesheet_files.encodings import check_encoding, find_encoding
from finance_app.integrations.timesheet_files.fields import Field, Mapping
from finance_app.integrations.timesheet_files.hours import AmbiguousNumber, read_number
from finance_app.integrations.timesheet_files.mapping import (
    fingerprint,
    guess_mapping,
    known_headers,
)
from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.parsing import cell_text
from finance_app.integrations.timesheet_files.presets import find_preset
from finance_app.integrations.timesheet_files.problems import FileError, Problem
from finance_app.integrations.timesheet_files.rows import Cell, RawRow
from finance_app.integrations.timesheet_files.texts import words
from finance_app.integrations.timesheet_files.workbook import read_sheet, read_structure

HEADER_WITHIN = 40
SAMPLED_ROWS = 20_000
SHOWN_ROWS = 20


@dataclass(frozen=True, slots=True)
class FileShape:
    """What was found in a file. `options` holds every finding, ready for `read_rows` and `parse_row`.

    `dates.ambiguous` and `decimal_ambiguous` are questions for the user: the option they concern is None
    until it is answered. `mapping` and `preset` are proposals. `notices` are facts about the file that the
    user should know.
    """

    kind: Kind
    size: int
    options: FileOptions
    headers: tuple[str, ...]
    fingerprint: str
    sample: tuple[RawRow, ...]
    sheets: tuple[str, ...]
    mapping: Mapping
    preset: str | None
    dates: DateFindings
    decimal_ambiguous: bool
    notices: tuple[Problem, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """The options that the user must decide before an import: `date_format`, `decimal`."""
        asked = {
            "date_format": self.dates.ambiguous and self.options.date_format is None,
            "decimal": self.decimal_ambiguous and self.options.decimal is None,
        }
        return tuple(name for name, open_ in asked.items() if open_)


def _all_rows(path: Path, options: FileOptions) -> Iterator[RawRow]:
    return read_sheet(path, options) if options.sheet is not None else read_lines(path, options)


def _texts(row: RawRow) -> tuple[str, ...]:
    return tuple(cell_text(cell).strip() for cell in row.cells)


def _is_data(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return cell is not None
    for read in (read_number, read_date):
        try:
            read(cell)
        except AmbiguousNumber:
            return True
        except ValueError:
            continue
        else:
            return True
    return False


def _header_row(rows: Sequence[RawRow]) -> int:
    """The line of the header: the first with the most known names, else the first full row of words."""
    best = max(rows, key=lambda row: known_headers(_texts(row)))
    if known_headers(_texts(best)) >= 2:
        return best.line
    filled = [sum(bool(text) for text in _texts(row)) for row in rows]
    usual = max(
        Counter(n for n in filled if n > 1).items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0)
    )
    for row, count in zip(rows, filled, strict=True):
        if count >= max(2, usual[0] * 0.6):
            return 0 if any(_is_data(cell) for cell in row.cells) else row.line
    raise FileError("no_columns")


def _prepare_text(path: Path, options: FileOptions) -> tuple[Kind, FileOptions]:
    encoding = check_encoding(options.encoding) if options.encoding else find_encoding(path)
    try:
        sample = read_sample(path, encoding)
    except UnicodeError:
        raise FileError("wrong_encoding", name=encoding) from None
    if not sample.strip("\ufeff\x1a \t\r\n"):
        raise FileError("empty")
    delimiter = options.delimiter or find_delimiter(sample)
    quote = find_quote(sample, delimiter) if options.quote is None else options.quote
    kind = Kind.TSV if delimiter == "\t" else Kind.CSV
    return kind, replace(options, encoding=encoding, delimiter=delimiter, quote=quote, sheet=None)


def _prepare_workbook(path: Path, options: FileOptions) -> tuple[tuple[str, ...], FileOptions]:
    sheets, from_1904 = read_structure(path)
    if options.sheet is not None and options.sheet not in sheets:
        raise FileError("unknown_sheet", name=options.sheet, sheets=", ".join(sheets))
    date_1904 = from_1904 if options.date_1904 is None else options.date_1904
    sheet = options.sheet or _fullest(path, options, sheets)
    return sheets, replace(
        options, sheet=sheet, date_1904=date_1904, encoding=None, delimiter=None, quote=None
    )


def _fullest(path: Path, options: FileOptions, sheets: tuple[str, ...]) -> str:
    """The first sheet with a recognisable header, else the first that is not empty."""
    found: list[tuple[int, str]] = []
    for sheet in sheets[:20]:
        rows = list(islice(read_sheet(path, replace(options, sheet=sheet)), HEADER_WITHIN))
        if rows:
            found.append((max(known_headers(_texts(row)) for row in rows), sheet))
    if not found:
        raise FileError("empty")
    best = max(found, key=lambda pair: pair[0])
    return best[1] if best[0] >= 2 else found[0][1]


def _headers(rows: Iterator[RawRow], header_row: int, first: Sequence[RawRow]) -> tuple[str, ...]:
    if header_row == 0:
        width = max((len(row.cells) for row in first), default=0)
        return tuple(f"#{number}" for number in range(1, width + 1))
    for row in rows:
        if row.line >= header_row:
            headers = list(_texts(row)) if row.line == header_row else []
            while headers and not headers[-1]:
                headers.pop()
            return tuple(headers)
    return ()


def _column(rows: Sequence[RawRow], column: int | None) -> list[Cell]:
    return [] if column is None else [row.cells[column] for row in rows if column < len(row.cells)]


def _find_decimal(values: Sequence[Cell]) -> tuple[str | None, bool]:
    """The decimal separator of an hours column, and whether only the user can tell it."""
    votes: Counter[str] = Counter()
    unclear = False
    for text in {value.strip() for value in values if isinstance(value, str)}:
        try:
            read_number(text)
        except AmbiguousNumber:
            unclear = True
        except ValueError:
            continue
        else:
            marks = [mark for mark in text if mark in ".,"]
            if marks:
                several = len(marks) > 1 and len(set(marks)) == 1
                votes[{".": ",", ",": "."}[marks[0]] if several else marks[-1]] += 1
    if votes:
        return votes.most_common(1)[0][0], False
    return (None, True) if unclear else (".", False)


def _find_unit(headers: Sequence[str], column: int | None) -> str:
    name = set(words(headers[column]).split()) if column is not None and column < len(headers) else set()
    if name & {"minutes", "minute", "min", "mins", "mn"}:
        return "minutes"
    return "seconds" if name & {"seconds", "second", "sec", "secondes"} else "hours"


def _find_dates(values: Sequence[Cell]) -> DateFindings:
    if any(isinstance(value, datetime | date) for value in values):
        values = [value for value in values if isinstance(value, str)]
    return find_formats({value for value in values if isinstance(value, str)})


def sniff(path: Path | str, options: FileOptions | None = None, mapping: Mapping | None = None) -> FileShape:
    """Looks at a file's content, header and first 20,000 rows.

    What `options` names is taken as it is; `mapping` says which columns hold dates and hours if the guess was
    wrong. Raises FileError for a file that holds no time sheet.
    """
    path = Path(path)
    options = options or FileOptions()
    size = check_size(path, options.limits)
    sheets: tuple[str, ...] = ()
    if is_workbook(path, options.limits):
        kind = Kind.XLSX
        sheets, options = _prepare_workbook(path, options)
    else:
        kind, options = _prepare_text(path, options)
    first = [row for row in islice(_all_rows(path, options), HEADER_WITHIN) if row.cells]
    if not first:
        raise FileError("empty")
    if options.header_row is None:
        options = replace(options, header_row=_header_row(first))
    headers = _headers(_all_rows(path, options), options.header_row or 0, first)
    if sum(bool(header) for header in headers) < 2:
        raise FileError("no_columns")
    rows = list(islice(_data_rows(path, options, len(headers)), SAMPLED_ROWS))
    if not rows:
        raise FileError("only_header")
    preset = find_preset(headers)
    proposed = preset.mapping(headers) if preset else guess_mapping(headers)
    used = proposed if mapping is None else mapping
    dates = _find_dates(_column(rows, used.get(Field.DATE)))
    hours = used.get(Field.HOURS)
    decimal, unclear = _find_decimal(_column(rows, hours))
    options = replace(
        options,
        date_format=options.date_format or _only(dates),
        decimal=options.decimal or decimal,
        hours_unit=options.hours_unit or _find_unit(headers, hours),
    )
    return FileShape(
        kind=kind,
        size=size,
        options=options,
        headers=headers,
        fingerprint=fingerprint(headers),
        sample=tuple(rows[:SHOWN_ROWS]),
        sheets=sheets,
        mapping=proposed,
        preset=preset.name if preset else None,
        dates=dates,
        decimal_ambiguous=unclear,
        notices=(Problem("notice.date_1904"),) if options.date_1904 else (),
    )


def _only(dates: DateFindings) -> DateFormat | None:
    return dates.candidates[0] if len(dates.candidates) == 1 else None


def _data_rows(path: Path, options: FileOptions, width: int) -> Iterator[RawRow]:
    header_row = options.header_row or 0
    delimiter = options.delimiter
    for row in _all_rows(path, options):
        if row.line > header_row:
            yield row if delimiter is None else check_width(row, width, delimiter)


def read_rows(path: Path | str, options: FileOptions) -> Iterator[RawRow]:
    """The rows below the header that are not blank, streamed, with their line numbers.

    `options` are those of a FileShape, corrected or not. Raises FileError where the file breaks off.
    """
    path = Path(path)
    if options.header_row is None or (options.sheet is None and options.encoding is None):
        options = sniff(path, options).options
    first = list(islice(_all_rows(path, options), HEADER_WITHIN))
    headers = _headers(_all_rows(path, options), options.header_row or 0, first)
    yield from _data_rows(path, options, len(headers))
