"""XLSX: sheets and rows, streamed, with document types and entities refused and every size bounded."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError, iterparse

from defusedxml import DefusedXmlException, DTDForbidden
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser

from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.problems import FileError
from finance_app.integrations.timesheet_files.rows import Cell, CellFault, RawRow

MAX_ROW = 1_048_576

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
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
_DOCTYPES = tuple("<!DOCTYPE".encode(name) for name in ("ascii", "utf-16-le", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']*)""")
_READABLE = frozenset({b"utf-8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1"})
_OVERLAP = 20


class _Guarded:
    """A part of the archive for the fast XML parser, which obeys document types: one raises DTDForbidden.

    Looking for it in the bytes is safe only in encodings where it has a known spelling; others are refused.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._tail: bytes | None = None

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        if self._tail is None:
            declared = _DECLARED.search(chunk[:400])
            plain = chunk.lstrip()[:1] == b"<" or chunk[:2] in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb")
            if not plain or (declared and declared[1].lower() not in _READABLE):
                raise DTDForbidden("encoding", None, None)
        seen = (self._tail or b"") + chunk
        if any(mark in seen for mark in _DOCTYPES):
            raise DTDForbidden("doctype", None, None)
        self._tail = seen[-_OVERLAP:]
        return chunk


class _Parser(WorkSheetParser):
    """The cells of a sheet with the values saved for them; a formula without one is a CellFault."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell = super().parse_cell(element)
        if cell["value"] is None or cell["data_type"] == "e":
            formula = element.find(FORMULA_TAG)
            calculated = element.findtext(VALUE_TAG) or cell["data_type"] in ("s", "str")
            if formula is not None and not calculated:
                cell["value"] = CellFault(f"={(formula.text or '')[:60]}", is_formula=True)
            elif cell["data_type"] == "e" and cell["value"] is not None:
                cell["value"] = CellFault(str(cell["value"]), is_formula=False)
        return cell

    def rows(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Row number and cells of each row, forgetting what was read."""
        data = None
        for event, element in iterparse(self.source, events=("start", "end")):  # noqa: S314
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


@dataclass(frozen=True, slots=True)
class _Book:
    archive: zipfile.ZipFile
    strings: list[str]
    styles: Any
    sheets: dict[str, str]
    visible: tuple[str, ...]


@contextmanager
def _open(path: Path) -> Iterator[_Book]:
    """The workbook's structure, read by openpyxl with defusedxml; theme, links and drawings are left out."""
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
                reader.read_manifest()
                reader.read_strings()
                reader.read_workbook()
                apply_stylesheet(reader.archive, reader.wb)
                found = [
                    (sheet.name, relation.target, sheet.state)
                    for sheet, relation in reader.parser.find_sheets()
                    if relation.target in reader.valid_files and "chartsheet" not in relation.Type
                ]
        except _DAMAGE as error:
            raise FileError("damaged_workbook") from error
        sheets = {name: target for name, target, _ in found}
        visible = tuple(name for name, _, state in found if state == "visible")
        yield _Book(reader.archive, reader.shared_strings, reader.wb, sheets, visible or tuple(sheets))


def read_structure(path: Path) -> tuple[tuple[str, ...], bool]:
    """The names of the visible sheets, and whether dates count from 1904. Raises FileError."""
    with _open(path) as book:
        if not book.visible:
            raise FileError("empty")
        return book.visible, book.styles.epoch == CALENDAR_MAC_1904


def read_sheet(path: Path, options: FileOptions) -> Iterator[RawRow]:
    """Every row of the sheet `options.sheet` that is not blank, the header too, with its row number."""
    with _open(path) as book:
        target = book.sheets.get(options.sheet or "")
        if target is None:
            raise FileError("unknown_sheet", name=options.sheet, sheets=", ".join(book.visible))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield from _rows(book, target, options.limits.max_columns)
        except _DAMAGE as error:
            raise FileError("damaged_workbook") from error


def _rows(book: _Book, target: str, limit: int) -> Iterator[RawRow]:
    with book.archive.open(target) as source:
        parser = _Parser(
            _Guarded(source),
            book.strings,
            data_only=True,
            epoch=book.styles.epoch,
            date_formats=book.styles._date_formats,
            timedelta_formats=book.styles._timedelta_formats,
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
