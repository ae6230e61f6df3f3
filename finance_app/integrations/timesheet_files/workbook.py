"""XLSX: sheets and rows, streamed, with XML entities forbidden and every size bounded."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser

from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.problems import FileError
from finance_app.integrations.timesheet_files.rows import Cell, CellFault, RawRow

MAX_ROW = 1_048_576

_DAMAGE = (
    zipfile.BadZipFile,
    ParseError,
    DefusedXmlException,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
)


class _Parser(WorkSheetParser):
    """The cells of a sheet with the values saved for them; a formula without one is a CellFault."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell = super().parse_cell(element)
        formula = element.find(FORMULA_TAG)
        if formula is not None and not element.findtext(VALUE_TAG) and cell["data_type"] not in ("s", "str"):
            cell["value"] = CellFault(f"={(formula.text or '')[:60]}", is_formula=True)
        elif cell["data_type"] == "e":
            cell["value"] = CellFault(str(cell["value"]), is_formula=False)
        return cell

    def rows(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Row number and cells of each row, forgetting what was read."""
        data = None
        for event, element in iterparse(self.source, events=("start", "end")):
            if event == "start":
                if element.tag == DATA_TAG:
                    data = element
            elif element.tag == ROW_TAG:
                yield self.parse_row(element)
                self.row_dimensions.clear()
                if data is not None:
                    data.clear()
            elif element.tag == DATA_TAG:
                return


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except _DAMAGE as error:
            raise FileError("damaged_workbook") from error
        try:
            yield book
        finally:
            book.close()


def _worksheets(book: Any) -> list[ReadOnlyWorksheet]:
    return [sheet for sheet in book._sheets if isinstance(sheet, ReadOnlyWorksheet)]


def read_structure(path: Path) -> tuple[tuple[str, ...], bool]:
    """The names of the visible sheets, and whether dates count from 1904. Raises FileError."""
    with _open(path) as book:
        visible = [sheet.title for sheet in _worksheets(book) if sheet.sheet_state == "visible"]
        names = visible or [sheet.title for sheet in _worksheets(book)]
        if not names:
            raise FileError("empty")
        return tuple(names), book.epoch == CALENDAR_MAC_1904


def read_sheet(path: Path, options: FileOptions) -> Iterator[RawRow]:
    """Every row of the sheet `options.sheet` that is not blank, the header too, with its row number."""
    with _open(path) as book:
        sheet = next((found for found in _worksheets(book) if found.title == options.sheet), None)
        if sheet is None:
            raise FileError("unknown_sheet", name=options.sheet, sheets=", ".join(book.sheetnames))
        limit = options.limits.max_columns
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield from _rows(sheet, book, limit)
        except _DAMAGE as error:
            raise FileError("damaged_workbook") from error


def _rows(sheet: Any, book: Any, limit: int) -> Iterator[RawRow]:
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, found in parser.rows():
            if not 1 <= number <= MAX_ROW:
                raise FileError("damaged_workbook")
            cells: list[Cell] = []
            for cell in found:
                value = cell["value"]
                if value is None or value == "":
                    continue
                column = cell["column"]
                if column > limit:
                    raise FileError("too_many_columns", limit=limit, line=number)
                if column > len(cells):
                    cells.extend([None] * (column - len(cells)))
                cells[column - 1] = value
            if any(not isinstance(value, str) or not value.isspace() for value in cells if value is not None):
                yield RawRow(number, cells)
