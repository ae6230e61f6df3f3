"""The block of totals, kept whole on one page."""

from dataclasses import dataclass

from finance_app.documents import wording
from finance_app.documents.data import Document
from finance_app.documents.layout import (
    BODY,
    DETAIL,
    DETAIL_LEADING,
    HAIRLINE,
    INK,
    LEADING,
    QUIET,
    TOTAL,
    Flow,
    Theme,
)
from finance_app.documents.text import Style, wrap

_ABOVE = 12
_GAP = 14
_ROW = {"plain": 5.0, "total": 9.0, "balance": 13.0}


@dataclass(frozen=True, slots=True)
class _Row:
    rank: str
    label: list[str]
    remark: list[str]
    value: str
    label_style: Style
    value_style: Style

    @property
    def height(self) -> float:
        leading = max(LEADING, self.value_style.size * 1.3)
        return leading * len(self.label) + DETAIL_LEADING * len(self.remark) + _ROW[self.rank]


class Totals:
    def __init__(self, flow: Flow, document: Document, theme: Theme) -> None:
        self.flow = flow
        frame = flow.frame
        styles = {"plain": (QUIET, BODY), "total": (TOTAL, TOTAL), "balance": (theme.balance, theme.balance)}
        self.left = min(frame.middle, frame.right - 190)
        width = frame.right - self.left
        self.rows: list[_Row] = []
        for row in wording.totals(document):
            label_style, value_style = styles[row.rank]
            room = max(60.0, width - value_style.width(row.value) - _GAP)
            label = wrap(row.label, label_style, room) or [""]
            remark = wrap(row.remark, DETAIL, width)
            self.rows.append(_Row(row.rank, label, remark, row.value, label_style, value_style))

    @property
    def height(self) -> float:
        return _ABOVE + sum(row.height for row in self.rows) + 4

    def draw(self) -> None:
        flow, canvas, right = self.flow, self.flow.canvas, self.flow.frame.right
        flow.y += _ABOVE
        for row in self.rows:
            if row.rank == "total":
                canvas.rule(self.left, right, flow.y + 1.5, INK, 0.7)
            if row.rank == "balance":
                canvas.rule(self.left, right, flow.y + 2.5, HAIRLINE, 0.6)
            y = flow.y + _ROW[row.rank] * (0.5 if row.rank == "plain" else 0.75)
            leading = max(LEADING, row.value_style.size * 1.3)
            with canvas.tag("P"):
                for n, line in enumerate(row.label):
                    canvas.text(self.left, y + row.value_style.size + n * leading, line, row.label_style)
                canvas.text(right, y + row.value_style.size, row.value, row.value_style, right=True)
                y += leading * len(row.label)
                for n, line in enumerate(row.remark):
                    canvas.text(self.left, y + DETAIL.size + n * DETAIL_LEADING, line, DETAIL)
            flow.y += row.height
        flow.y += 4
