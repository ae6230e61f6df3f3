"""The files that a list is written to: CSV, a workbook, a PDF."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from sqlmodel import Session

from finance_app.documents.table_pdf import Table, render_table
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery

NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
"""What a spreadsheet refuses in the name of a sheet."""
MEASURED = 200
"""Rows after which the columns of a sheet are as wide as they get."""
WIDEST = 60


@dataclass(frozen=True, slots=True)
class Word:
    """A text of the catalogue, which the reader's language decides; `params` fill it."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


Cell = str | int | Decimal | date | datetime | Word | None


@dataclass(frozen=True)
class Export:
    """`columns` are pairs of a text key and the value of a row; `find` is the very query of the page.

    `totals` gives the last rows of the PDF, one a currency, their first cell left empty for the word; the
    other files hold rows alone, to be added up where they are opened. `for_people` are the columns of the PDF
    where they are fewer.
    """

    permission: Permission
    title: str
    asks: ListAsks
    find: Callable[[Session, Actor, ListQuery], Found[Any]]
    columns: Sequence[tuple[str, Callable[[Any], Cell]]]
    totals: Callable[[Found[Any]], Sequence[Sequence[Cell]]] | None = None
    for_people: Sequence[tuple[str, Callable[[Any], Cell]]] = ()


def in_words(cell: Cell, locale: str) -> Cell:
    return t(locale, cell.key, **cell.params) if isinstance(cell, Word) else cell


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_csv(head: Sequence[str], rows: Sequence[Sequence[Cell]], locale: str) -> bytes:
    """UTF-8 with a mark for Excel; in French with semicolons and decimal commas, as Excel expects there."""
    french = locale == "fr"

    def text(cell: Cell) -> str:
        if cell is None:
            return ""
        if isinstance(cell, Decimal):
            plain = format(cell, "f")
            return plain.replace(".", ",") if french else plain
        if isinstance(cell, str):
            return harmless(cell)
        if isinstance(cell, datetime):
            return cell.replace(tzinfo=None).isoformat(" ", "minutes")
        return cell.isoformat() if isinstance(cell, date) else str(cell)

    file = io.StringIO()
    writer = csv.writer(file, delimiter=";" if french else ",", lineterminator="\r\n")
    writer.writerow([harmless(name) for name in head])
    writer.writerows([text(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _width(cell: Cell) -> int:
    if isinstance(cell, datetime):
        return len("2026-12-31 23:59:59")
    return 0 if cell is None else len(str(cell))


def as_xlsx(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook with true numbers and dates; texts are never formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(NO_SHEET_NAME.sub(" ", title)[:31].strip())
    sheet.freeze_panes = "A2"
    for place, name in enumerate(head):
        longest = max(_width(each) for each in [name, *(row[place] for row in rows[:MEASURED])])
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(longest, WIDEST) + 2

    def cell(value: Cell, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(
            sheet, value=value.replace(tzinfo=None) if isinstance(value, datetime) else value
        )
        if isinstance(value, str):
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(name, bold=True) for name in head])
    for row in rows:
        sheet.append([cell(value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_pdf(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    locale: str,
    *,
    company: str,
    context: str = "",
    totals: Sequence[Sequence[Cell]] = (),
    note: str = "",
) -> bytes:
    """A table in the reader's words; columns of numbers are set to the right."""
    numeric = [any(isinstance(row[place], Decimal | int) for row in rows) for place in range(len(head))]
    return render_table(
        Table(
            title=title,
            company=company,
            context=context,
            heads=head,
            numeric=numeric,
            rows=[[shown(cell, locale) for cell in row] for row in rows],
            totals=[[shown(cell, locale) for cell in row] for row in totals],
            note=note,
            locale=locale,
        ),
        datetime.now(UTC),
    )


def shown(cell: Cell, locale: str) -> str:
    """A cell as people read it: a Decimal with just the decimals that it has."""
    if cell is None:
        return ""
    if isinstance(cell, Word):
        return t(locale, cell.key, **cell.params)
    if isinstance(cell, Decimal):
        decimals = -cell.as_tuple().exponent  # type: ignore[operator]
        return formats.number(cell, locale, decimals=max(0, decimals)).replace("-", "\u2212")
    if isinstance(cell, datetime):
        return formats.moment(cell, locale)
    if isinstance(cell, date):
        return formats.day(cell, locale)
    return formats.number(cell, locale) if isinstance(cell, int) else cell
