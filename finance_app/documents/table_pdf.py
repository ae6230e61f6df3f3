"""A list or a report as a PDF: title, what it was narrowed to, the table, and the page of so many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from finance_app.documents.canvas import Canvas
from finance_app.documents.data import Paper
from finance_app.documents.layout import (
    BODY,
    FINE,
    HAIRLINE,
    INK,
    LABEL,
    LEADING,
    PAPER,
    QUIET,
    STRONG,
    SUBTITLE,
    TITLE,
    Flow,
    Frame,
)
from finance_app.documents.pdf import Metadata, write
from finance_app.documents.text import Style, clipped, wrap
from finance_app.i18n import t

MARGIN = 40.0
GAP = 14.0
PAD = 4.0
UPRIGHT_COLUMNS = 6
LEAST_TEXT = 54.0
MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Table:
    """Every cell is a text, already in the reader's words. Each of `totals` has a cell a column."""

    title: str
    company: str
    context: str
    heads: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]] = ()
    note: str = ""
    locale: str = "en"
    paper: Paper = Paper.A4


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    width: float
    numeric: bool


def render_table(table: Table, made_at: datetime) -> bytes:
    """The PDF, on its side where it has many columns. Long texts are broken into up to four lines."""
    frame = _frame(table)
    canvas = Canvas(frame.width, frame.height)
    flow = Flow(canvas, frame, frame.top)
    columns = _columns(table, frame)
    _title(flow, table)
    _head(flow, table, columns, tagged=True)
    for row in table.rows:
        _row(flow, table, columns, row, BODY)
    for row in table.totals if table.rows else ():
        _row(flow, table, columns, row, STRONG)
    if not table.rows or table.note:
        flow.y += PAD
        flow.paragraph([table.note or t(table.locale, "common.list.nothing_found")], QUIET, LEADING)
    canvas.on_each_page(lambda page, pages: _foot(canvas, frame, table, page, pages))
    return write(
        [canvas],
        Metadata(
            title=table.title,
            author=table.company,
            subject=table.context,
            language=table.locale.replace("_", "-"),
            created=made_at,
        ),
    )


def _frame(table: Table) -> Frame:
    width, height = PAPER[table.paper]
    if len(table.heads) > UPRIGHT_COLUMNS:
        width, height = height, width
    return Frame(
        width=width,
        height=height,
        left=MARGIN,
        middle=width / 2,
        right=width - MARGIN,
        top=44,
        later_top=44,
        bottom=height - 52,
    )


def _columns(table: Table, frame: Frame) -> list[_Column]:
    """Figures take what they need; texts share the rest, none more than it needs."""
    needs = [
        max(
            LABEL.width(head),
            *(STRONG.width(row[place]) for row in (*table.rows, *table.totals)),
        )
        for place, head in enumerate(table.heads)
    ]
    room = frame.right - frame.left - GAP * (len(needs) - 1)
    texts = [place for place, numeric in enumerate(table.numeric) if not numeric]
    widths = list(needs)
    left = room - sum(need for place, need in enumerate(needs) if place not in texts)
    for place in sorted(texts, key=lambda place: needs[place]):
        remaining = sum(1 for other in texts if needs[other] >= needs[place])
        widths[place] = min(needs[place], max(LEAST_TEXT, left / max(1, remaining)))
        left -= widths[place]
    if sum(widths) > room:
        widths = [width * room / sum(widths) for width in widths]
    elif texts:
        widths[texts[0]] += room - sum(widths)
    columns, x = [], frame.left
    for width, numeric in zip(widths, table.numeric, strict=True):
        columns.append(_Column(x, width, numeric))
        x += width + GAP
    return columns


def _title(flow: Flow, table: Table) -> None:
    width = flow.frame.right - flow.frame.left
    flow.paragraph(clipped(wrap(table.title, TITLE, width), 2), TITLE, 31, role="H1")
    flow.y += 3
    flow.paragraph(wrap(table.company, SUBTITLE, width)[:1], SUBTITLE, 15)
    flow.paragraph(clipped(wrap(table.context, SUBTITLE, width), 3), SUBTITLE, 15)
    flow.y += 14


def _head(flow: Flow, table: Table, columns: Sequence[_Column], *, tagged: bool) -> None:
    canvas, frame = flow.canvas, flow.frame
    parts = [wrap(head, LABEL, column.width) for head, column in zip(table.heads, columns, strict=True)]
    height = max(len(lines) for lines in parts) * 9.5
    with canvas.tag("P" if tagged else None):
        for lines, column in zip(parts, columns, strict=True):
            _draw(canvas, lines, column, flow.y + height - len(lines) * 9.5, LABEL, 9.5)
    flow.y += height + 3
    canvas.rule(frame.left, frame.right, flow.y, INK, 0.7)


def _row(flow: Flow, table: Table, columns: Sequence[_Column], cells: Sequence[str], style: Style) -> None:
    canvas, frame = flow.canvas, flow.frame
    parts = [
        clipped(wrap(cell, style, column.width), MOST_LINES)
        for cell, column in zip(cells, columns, strict=True)
    ]
    height = max(1, *(len(lines) for lines in parts)) * LEADING + 2 * PAD
    if height > flow.room:
        flow.break_page()
        _head(flow, table, columns, tagged=False)
    with canvas.tag("P"):
        for lines, column in zip(parts, columns, strict=True):
            _draw(canvas, lines, column, flow.y + PAD, style, LEADING)
    flow.y += height
    canvas.rule(frame.left, frame.right, flow.y, HAIRLINE, 0.5)


def _draw(
    canvas: Canvas, lines: Sequence[str], column: _Column, top: float, style: Style, leading: float
) -> None:
    x = column.left + column.width if column.numeric else column.left
    for place, line in enumerate(lines):
        canvas.text(x, top + style.size + place * leading, line, style, right=column.numeric)


def _foot(canvas: Canvas, frame: Frame, table: Table, page: int, pages: int) -> None:
    base = frame.height - 30
    with canvas.tag(None):
        canvas.text(frame.left, base, f"{table.company} · {table.title}", FINE)
        text = t(table.locale, "document.page", page=page, pages=pages)
        canvas.text(frame.right, base, text, FINE, right=True)
