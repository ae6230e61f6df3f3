"""The head of the first page, and what repeats on the pages after it."""

from finance_app.documents import wording
from finance_app.documents.canvas import Canvas, Picture
from finance_app.documents.data import Company, Document, Mark
from finance_app.documents.layout import (
    BODY,
    FINE,
    FINE_LEADING,
    HAIRLINE,
    IMPRINT,
    IMPRINT_LEADING,
    IMPRINT_NAME,
    LABEL,
    LEADING,
    MARK,
    NAME,
    PAID,
    QUIET,
    STRONG,
    SUBTITLE,
    TITLE,
    WORDMARK,
    Flow,
    Frame,
    Theme,
)
from finance_app.documents.logo import prepare
from finance_app.documents.text import Style, clipped, one_line, wrap

_MAX_ADDRESS_LINES = 14
_MAX_IMPRINT_LINES = 16
_MAX_META_LINES = 4
_META_LABEL = 84


def draw(flow: Flow, document: Document, theme: Theme) -> None:
    """Everything above the table."""
    _letterhead(flow, document.company)
    _title(flow, document, theme)
    _parties(flow, document)


def running_head(canvas: Canvas, frame: Frame, document: Document) -> None:
    """The line at the top of a later page: which document this is, and whose."""
    y = frame.top + 6
    with canvas.tag(None):
        head = one_line(wording.full_title(document), STRONG, frame.middle - frame.left - 80)
        canvas.text(frame.left, y, head, STRONG)
        shown = wording.mark_text(document) if document.number else ""
        if shown:
            style = Style(QUIET.cut, QUIET.size, _mark_colour(document))
            canvas.text(frame.left + STRONG.width(head) + 7, y, shown, style)
        name = one_line(document.company.name, QUIET, frame.right - frame.middle)
        canvas.text(frame.right, y, name, QUIET, right=True)


def footer_lines(document: Document, width: float) -> list[str]:
    return clipped(wrap("\n".join(document.company.legal), FINE, width - 90), 5)


def footer(canvas: Canvas, frame: Frame, document: Document, lines: list[str], page: int, pages: int) -> None:
    y = frame.height - 36 - FINE_LEADING * (len(lines) - 1)
    with canvas.tag(None):
        for n, line in enumerate(lines):
            canvas.text(frame.left, y + n * FINE_LEADING, line, FINE)
        last = frame.height - 36
        canvas.text(frame.right, last, wording.page_of(document, page, pages), FINE, right=True)


def _letterhead(flow: Flow, company: Company) -> None:
    canvas, frame, top = flow.canvas, flow.frame, flow.y
    if company.logo:
        logo = prepare(company.logo)
        with canvas.tag("Figure", alt=company.name):
            canvas.picture(Picture(logo.image, frame.left, top - 3, logo.width, logo.height))
        left_end = top - 3 + logo.height
    else:
        left_end = _lines(
            flow, wrap(company.name, WORDMARK, frame.middle - frame.left - 24), WORDMARK, 20, most=3
        )

    x, width, y = frame.middle, frame.right - frame.middle, top + 1
    texts = [(text, IMPRINT_NAME) for text in [company.name] if company.logo]
    texts += [(text, IMPRINT) for text in company.address]
    texts += [(f"{tax.label} {tax.value}", IMPRINT) for tax in company.tax_ids]
    texts += [(text, IMPRINT) for text in (company.email, company.phone, company.website)]
    lines = [(line, style) for text, style in texts for line in wrap(text, style, width)]
    with canvas.tag("P"):
        for line, style in lines[:_MAX_IMPRINT_LINES]:
            canvas.text(x, y + style.size, line, style)
            if line == company.email:
                canvas.link(x, y + style.size, line, style, f"mailto:{line}")
            y += IMPRINT_LEADING
    flow.y = max(left_end, y) + 28


def _title(flow: Flow, document: Document, theme: Theme) -> None:
    canvas, frame = flow.canvas, flow.frame
    base = flow.y + TITLE.size
    headline = wording.headline(document)
    with canvas.tag("H1"):
        text = wording.title(document)
        canvas.text(frame.left, base, text, TITLE)
        if shown := wording.mark_text(document):
            mark = Style(MARK.cut, MARK.size, _mark_colour(document), MARK.tracking)
            canvas.text(frame.left + TITLE.width(text) + 9, base, shown, mark)
    y = base + 20
    left_width = frame.middle - frame.left - 24
    if document.number:
        for line in clipped(wrap(document.number, theme.number, left_width), 3):
            with canvas.tag("P"):
                canvas.text(frame.left, y, line, theme.number)
            y += 15
    for line in clipped(wrap(document.title, SUBTITLE, left_width), 4):
        with canvas.tag("P"):
            canvas.text(frame.left, y, line, SUBTITLE)
        y += 15
    room = frame.right - frame.middle
    style = theme.headline
    if style.width(headline.value) > room:
        style = Style(
            style.cut, style.size * room / style.width(headline.value), style.colour, style.tracking
        )
    with canvas.tag("P"):
        canvas.text(frame.middle, base, headline.value, style)
        canvas.text(frame.middle, base + 20, headline.label, QUIET)
    flow.y = max(y, base + 32) + 3


def _parties(flow: Flow, document: Document) -> None:
    canvas, frame = flow.canvas, flow.frame
    canvas.rule(frame.left, frame.right, flow.y, HAIRLINE, 0.6)
    top = flow.y + 16
    flow.y = top
    client = document.client
    with canvas.tag("P"):
        canvas.text(frame.left, top + LABEL.size, wording.party(document), LABEL)
    flow.y = top + 17
    width = frame.middle - frame.left - 28
    y = _lines(flow, wrap(client.name, NAME, width), NAME, 13.5, most=4)
    flow.y = y + 1
    details = [client.contact, *client.address, *(f"{tax.label} {tax.value}" for tax in client.tax_ids)]
    wrapped = [line for detail in details for line in wrap(detail, BODY, width)]
    end = _lines(flow, wrapped, BODY, LEADING, most=_MAX_ADDRESS_LINES)

    flow.y = top
    page = canvas.page
    x, value_x = frame.middle, frame.middle + _META_LABEL
    for pair in wording.meta(document):
        label = wrap(pair.label, QUIET, _META_LABEL - 8)
        lines = clipped(wrap(pair.value, BODY, frame.right - value_x), _MAX_META_LINES)
        height = max(len(label), len(lines)) * LEADING
        flow.need(height)
        with canvas.tag("P"):
            for n, line in enumerate(label):
                canvas.text(x, flow.y + QUIET.size + n * LEADING, line, QUIET)
            for n, line in enumerate(lines):
                canvas.text(value_x, flow.y + BODY.size + n * LEADING, line, BODY)
        flow.y += height + 3
    if canvas.page is page:
        flow.y = max(flow.y, end)
    flow.y += 24


def _lines(flow: Flow, lines: list[str], style: Style, leading: float, *, most: int) -> float:
    """Draws one paragraph of at most `most` lines at the left axis and gives its end."""
    y = flow.y
    if lines:
        with flow.canvas.tag("P"):
            for line in clipped(lines, most):
                flow.canvas.text(flow.frame.left, y + style.size, line, style)
                y += leading
    return y


def _mark_colour(document: Document) -> str:
    return PAID if wording.mark(document) in (Mark.PAID, Mark.ACCEPTED) else MARK.colour
