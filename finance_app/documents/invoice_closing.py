"""What follows the totals: how to pay, notes, and the mentions that the law wants."""

from collections.abc import Iterable

from finance_app.documents import wording
from finance_app.documents.data import Document, Reference
from finance_app.documents.layout import BODY, FINE, FINE_LEADING, LABEL, LEADING, QUIET, Flow
from finance_app.documents.text import wrap
from finance_app.i18n import t

_ABOVE = 30
_HEADING = 17
_BANK_LABEL = 76
_BESIDE = 16
_BETWEEN = 13
_MEASURE = 410
_KEPT_LINES = 14


def draw(flow: Flow, document: Document, totals_top: float) -> None:
    """Payment and notes at the left of the totals where they fit, else below them; mentions at the foot.

    `totals_top` is where the totals of this page began; the flow stands below them.
    """
    frame = flow.frame
    column = frame.middle - frame.left - 32
    blocks = _blocks(document, column)
    height = sum(_HEADING + len(lines) * LEADING for _, lines in blocks) + _BETWEEN * (len(blocks) - 1)
    below = flow.y
    if blocks and totals_top + _BESIDE + height <= frame.bottom:
        top = totals_top + _BESIDE
        for key, lines in blocks:
            _block(flow, document, key, lines, top)
            top = flow.y + _BETWEEN
        flow.y = max(flow.y, below)
    else:
        for key, lines in _blocks(document, min(frame.right - frame.left, _MEASURE)):
            flow.need(_ABOVE + _HEADING + min(_KEPT_LINES, len(lines)) * LEADING)
            _block(flow, document, key, lines, flow.y + _ABOVE)
    _mentions(flow, document)


def _blocks(document: Document, width: float) -> list[tuple[str, list[tuple[str, str]]]]:
    notes = [("", line) for line in wrap(document.notes, BODY, width)]
    conditions = [("", line) for line in wrap(document.conditions, BODY, width)]
    both = (
        ("payment", _payment_lines(document, width)),
        ("notes", notes),
        ("conditions", conditions),
        ("certificate", _pairs(document.certificate, width)),
    )
    return [(key, lines) for key, lines in both if lines]


def _pairs(pairs: Iterable[wording.Pair | Reference], width: float) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for pair in pairs:
        values = wrap(pair.value, BODY, width - _BANK_LABEL)
        labels = [pair.label] + [""] * (len(values) - 1)
        lines += zip(labels, values, strict=False)
    return lines


def _payment_lines(document: Document, width: float) -> list[tuple[str, str]]:
    """Lines of (label, text): the bank details, an empty line, the instructions."""
    lines = _pairs(wording.payment(document), width)
    instructions = wrap(document.payment_instructions, BODY, width)
    if lines and instructions:
        lines.append(("", ""))
    return lines + [("\0", line) for line in instructions]


def _block(flow: Flow, document: Document, key: str, lines: list[tuple[str, str]], top: float) -> None:
    canvas, x = flow.canvas, flow.frame.left
    with canvas.tag("P"):
        canvas.text(x, top + LABEL.size, t(document.locale, f"document.block.{key}"), LABEL)
    flow.y = top + _HEADING
    indent = _BANK_LABEL if any(label.strip("\0") for label, _ in lines) else 0
    for label, line in lines:
        flow.need(LEADING)
        base = flow.y + BODY.size
        with canvas.tag("P"):
            canvas.text(x, base, label.strip("\0"), QUIET)
            canvas.text(x if label == "\0" else x + indent, base, line, BODY)
        flow.y += LEADING if label or line else LEADING / 2


def _mentions(flow: Flow, document: Document) -> None:
    """At the foot of the last page where they fit."""
    frame = flow.frame
    lines = wrap("\n".join(document.legal_mentions), FINE, frame.right - frame.left)
    if not lines:
        return
    height = len(lines) * FINE_LEADING
    if height + 12 > flow.room and height <= flow.page_room:
        flow.break_page()
    flow.y = max(flow.y + 12, frame.bottom - height)
    flow.paragraph(lines, FINE, FINE_LEADING)
