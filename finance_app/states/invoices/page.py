"""One invoice: what it says, what happened to it, and what can be done with it."""

from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.domain.time import amount_of
from finance_app.i18n import formats, t
from finance_app.models import InvoiceLine
from finance_app.models.document import DocumentColumns
from finance_app.services.delivery import links as public_links
from finance_app.services.expenses import receipts
from finance_app.services.invoicing import drafts, issuing, voiding
from finance_app.services.invoicing.reading import InvoiceView, view
from finance_app.states.documents.delivery import DeliveryPanel
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.invoices.changes import InvoiceEvent, invoice_events
from finance_app.states.invoices.listing import due_note
from finance_app.states.live import Watcher
from finance_app.states.payments.panel import PaymentPanel
from finance_app.states.session import Session, joined


@dataclass(frozen=True)
class LineRow:
    id: int
    position: int
    name: str
    description: str
    quantity: str
    unit: str
    price: str
    discount: str
    taxes: str
    amount: str
    tracked: str
    time_href: str


@dataclass(frozen=True)
class TotalRow:
    label: str
    amount: str
    strong: bool = False


def line_row(line: InvoiceLine, currency: str, locale: str) -> LineRow:
    return LineRow(
        id=line.id or 0,
        position=line.position,
        name=line.name,
        description=line.description,
        quantity=formats.quantity(line.quantity, locale),
        unit=unit_text(line.unit, locale),
        price=formats.number(line.unit_price, locale, min_decimals=2),
        discount=discount_text(line, locale),
        taxes=", ".join(tax["name"] for tax in line.taxes),
        amount=formats.money(line.amount_minor, currency, locale),
        tracked=tracked_text(line, currency, locale),
        time_href=f"/time?project={line.project_id}&billing=billed" if line.tracked_seconds else "",
    )


def tracked_text(line: InvoiceLine, currency: str, locale: str) -> str:
    """Tracked and billed hours of a line of time side by side, and what the difference is worth."""
    tracked, billed = line.tracked_seconds, line.billed_seconds
    if tracked is None or billed is None:
        return ""
    if tracked == billed:
        return t(locale, "invoice.tracked", hours=formats.hours(tracked, locale))
    worth = amount_of(abs(tracked - billed), line.unit_price, currency)
    return t(
        locale,
        "invoice.written_down" if tracked > billed else "invoice.written_up",
        tracked=formats.hours(tracked, locale),
        billed=formats.hours(billed, locale),
        hours=formats.hours(abs(tracked - billed), locale),
        amount=formats.money(worth, currency, locale),
    )


def unit_text(unit: str, locale: str) -> str:
    return t(locale, f"invoice.unit.{unit}") if unit in UNITS else unit


UNITS = ("hour", "day", "piece")


def discount_text(holder: Any, locale: str) -> str:
    if holder.discount_kind is None or holder.discount_value is None:
        return ""
    if holder.discount_kind == "percent":
        return formats.percent(holder.discount_value, locale)
    return formats.number(holder.discount_value, locale, min_decimals=2)


def total_rows(found: InvoiceView, locale: str) -> list[TotalRow]:
    """The figures of an invoice with what is settled of it."""
    rows = figure_rows(found.invoice, locale)
    if found.settled_minor:
        currency = found.invoice.currency
        rows += [
            total_row("settled", -found.settled_minor, currency, locale),
            total_row("balance", found.balance_minor, currency, locale, strong=True),
        ]
    return rows


def total_row(
    key: str, minor: int, currency: str, locale: str, /, *, strong: bool = False, **params: str
) -> TotalRow:
    return TotalRow(
        t(locale, f"invoice.totals.{key}", **params), formats.money(minor, currency, locale), strong
    )


def figure_rows(invoice: DocumentColumns, locale: str) -> list[TotalRow]:
    """The engine's figures in the order of a document, without those that say nothing."""
    currency, figures = invoice.currency, invoice.totals

    def row(name: str, minor: int, /, *, strong: bool = False, **params: str) -> TotalRow:
        return total_row(name, minor, currency, locale, strong=strong, **params)

    rows = [row("subtotal", invoice.subtotal_minor)]
    if figures.get("discount_minor"):
        rows.append(row("discount", -figures["discount_minor"]))
    rows += [
        row("surcharge", each["amount_minor"], name=each["name"]) for each in figures.get("surcharges", ())
    ]
    if len(rows) > 1:
        rows.append(row("net", invoice.net_minor))
    rows += [
        row(
            "tax",
            each["tax_minor"],
            name=each["name"],
            base=formats.money(each["base_minor"], currency, locale),
        )
        for each in figures.get("taxes", ())
    ]
    if figures.get("discount_after_tax_minor"):
        rows.append(row("discount_after", -figures["discount_after_tax_minor"]))
    if figures.get("rounding_minor"):
        rows.append(row("rounding", figures["rounding_minor"]))
    rows.append(row("total", invoice.total_minor, strong=True))
    return rows


