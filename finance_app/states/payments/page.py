"""Payments: the list, and one of them with what it settles and what can be done with the rest."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import Payment
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services import filters
from finance_app.services.clients import credit as client_credit
from finance_app.services.listing import ListAsks
from finance_app.services.payments import listing as payment_list
from finance_app.services.payments import recording as payments
from finance_app.services.payments.listing import AllocationRecord, PaymentRecord, PaymentSum, PaymentView
from finance_app.states.form import beside, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.history import EventRow, event_rows
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.payments.open_credit import OpenCredit
from finance_app.states.session import Session, joined
from finance_app.states.typed_money import read_amount, read_day, typed


@dataclass(frozen=True)
class PaymentRow:
    id: int
    day: str
    client: str
    method: str
    reference: str
    invoices: str
    amount: str
    unused: str
    deleted: bool
    href: str


@dataclass(frozen=True)
class SumRow:
    amount: str
    unused: str


def payment_row(record: PaymentRecord, locale: str) -> PaymentRow:
    return PaymentRow(
        id=record.id,
        day=formats.day(record.paid_on, locale),
        client=record.client,
        method=record.method.value,
        reference=record.reference,
        invoices=", ".join(number for number in record.invoices if number),
        amount=formats.money(record.amount_minor, record.currency, locale),
        unused=formats.money(record.unused_minor, record.currency, locale) if record.unused_minor else "",
        deleted=record.deleted,
        href=routes.payment(record.id),
    )


def sum_row(sums: PaymentSum, locale: str) -> SumRow:
    return SumRow(
        formats.money(sums.amount_minor, sums.currency, locale),
        formats.money(sums.unused_minor, sums.currency, locale) if sums.unused_minor else "–",
    )


def method_of(text: str) -> PaymentMethod:
    """The method chosen in a form; what is no choice counts as another one."""
    return next((method for method in PaymentMethod if method.value == text), PaymentMethod.OTHER)


class PaymentList(ListState, Watcher, Session):
    rows: list[PaymentRow] = []
    sums: list[SumRow] = []

    _asks: ClassVar[ListAsks] = payment_list.ASKS
    _topics: ClassVar = ("payments",)

    @on_load(Permission.PAYMENTS_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(payment_list.page, query)
        self.chosen = await self._read(filters.chosen, query)
        self.sums = [sum_row(sums, self._locale) for sums in found.totals["currencies"]]
        self._show([payment_row(record, self._locale) for record in found.rows], found)


@dataclass(frozen=True)
class PartRow:
    """A part of the payment on an invoice. `removable` where it may be taken off alone."""

    id: int
    kind: str
    day: str
    invoice: str
    title: str
    amount: str
    href: str
    removable: bool


@dataclass(frozen=True)
class RefundRow:
    day: str
    what: str
    amount: str


def part_row(part: AllocationRecord, currency: str, locale: str) -> PartRow:
    return PartRow(
        id=part.id,
        kind=part.kind.value,
        day=formats.day(part.allocated_on, locale),
        invoice=part.invoice,
        title=part.title,
        amount=formats.money(part.amount_minor, currency, locale),
        href=routes.invoice(part.invoice_id),
        removable=part.kind is AllocationKind.PAYMENT,
    )


class PaymentPage(OpenCredit, Watcher, Session):
    """`dialog` says which dialog is open: apply, refund, delete or remove."""

    heading: str = ""
    context: str = ""
    details: dict[str, str] = {}
    client_href: str = ""
    deleted: bool = False
    delete_reason: str = ""
    has_unused: bool = False
    parts: list[PartRow] = []
    refunds: list[RefundRow] = []
    events: list[EventRow] = []

    _topics: ClassVar = ("payments", "invoices")
    _removing: int = 0

    @on_load(Permission.PAYMENTS_VIEW)
    async def load(self):
        self._show(await self._read(payment_list.view, self._id("payment_id")))

    def _show(self, found: PaymentView) -> None:
        payment, locale = found.payment, self._locale
        currency = payment.currency
        method = self._t(f"payment.method.{payment.method.value}")
        self.heading = self._t(
            "payment.heading", amount=formats.money(payment.amount_minor, currency, locale)
        )
        self.context = joined([found.client, formats.day(payment.paid_on, locale), method])
        allocated = sum(part.amount_minor for part in found.allocations)
        self.details = {
            "client": found.client,
            "amount": formats.money(payment.amount_minor, currency, locale),
            "allocated": formats.money(allocated, currency, locale),
            "unused": formats.money(found.unused_minor, currency, locale),
            "day": formats.day(payment.paid_on, locale),
            "method": method,
            "reference": payment.reference,
            "notes": payment.notes,
            "exchange_rate": ""
            if currency == found.base_currency
            else formats.number(payment.exchange_rate, locale, min_decimals=2),
            "recorded_by": found.recorded_by,
        }
        self.client_href = routes.client(payment.client_id)
        self.deleted, self.delete_reason = payment.deleted_at is not None, payment.delete_reason
        self.has_unused = found.unused_minor > 0
        self.parts = [part_row(part, currency, locale) for part in found.allocations]
        self.refunds = [
            RefundRow(
                formats.day(refund.refunded_on, locale),
                joined([self._t(f"payment.method.{refund.method.value}"), refund.reference]),
                formats.money(refund.amount_minor, currency, locale),
            )
            for refund in found.refunds
        ]
        self.events = event_rows(found.events, "payment.event.", currency, locale, found.zone)

    @handler(Permission.PAYMENTS_EDIT)
    async def open_apply(self):
        payment = (await self._read(payment_list.view, self._id("payment_id"))).payment
        await self._offer_invoices(payment.client_id, payment.currency)

    @handler(Permission.PAYMENTS_EDIT)
    async def open_refund(self):
        found = await self._read(payment_list.view, self._id("payment_id"))
        day = await self._today()
        await self._open(
            "refund",
            {
                "amount": typed(found.unused_minor, found.payment.currency, self._locale),
                "day": day.isoformat(),
                "method": found.payment.method.value,
                "reference": "",
            },
        )

    @handler(Permission.PAYMENTS_EDIT)
    async def open_delete(self):
        await self._open("delete", {"reason": ""})

    @handler(Permission.PAYMENTS_EDIT)
    async def open_removal(self, allocation_id: int):
        self._removing = int(allocation_id)
        await self._open("remove", {"reason": ""})

    @handler(Permission.PAYMENTS_EDIT)
    async def save(self, data: dict):
        given, payment_id = texts(data), self._id("payment_id")
        found = await self._read(payment_list.view, payment_id)
        if self.dialog == "apply":
            await self._apply(found, given)
        elif self.dialog == "refund":
            await self._refund(found.payment, given)
        elif self.dialog == "delete":
            await self._write(payments.delete, payment_id, given.get("reason", ""))
        elif self.dialog == "remove" and self._removing in {part.id for part in found.allocations}:
            await self._write(payments.remove_allocation, self._removing, given.get("reason", ""))
        else:
            raise NotFound
        await self._changed("payments", "invoices")
        return [*self._saved(message=f"payment.done.{self.dialog}"), type(self).load]

    async def _apply(self, found: PaymentView, given: dict[str, str]) -> None:
        payment = found.payment
        use = await self._chosen_use(given, payment.client_id, payment.currency, found.unused_minor)
        with beside("amount"):
            await self._write(client_credit.apply, payment.id or 0, *use)

    async def _refund(self, payment: Payment, given: dict[str, str]) -> None:
        amount = read_amount(given.get("amount", ""), payment.currency, self._locale, "amount")
        with beside("amount"):
            await self._write(
                client_credit.refund,
                payment.id or 0,
                amount,
                read_day(given.get("day", "")),
                self._request_key,
                method=method_of(given.get("method", "")),
                reference=given.get("reference", "")[:100],
            )
