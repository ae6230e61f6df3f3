"""The table of lines: measured first, then laid over the pages with carried totals."""

from collections.abc import Sequence
from dataclasses import dataclass

from finance_app.documents import wording
from finance_app.documents.data import Document, LineKind
from finance_app.documents.layout import (
    BODY,
    DETAIL,
    DETAIL_LEADING,
    HAIRLINE,
    INK,
    LABEL,
    LEADING,
    QUIET,
    STRONG,
    Flow,
)
from finance_app.documents.text import Style, wrap
from finance_app.i18n import t

_GAP = 15
_PAD = 6
_HEAD = 19
_CARRY = 21
_MIN_DESCRIPTION = 150
_KEPT_TOGETHER = 92
_LEAST_PART = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: where it ends, and its heading."""

    right: float
    heading: str


@dataclass(slots=True)
class Row:
    """One line, measured. `cells` stand on the baseline of its first text; `lines` are (style, text)."""

    lines: list[tuple[Style, str]]
    cells: tuple[str, ...]
    amount_minor: int
    position: str = ""
    heading: bool = False

    @property
    def height(self) -> float:
        return 2 * _PAD + (6 if self.heading else 0) + _text_height(self.lines)


def _leading(style: Style) -> float:
    return DETAIL_LEADING if style is DETAIL else LEADING


def _text_height(lines: Sequence[tuple[Style, str]]) -> float:
    return sum([_leading(style) for style, _ in lines])


class Table:
    """The lines of a document on a flow. `draw` ends below the last line, with `tail` still on the page."""

    def __init__(self, flow: Flow, document: Document) -> None:
        self.flow, self.document = flow, document
        self.carried = 0
        self._measure_columns()
        self.rows = self._measure_rows()

    def draw(self, tail: float) -> None:
        """Draws all lines; the last stays on one page with `tail` points of totals below it."""
        flow = self.flow
        flow.need(_HEAD + 3 * _CARRY + (self.rows[0].height if self.rows else tail))
        self._head()
        if not self.rows:
            with flow.canvas.tag("P"):
                text = t(self.document.locale, "document.no_lines")
                flow.canvas.text(self.text_left, flow.y + _PAD + QUIET.size, text, QUIET)
            flow.y += 2 * _PAD + LEADING
        for n, row in enumerate(self.rows):
            last = n == len(self.rows) - 1
            following = 0 if last else self.rows[n + 1].height
            self._place(row, tail if last else 0, following if row.heading else 0, last=last)
        if tail > flow.room:
            flow.break_page()

    def _place(self, row: Row, tail: float, following: float, *, last: bool) -> None:
        flow = self.flow
        reserve = tail if last else _CARRY + min(following, _KEPT_TOGETHER)
        if row.height + reserve <= flow.room:
            self._row(row)
            return
        full = flow.page_room - _HEAD - _CARRY
        if row.height <= (full - tail if last else _KEPT_TOGETHER):
            self._next_page()
            if row.height + reserve <= flow.room:
                self._row(row)
                return
        self._split(row, tail)

    def _split(self, row: Row, tail: float) -> None:
        """Lays a long line over as many pages as it takes, at least two lines of text on each."""
        flow = self.flow
        rest = row
        while rest.height + (tail or _CARRY) > flow.room:
            room = flow.room - _CARRY - 2 * _PAD
            count = 0
            while count < len(rest.lines) and _text_height(rest.lines[: count + 1]) <= room:
                count += 1
            count = min(count, len(rest.lines) - _LEAST_PART)
            if count < _LEAST_PART:
                if flow.y <= flow.frame.later_top + _HEAD + _CARRY:
                    break
                self._next_page()
                continue
            self._row(Row(rest.lines[:count], rest.cells, rest.amount_minor, rest.position), open_below=True)
            self._next_page()
            rest = Row(rest.lines[count:], (), 0)
        self._row(rest)

    def _next_page(self) -> None:
        self._carry("forward")
        self.flow.break_page()
        self._head()
        self._carry("brought")

    def _measure_columns(self) -> None:
        document, frame = self.document, self.flow.frame
        self._cells = wording.cells(document)
        heads = wording.columns(document)
        self.columns: list[Column] = []
        self._shown: list[str] = []
        right = frame.right
        for field in ("amount", "tax", "unit_price", "quantity"):
            texts = {getattr(cell, field) for cell in self._cells if cell} - {""}
            if not texts and field != "amount":
                continue
            heading = getattr(heads, field)
            width = max([LABEL.width(heading), *(BODY.width(text) for text in texts)])
            self.columns.insert(0, Column(right, heading))
            self._shown.insert(0, field)
            right -= width + _GAP
        position = max((BODY.width(line.position) for line in document.lines), default=0)
        self.text_left = frame.left + (position + 9 if position else 0)
        self.text_width = max(_MIN_DESCRIPTION, right - self.text_left - 6)

    def _measure_rows(self) -> list[Row]:
        document, rows = self.document, []
        for line, cells in zip(document.lines, self._cells, strict=True):
            if line.kind is LineKind.SECTION:
                names = [(STRONG, text) for text in wrap(line.name, STRONG, self.text_width)]
                row = Row(names, (), 0, line.position, heading=True)
            else:
                style = BODY if cells else QUIET
                names = [(style, text) for text in wrap(line.name, style, self.text_width)]
                shown = tuple(getattr(cells, field) for field in self._shown) if cells else ()
                carried = line.amount_minor if cells and line.counted else 0
                row = Row(names, shown, carried, line.position)
                row.lines += [(DETAIL, text) for text in wrap(line.note, DETAIL, self.text_width)]
                row.lines += [
                    (DETAIL, text)
                    for text in wrap(wording.discount_text(document, line), DETAIL, self.text_width)
                ]
            row.lines += [(DETAIL, text) for text in wrap(line.description, DETAIL, self.text_width)]
            row.lines = row.lines or [(BODY, "")]
            rows.append(row)
        return rows

    def _head(self) -> None:
        flow, canvas, frame = self.flow, self.flow.canvas, self.flow.frame
        first = len(canvas.pages) == 1 or not self.carried
        base = flow.y + LABEL.size
        with canvas.tag("P" if first else None):
            heading = t(self.document.locale, "document.column.description")
            canvas.text(self.text_left, base, heading, LABEL)
            for column in self.columns:
                canvas.text(column.right, base, column.heading, LABEL, right=True)
        canvas.rule(frame.left, frame.right, flow.y + 14, INK, 0.7)
        flow.y += _HEAD - 5

    def _carry(self, which: str) -> None:
        flow, canvas, frame = self.flow, self.flow.canvas, self.flow.frame
        base = flow.y + _PAD + STRONG.size - 1
        with canvas.tag(None):
            canvas.text(self.text_left, base, t(self.document.locale, f"document.carry.{which}"), QUIET)
            carried = wording.plain_amount(self.document, self.carried)
            canvas.text(frame.right, base, carried, STRONG, right=True)
        flow.y += _CARRY
        if which == "brought":
            canvas.rule(frame.left, frame.right, flow.y, HAIRLINE, 0.5)

    def _row(self, row: Row, *, open_below: bool = False) -> None:
        flow, canvas, frame = self.flow, self.flow.canvas, self.flow.frame
        y = flow.y + _PAD + (6 if row.heading else 0)
        with canvas.tag("P"):
            canvas.text(frame.left, y + BODY.size, row.position, QUIET)
            base = y + BODY.size
            for style, text in row.lines:
                canvas.text(self.text_left, y + style.size, text, style)
                y += _leading(style)
            for column, cell in zip(self.columns, row.cells, strict=False):
                canvas.text(column.right, base, cell, BODY, right=True)
        self.carried += row.amount_minor
        flow.y = y + _PAD
        if not open_below:
            canvas.rule(frame.left, frame.right, flow.y, HAIRLINE, 0.5)
