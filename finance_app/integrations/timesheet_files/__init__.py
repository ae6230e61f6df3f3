"""Reading a time sheet file: what it looks like, its rows, its columns, and the time logs in it.

shape = sniff(path)                                  # raises FileError
options = replace(shape.options, date_format=DateFormat.DMY)
parser, keys = RowParser(shape.mapping, options), RowKeys()
for raw in read_rows(path, options):
    row = parser.parse(raw)                          # ParsedRow or BadRow
    key = keys.key(row) if isinstance(row, ParsedRow) else None
"""

from finance_app.integrations.timesheet_files.bad_rows import escape_formula, write_bad_rows
from finance_app.integrations.timesheet_files.content import Kind
from finance_app.integrations.timesheet_files.dates import DateFindings, DateFormat
from finance_app.integrations.timesheet_files.fields import TEXT_LIMITS, Field, Mapping
from finance_app.integrations.timesheet_files.keys import RowKeys, row_key
from finance_app.integrations.timesheet_files.mapping import (
    REQUIRED,
    check_mapping,
    fingerprint,
    guess_mapping,
    named_mapping,
)
from finance_app.integrations.timesheet_files.options import FileOptions, Limits
from finance_app.integrations.timesheet_files.parsing import RowParser, parse_row
from finance_app.integrations.timesheet_files.presets import PRESETS, Preset, find_preset
from finance_app.integrations.timesheet_files.problems import FileError, Problem
from finance_app.integrations.timesheet_files.rows import Approval, BadRow, CellFault, ParsedRow, RawRow
from finance_app.integrations.timesheet_files.sniffing import FileShape, read_rows, sniff

__all__ = [
    "PRESETS",
    "REQUIRED",
    "TEXT_LIMITS",
    "Approval",
    "BadRow",
    "CellFault",
    "DateFindings",
    "DateFormat",
    "Field",
    "FileError",
    "FileOptions",
    "FileShape",
    "Kind",
    "Limits",
    "Mapping",
    "ParsedRow",
    "Preset",
    "Problem",
    "RawRow",
    "RowKeys",
    "RowParser",
    "check_mapping",
    "escape_formula",
    "find_preset",
    "fingerprint",
    "guess_mapping",
    "named_mapping",
    "parse_row",
    "read_rows",
    "row_key",
    "sniff",
    "write_bad_rows",
]
