"""CSV and TSV: the delimiter, and the rows with the physical line each one starts on."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from finance_app.integrations.timesheet_files.mapping import known_headers
from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.problems import FileError, Problem
from finance_app.integrations.timesheet_files.rows import RawRow

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARS = 256 * 1024
SAMPLE_ROWS = 200


def read_sample(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.read(SAMPLE_CHARS)


def _announced(sample: str) -> str | None:
    first = sample.lstrip("\ufeff").split("\n", 1)[0].strip().strip('"')
    return first[4:] if first.lower().startswith("sep=") and len(first) == 5 else None


def find_quote(sample: str, delimiter: str) -> str:
    """The quotation mark: `"`, or `'` where only that one encloses cells."""
    starts = (f"{delimiter}'", "\n'")
    if '"' not in sample and sum(sample.count(mark) for mark in starts) >= 2 and f"'{delimiter}" in sample:
        return "'"
    return '"'


def _rows(sample: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(sample.splitlines(keepends=True), **dialect(delimiter, quote))
    rows: list[list[str]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows


def find_delimiter(sample: str) -> str:
    """The delimiter that gives the most even rows; known headers and many columns decide between equals."""
    if announced := _announced(sample):
        return announced
    best, best_score = ",", -1.0
    for delimiter in DELIMITERS:
        rows = _rows(sample, delimiter, find_quote(sample, delimiter))
        widths = Counter(len(row) for row in rows)
        width, count = max(
            widths.items(), key=lambda pair: (pair[1] * (pair[0] > 1), pair[0]), default=(1, 0)
        )
        if width < 2:
            continue
        known = max((known_headers(row) for row in rows[:30]), default=0)
        score = count / len(rows) * 4 + known * 2 + min(width, 20) / 20
        if score > best_score:
            best, best_score = delimiter, score
    return best


def dialect(delimiter: str, quote: str) -> dict:
    """The arguments of csv.reader. Raises FileError `bad_delimiter`."""
    if len(delimiter) != 1 or delimiter in '\r\n"' or len(quote) > 1 or delimiter == quote:
        raise FileError("bad_delimiter", text=delimiter)
    if not quote:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None}
    return {"delimiter": delimiter, "quotechar": quote}


def read_lines(path: Path, options: FileOptions) -> Iterator[RawRow]:
    """Every row that is not blank, the header too. `options` must name encoding, delimiter and quote."""
    with path.open(encoding=options.encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, **dialect(options.delimiter or ",", options.quote or ""))
        limit = options.limits.max_columns
        last = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                start, last = last + 1, reader.line_num
                yield RawRow(start, [], Problem("reason.unclosed_quote", {"line": start, "last": last}))
                continue
            except UnicodeError:
                raise FileError("wrong_encoding", name=options.encoding) from None
            start, last = last + 1, reader.line_num
            if len(cells) > limit and any(cells[limit:]):
                raise FileError("too_many_columns", limit=limit, line=start)
            if start == 1 and len(cells) <= 2 and cells and cells[0].lower().startswith("sep="):
                continue
            if any(cells) and not all(cell.isspace() for cell in cells if cell):
                if last > start:
                    yield RawRow(start, cells, _span_fault(start, last, cells))
                else:
                    yield RawRow(start, cells)


def _span_fault(start: int, last: int, cells: Sequence[str]) -> Problem | None:
    """A cell over many lines that itself looks like rows was opened by a stray quotation mark."""
    if last - start > 50 and len(cells) < 3:
        return Problem("reason.unclosed_quote", {"line": start, "last": last})
    return None


def check_width(row: RawRow, width: int, delimiter: str) -> RawRow:
    """The row, with a fault where it has more cells than the header, or fewer as one swallowed lines."""
    cells, line = row.cells, row.line
    if row.fault is not None or len(cells) == width:
        return row
    if len(cells) < width:
        return _check_swallowed(row, width, delimiter)
    if any(isinstance(cell, str) and not cell.isspace() for cell in cells[width:] if cell):
        return RawRow(line, cells, Problem("reason.too_many_cells", {"found": len(cells), "expected": width}))
    return row


def _check_swallowed(row: RawRow, width: int, delimiter: str) -> RawRow:
    enough = max(2, (width - 1) // 2)
    for cell in row.cells:
        inner = cell.split("\n")[1:] if isinstance(cell, str) and "\n" in cell else []
        if any(text.count(delimiter) >= enough for text in inner):
            params = {"line": row.line, "last": row.line + sum(str(c).count("\n") for c in row.cells)}
            return RawRow(row.line, row.cells, Problem("reason.unclosed_quote", params))
    return row
