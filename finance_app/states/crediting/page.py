"""Credit notes: the list, and one of them with its lines, its uses and what can be done with the rest."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import CreditNoteLine
from finance_app.services import filters
from finance_app.services.crediting import listing as credit_note_list
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import use as credit_use
from finance_app.services.crediting.listing import CreditNoteRecord, CreditNoteSum, CreditNoteView, UseRecord
from finance_app.services.delivery import links as public_links
from finance_app.services.listing import ListAsks
from finance_app.states.documents.delivery import DeliveryPanel
from finance_app.states.form import beside, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.history import EventRow, event_rows
from finance_app.states.invoices.page import TotalRow, discount_text, figure_rows, unit_text
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.payments.open_credit import OpenCredit
from finance_app.states.session import Session, joined
from finance_app.states.typed_money import read_amount, read_day, typed


@dataclass(frozen=True)
class CreditNoteRow:
    id: int
    number: str
    client: str
    invoice: str
    issued: str
    total: str
    unused: str
    state: str
    href: str


@dataclass(frozen=True)
class CreditSumRow:
    total: str
    unused: str


def credit_note_row(record: CreditNoteRecord, locale: str) -> CreditNoteRow:
    return CreditNoteRow(
        id=record.id,
        number=record.number,
        client=record.client,
        invoice=record.invoice,
        issued=formats.day(record.issue_date, locale),
        total=formats.money(record.total_minor, record.currency, locale),
        unused=formats.money(record.unused_minor, record.currency, locale) if record.unused_minor else "",
        state=record.state.value,
        href=routes.credit_note(record.id),
    )


def credit_sum_row(sums: CreditNoteSum, locale: str) -> CreditSumRow:
    return CreditSumRow(
        formats.money(sums.total_minor, sums.currency, locale),
        formats.money(sums.unused_minor, sums.currency, locale) if sums.unused_minor else "–",
    )


class CreditNoteList(ListState, Watcher, Session):
    rows: list[CreditNoteRow] = []
    sums: list[CreditSumRow] = []

    _asks: ClassVar[ListAsks] = credit_note_list.ASKS
    _topics: ClassVar = ("invoices", "payments")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(credit_note_list.page, query)
        self.chosen = await self._read(filters.chosen, query)
        self.sums = [credit_sum_row(sums, self._locale) for sums in found.totals["currencies"]]
        self._show([credit_note_row(record, self._locale) for record in found.rows], found)


@dataclass(frozen=True)
class CreditedRow:
    """A line of a credit note."""

    name: str
    description: str
    quantity: str
    unit: str
    price: str
    discount: str
    taxes: str
    amount: str
    releases: bool


@dataclass(frozen=True)
class UseRow:
    """Applied to an invoice, or refunded where `invoice` is empty."""

    day: str
    invoice: str
    href: str
    amount: str


def credited_row(line: CreditNoteLine, currency: str, locale: str) -> CreditedRow:
    return CreditedRow(
        name=line.name,
        description=line.description,
        quantity=formats.quantity(line.quantity, locale),
        unit=unit_text(line.unit, locale),
        price=formats.number(line.unit_price, locale, min_decimals=2),
        discount=discount_text(line, locale),
        taxes=", ".join(tax["name"] for tax in line.taxes),
        amount=formats.money(line.amount_minor, currency, locale),
        releases=line.releases_time,
    )


def use_row(use: UseRecord, currency: str, locale: str) -> UseRow:
    return UseRow(
        day=formats.day(use.day, locale),
        invoice=use.invoice,
        href=routes.invoice(use.invoice_id) if use.invoice_id else "",
        amount=formats.money(use.amount_minor, currency, locale),
    )


class CreditNotePage(OpenCredit, Watcher, Session):
    """`dialog` says which dialog is open: apply, refund or void."""

    credit_note_id: int = 0
    number: str = ""
    state: str = ""
    context: str = ""
    details: dict[str, str] = {}
    client_href: str = ""
    invoice_href: str = ""
    void_reason: str = ""
    actions: list[str] = []
    lines: list[CreditedRow] = []
    line_count: int = 0
    totals: list[TotalRow] = []
    uses: list[UseRow] = []
    events: list[EventRow] = []

    _topics: ClassVar = ("invoices", "payments")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        found = await self._read(credit_note_list.view, self._id("credit_note_id"))
        self._show(found)
        panel = await self.get_state(DeliveryPanel)
        await panel._show(public_links.CREDIT_NOTE, self.credit_note_id)

    def _show(self, found: CreditNoteView) -> None:
        note, locale = found.note, self._locale
        self.credit_note_id = note.id or 0
        self.number, self.state, self.void_reason = note.number or "", note.state.value, note.void_reason
        day = formats.day(note.issue_date, locale)
        self.context = joined([found.client, note.title, day])
        self.client_href = routes.client(note.client_id)
        self.invoice_href = routes.invoice(note.invoice_id) if note.invoice_id else ""
        self.details = {
            "client": found.client,
            "invoice": found.invoice,
            "issue_date": day,
            "notes": note.notes,
            "total": formats.money(note.total_minor, note.currency, locale),
            "used": formats.money(note.used_minor, note.currency, locale),
            "unused": formats.money(found.unused_minor, note.currency, locale),
        }
        self.actions = sorted(action.value for action in found.actions)
        self.lines = [credited_row(line, note.currency, locale) for line in found.lines]
        self.line_count = len(self.lines)
        self.totals = figure_rows(note, locale)
        self.uses = [use_row(use, note.currency, locale) for use in found.uses]
        self.events = event_rows(found.events, "credit_note.event.", note.currency, locale, found.zone)

    @handler(Permission.PAYMENTS_EDIT)
    async def open_apply(self):
        note = (await self._read(credit_note_list.view, self._id("credit_note_id"))).note
        await self._offer_invoices(note.client_id, note.currency)

    @handler(Permission.PAYMENTS_EDIT)
    async def open_refund(self):
        found = await self._read(credit_note_list.view, self._id("credit_note_id"))
        day = await self._today()
        amount = typed(found.unused_minor, found.note.currency, self._locale)
        await self._open("refund", {"amount": amount, "day": day.isoformat()})

    @handler(Permission.PAYMENTS_EDIT)
    async def open_void(self):
        await self._open("void", {"reason": ""})

    @handler(Permission.PAYMENTS_EDIT)
    async def save(self, data: dict):
        given, note_id = texts(data), self._id("credit_note_id")
        found = await self._read(credit_note_list.view, note_id)
        if self.dialog == "apply":
            await self._apply(found, given)
        elif self.dialog == "refund":
            amount = read_amount(given.get("amount", ""), found.note.currency, self._locale, "amount")
            day = read_day(given.get("day", ""))
            with beside("amount"):
                await self._write(credit_use.refund, note_id, amount, day, self._request_key)
        elif self.dialog == "void":
            with beside("reason"):
                await self._write(credit_notes.void, note_id, given.get("reason", ""))
        else:
            raise NotFound
        await self._changed("payments", "invoices")
        return [*self._saved(message=f"credit_note.done.{self.dialog}"), type(self).load]

    async def _apply(self, found: CreditNoteView, given: dict[str, str]) -> None:
        note = found.note
        use = await self._chosen_use(given, note.client_id, note.currency, found.unused_minor)
        with beside("amount"):
            await self._write(credit_use.apply, note.id or 0, *use)
