"""A document drawn as a PDF: invoice, credit note, estimate or sales order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from finance_app.documents import invoice_closing, invoice_header, wording
from finance_app.documents.canvas import Canvas, FontUse
from finance_app.documents.data import Document
from finance_app.documents.invoice_table import Table
from finance_app.documents.invoice_totals import Totals
from finance_app.documents.layout import Flow, Frame, Theme
from finance_app.documents.pdf import Metadata, write

_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


def render_pdf(document: Document) -> bytes:
    """The PDF of `document`; the same document always gives the same bytes. Safe in worker threads.

    Raises LogoError for a logo that cannot be drawn and ValueError for an accent that is not `#RRGGBB`.
    """
    return write([_draw(document, {})], _metadata(document))


def render_pdfs(documents: Sequence[Document], title: str) -> bytes:
    """At least one document, one after the other in a single PDF; each keeps its own page numbers."""
    fonts: dict[str, FontUse] = {}
    canvases = [_draw(document, fonts) for document in documents]
    return write(canvases, replace(_metadata(documents[0]), title=title, subject=""))


def _draw(document: Document, fonts: dict[str, FontUse]) -> Canvas:
    theme = Theme.of(document.company.accent)
    legal = invoice_header.footer_lines(document, Frame.of(document.paper, 1).right - 54)
    frame = Frame.of(document.paper, len(legal))
    canvas = Canvas(frame.width, frame.height, fonts)
    flow = Flow(canvas, frame, frame.top)

    invoice_header.draw(flow, document, theme)
    totals = Totals(flow, document, theme)
    Table(flow, document).draw(totals.height)
    totals_top = flow.y
    totals.draw()
    invoice_closing.draw(flow, document, totals_top)

    canvas.on_each_page(lambda *_: invoice_header.running_head(canvas, frame, document), first=2)
    canvas.on_each_page(
        lambda page, pages: invoice_header.footer(canvas, frame, document, legal, page, pages)
    )
    return canvas


def _metadata(document: Document) -> Metadata:
    issued = document.issue_date
    return Metadata(
        title=wording.full_title(document),
        author=document.company.name,
        subject=document.title or document.client.name,
        language=document.locale.replace("_", "-"),
        created=datetime.combine(issued, time(), UTC) if issued else _UNDATED,
    )
