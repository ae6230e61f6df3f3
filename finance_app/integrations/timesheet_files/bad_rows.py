"""The file of refused rows: the original columns, line number and reasons, to correct and import again."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from finance_app.i18n import t
from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.parsing import cell_text
from finance_app.integrations.timesheet_files.rows import BadRow
from finance_app.integrations.timesheet_files.sniffing import sniff

_HARMLESS = re.compile(r"[+-]?[0-9][0-9.,:\s]*")


def escape_formula(text: str) -> str:
    """Text that no spreadsheet runs: `=1+1` gets an apostrophe before it; a plain number stays."""
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def write_bad_rows(
    path_in: Path | str,
    bad: Iterable[BadRow],
    out: BinaryIO,
    *,
    locale: str,
    options: FileOptions | None = None,
) -> int:
    """Writes a CSV in UTF-8 with byte order mark and the delimiter of the original; returns the rows written.

    A workbook has no delimiter: its rows are separated as the reader's Excel expects.
    """
    shape = sniff(path_in, options)
    width = len(shape.headers)
    delimiter = shape.options.delimiter or (";" if locale.startswith("fr") else ",")
    text = io.TextIOWrapper(out, encoding="utf-8-sig", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, delimiter=delimiter)
    extra = (t(locale, "timesheet_file.bad_rows.line"), t(locale, "timesheet_file.bad_rows.reason"))
    writer.writerow([*map(escape_formula, shape.headers), *extra])
    count = 0
    for row in bad:
        cells = [escape_formula(cell_text(cell)) for cell in row.raw.cells[:width]]
        cells.extend("" for _ in range(width - len(cells)))
        reasons = " ".join(reason.text(locale) for reason in row.reasons)
        writer.writerow([*cells, row.line, escape_formula(reasons)])
        count += 1
    text.flush()
    text.detach()
    return count