class InvoicePage(FormState, Watcher, Session):
    """Its form is the dialog that asks for a reason, to void or to delete."""

    invoice_id: int = 0
    number: str = ""
    state: str = ""
    client: str = ""
    client_href: str = ""
    with_receipts: bool = False
    context: str = ""
    details: dict[str, str] = {}
    actions: list[str] = []
    lines: list[LineRow] = []
    line_count: int = 0
    line_page: int = 1
    line_pages: int = 1
    totals: list[TotalRow] = []
    events: list[InvoiceEvent] = []
    strict: bool = False
    asks: str = ""
    version: int = 0
    hours_note: str = ""
    from_wizard: bool = False

    _topics: ClassVar = ("invoices", "payments")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        page = self._query.get("lines", "1")
        found = await self._read(
            view, self._id("invoice_id"), int(page) if page.isdecimal() and len(page) < 6 else 1
        )
        self._show(found)
        self.with_receipts = bool(await self._read(receipts.of_invoice, self.invoice_id))
        panel = await self.get_state(DeliveryPanel)
        await panel._show(public_links.INVOICE, self.invoice_id)
        payments = await self.get_state(PaymentPanel)
        await payments._show(self.invoice_id)

    def _show(self, found: InvoiceView) -> None:
        invoice, locale = found.invoice, self._locale
        money = lambda minor: formats.money(minor, invoice.currency, locale)  # noqa: E731
        is_open = found.state in ("sent", "viewed", "overdue", "partially_paid")
        self.invoice_id = invoice.id or 0
        self.number, self.state, self.version = invoice.number or "", found.state, invoice.version
        self.client, self.client_href = found.client, routes.client(invoice.client_id)
        self.strict = found.strict
        self.from_wizard = bool(invoice.billing) and invoice.number is None
        left = (invoice.due_date - found.today).days
        self.context = joined([found.client, invoice.title, due_note(left, locale) if is_open else ""])
        self.details = {
            "issue_date": formats.day(invoice.issue_date, locale),
            "due_date": formats.day(invoice.due_date, locale),
            "total": money(invoice.total_minor),
            "balance": money(found.balance_minor),
            "settled": money(found.settled_minor),
            "reference": invoice.reference,
            "recipients": "\n".join(invoice.recipients),
            "notes": invoice.notes,
            "exchange_rate": ""
            if invoice.exchange_rate == 1
            else formats.number(invoice.exchange_rate, locale, min_decimals=2)
            if invoice.exchange_rate
            else "–",
            "void_reason": invoice.void_reason,
            "due_note": due_note(left, locale) if is_open else "",
        }
        self.actions = sorted(action.value for action in found.actions)
        self.lines = [line_row(line, invoice.currency, locale) for line in found.lines]
        self.line_count, self.line_page, self.line_pages = found.line_count, found.page, found.pages
        self.totals = total_rows(found, locale)
        self.events = invoice_events(found.events, invoice.currency, locale, found.zone)
        tracked, billed = invoice.totals.get("tracked_seconds", 0), invoice.totals.get("billed_seconds", 0)
        self.hours_note = (
            t(
                locale,
                "invoice.hours_note",
                tracked=formats.hours(tracked, locale),
                billed=formats.hours(billed, locale),
            )
            if tracked
            else ""
        )

    @handler(Permission.INVOICES_VIEW)
    async def show_lines(self, page: int):
        return rx.redirect(
            routes.with_query(routes.invoice(self._id("invoice_id")), {"lines": str(int(page))}), replace=True
        )

    @handler(Permission.INVOICES_EDIT)
    async def mark_sent(self):
        await self._write(issuing.mark_sent, self._id("invoice_id"), self.version)
        return await self._done("invoice.done.marked_sent")

    @handler(Permission.INVOICES_EDIT)
    async def duplicate(self):
        made = await self._write(drafts.duplicate, self._id("invoice_id"))
        await self._changed("invoices")
        return rx.redirect(routes.invoice_edit(made.id or 0))

    @handler(Permission.INVOICES_EDIT)
    async def ask(self, what: str):
        """Open the dialog that asks for the reason to `void` or to `delete`."""
        self.asks = "void" if what == "void" else "delete"
        self._fill({"reason": "", "release": "on"})
        self._open_form()

    @handler(Permission.INVOICES_EDIT)
    async def confirm(self, data: dict):
        given = texts(data)
        invoice_id, reason = self._id("invoice_id"), given.get("reason", "")
        if self.asks == "void":
            await self._write(voiding.void, invoice_id, reason, release_time=given.get("release") == "on")
            self.form_open = False
            return await self._done("invoice.done.voided")
        await self._write(issuing.delete, invoice_id, reason)
        self.form_open = False
        await self._changed("invoices", "time")
        self._say(self._t("invoice.done.deleted"))
        return rx.redirect(routes.INVOICES)

    @handler(Permission.INVOICES_EDIT)
    async def discard(self):
        """Delete the draft: everything it holds can be billed again."""
        await self._write(issuing.discard_draft, self._id("invoice_id"))
        await self._changed("invoices", "time")
        self._say(self._t("billing.discarded"))
        return rx.redirect(routes.INVOICES)

    async def _done(self, message: str) -> Any:
        await self._changed("invoices", "payments", "time")
        self._say(self._t(message))
        return self.__class__.load
