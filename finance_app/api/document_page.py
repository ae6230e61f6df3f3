"""A document as an HTML page, worded as on its PDF: for the client's link and for the preview."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from finance_app.documents import wording
from finance_app.documents.data import Document, Kind, Line, LineKind, Mark
from finance_app.i18n import t
from finance_app.i18n.formats import day

PUBLIC_POLICY = (
    "default-src 'none'; style-src 'self' {nonce}; script-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self' {nonce}; font-src 'self'; img-src 'self'; form-action 'none'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
_TONES = {
    "paid": "green",
    "void": "struck",
    "draft": "gray",
    "overdue": "red",
    "partly": "amber",
    "open": "blue",
}
COPYABLE = ("iban", "bic", "reference")


@dataclass(frozen=True, slots=True)
class ShownLine:
    line: Line
    cells: wording.Cells | None
    discount: str


def words(
    document: Document, today: date, *, logo: str = "", base: str = "", seen: str = ""
) -> dict[str, Any]:
    """What the template shows. `logo` is the address of the image; `base` that of the link, if public."""
    locale = document.locale
    state = status_of(document, today)
    return {
        "locale": locale,
        "document": document,
        "title": wording.title(document),
        "number": wording.number_or_draft(document),
        "status": t(locale, f"delivery.page.status.{state}") if state else "",
        "tone": _TONES.get(state, "gray"),
        "headline": wording.headline(document),
        "due": _due(document, state),
        "party": wording.party(document),
        "meta": wording.meta(document),
        "columns": wording.columns(document),
        "lines": list(_lines(document)),
        "totals": wording.totals(document),
        "payment": _payment(document),
        "logo": logo,
        "base": base,
        "seen": seen,
        "is_section": lambda line: line.kind is LineKind.SECTION,
    }


def status_of(document: Document, today: date) -> str:
    """Where the document stands for its reader: draft, open, partly, overdue, paid, void; a note has none."""
    mark = wording.mark(document)
    if document.kind is Kind.ESTIMATE:
        return ""  # its page has words of its own
    if mark is not None:
        return mark.value
    if document.kind is not Kind.INVOICE:
        return ""
    if document.due_date and document.due_date < today:
        return "overdue"
    return "partly" if document.balance_minor < document.total_minor else "open"


def _due(document: Document, state: str) -> str:
    if (
        document.kind is not Kind.INVOICE
        or document.due_date is None
        or document.mark in (Mark.PAID, Mark.VOID)
    ):
        return ""
    when = day(document.due_date, document.locale, "long")
    return t(document.locale, f"delivery.page.due.{'late' if state == 'overdue' else 'on'}", date=when)


def _lines(document: Document) -> Iterator[ShownLine]:
    for line, cells in zip(document.lines, wording.cells(document), strict=True):
        yield ShownLine(line, cells, wording.discount_text(document, line))


def _payment(document: Document) -> list[tuple[str, str, str]]:
    """Bank details: label, value, and what a copy puts on the clipboard (nothing where it offers none)."""
    labels = {t(document.locale, f"document.bank.{name}") for name in COPYABLE}
    return [
        (pair.label, pair.value, pair.value.replace(" ", "") if pair.label in labels else "")
        for pair in wording.payment(document)
        if document.mark is not Mark.PAID
    ]
