"""A payment over several open invoices of a client: oldest first, corrected by hand, with what is left."""

import secrets
from dataclasses import dataclass, replace
from datetime import date

from finance_app import routes
from finance_app.domain import payment as rules
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import Invoice
from finance_app.models.kinds import PaymentMethod
from finance_app.services.clients import directory as clients
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.payments import listing as payment_list
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.portal import portal_of, today
from finance_app.states.form import FormState, beside, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.payments.page import method_of
from finance_app.states.session import Session
from finance_app.states.typed_money import read_amount, read_day, read_decimal, typed

AMOUNTS = ("amount", "bank_charges", "withheld")


@dataclass(frozen=True)
class OpenRow:
    """An open invoice; `share` is what this payment settles of it, as typed."""

    id: int
    number: str
    title: str
    due: str
    late: bool
    balance: str
    share: str
    href: str


class PaymentForm(FormState, Session):
    """`left_kind` is none, over, exact or credit: what the amount leaves after its shares."""

    client_id: int = 0
    currency: str = ""
    currencies: list[dict[str, str]] = []
    foreign: bool = False
    rows: list[OpenRow] = []
    rows_key: int = 0
    left: str = ""
    left_kind: str = "none"
    settles: str = ""
    by_hand: bool = False

    _base_currency: str = ""
    _invoices: list[rules.OpenInvoice] = []
    _amounts: dict[str, str] = {}
    _shares: dict[int, str] = {}
    _request_key: str = ""

    @on_load(Permission.PAYMENTS_EDIT)
    async def load(self):
        def start(session, _me):
            return today(session), portal_of(session).base_currency

        day, self._base_currency = await self._read(start)
        self._request_key = secrets.token_hex(16)
        self._amounts = {}
        wanted = self._query.get("client", "")
        client_id = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 0
        client = await self._read(clients.get, client_id) if client_id else None
        self._fill(
            {
                "client_id": str(client_id) if client else "",
                "client_id_label": client.name if client else "",
                "day": day.isoformat(),
                "method": PaymentMethod.BANK_TRANSFER.value,
            }
        )
        await self._choose(client_id if client else 0, self._query.get("currency", ""))
        self._settle_only(self._query.get("invoices", ""))

    def _settle_only(self, wanted: str) -> None:
        """Start with the payment that settles just these invoices, as ticked in their list."""
        ids = set(wanted.split(","))
        shares = {
            int(invoice.id): typed(invoice.balance_minor, self.currency, self._locale)
            for invoice in self._invoices
            if str(invoice.id) in ids
        }
        if not shares:
            return
        whole = sum(invoice.balance_minor for invoice in self._invoices if int(invoice.id) in shares)
        self.by_hand, self._shares = True, shares
        self._amounts = {"amount": typed(whole, self.currency, self._locale)}
        self.values = {**self.values, **self._amounts}
        self.rows = [replace(row, share=shares.get(row.id, "")) for row in self.rows]
        self._count()

    async def _choose(self, client_id: int, currency: str = "") -> None:
        """Offer the open invoices of a client in one currency: that asked for, or the one most owed in."""
        self.client_id, self.by_hand = client_id, False
        found: list[Invoice] = []
        offered: list[str] = []
        if client_id:
            client = await self._read(clients.get, client_id)
            found = await self._read(payment_list.open_invoices, client_id)
            offered = list(dict.fromkeys([*(invoice.currency for invoice in found), client.currency]))
        self.currencies = [{"value": code, "label": code} for code in offered]
        self.currency = currency if currency in offered else (offered[0] if offered else "")
        self.foreign = self.currency not in ("", self._base_currency)
        found = [invoice for invoice in found if invoice.currency == self.currency]
        self._invoices = [
            rules.OpenInvoice(invoice.id or 0, invoice.currency, balance_of(invoice), invoice.due_date)
            for invoice in found
        ]
        today = await self._today()
        self.rows = [
            OpenRow(
                id=invoice.id or 0,
                number=invoice.number or "",
                title=invoice.title,
                due=formats.day(invoice.due_date, self._locale),
                late=invoice.due_date < today,
                balance=formats.money(balance_of(invoice), invoice.currency, self._locale),
                share="",
                href=routes.invoice(invoice.id or 0),
            )
            for invoice in found
        ]
        self._distribute()

    @handler(Permission.PAYMENTS_EDIT)
    async def pick_client(self, client_id: str, _label: str):
        await self._choose(int(client_id) if str(client_id).isdigit() else 0)

    @handler(Permission.PAYMENTS_EDIT)
    async def pick_currency(self, currency: str):
        await self._choose(self.client_id, str(currency))

    @handler(Permission.PAYMENTS_EDIT)
    async def type_amount(self, name: str, text: str):
        if name in AMOUNTS:
            self._amounts = {**self._amounts, name: str(text)[:40]}
            if self.by_hand:
                self._count()
            else:
                self._distribute()

    @handler(Permission.PAYMENTS_EDIT)
    async def type_share(self, invoice_id: int, text: str):
        self.by_hand = True
        self._shares = {**self._shares, int(invoice_id): str(text)[:40]}
        self._count()

    @handler(Permission.PAYMENTS_EDIT)
    async def distribute(self):
        """Give the amount to the oldest invoices first, whatever was typed beside them."""
        self.by_hand = False
        self._distribute()

    def _distribute(self) -> None:
        shares = {
            int(share.invoice_id): typed(share.amount_minor, self.currency, self._locale)
            for share in rules.allocate_oldest_first(self._settles(), self._invoices)
        }
        self._shares = shares
        self.rows = [replace(row, share=shares.get(row.id, "")) for row in self.rows]
        self.rows_key += 1
        self._count()

    def _settles(self) -> int:
        return sum(self._typed_so_far(self._amounts.get(name, "")) for name in AMOUNTS)

    def _typed_so_far(self, text: str) -> int:
        """What is typed counts once it is a number; until then it counts for nothing."""
        try:
            return max(0, read_amount(text.strip(), self.currency, self._locale, "amount", empty=0))
        except DomainError:
            return 0

    def _count(self) -> None:
        if not self.currency:
            self.left_kind, self.left, self.settles = "none", "", ""
            return
        settles = self._settles()
        left = settles - sum(self._typed_so_far(text) for text in self._shares.values())
        self.settles = formats.money(settles, self.currency, self._locale)
        self.left = formats.money(abs(left), self.currency, self._locale)
        kind = "over" if left < 0 else "credit" if left else "exact"
        self.left_kind = kind if settles or left else "none"

    @handler(Permission.PAYMENTS_EDIT)
    async def save(self, data: dict):
        received = self._received(texts(data))
        with beside("shares"):
            payment = await self._write(payments.record, received)
        await self._changed("payments", "invoices")
        return self._saved(routes.payment(payment.id or 0), "payment.done.payment")

    def _received(self, given: dict[str, str]) -> Received:
        """The payment of the form. Raises InvalidFields."""
        faults: dict[str, DomainError] = {}

        def amount(field: str, empty: int | None = 0) -> int:
            try:
                return read_amount(given.get(field, ""), self.currency or "EUR", self._locale, field, empty)
            except DomainError as error:
                faults[field] = error
                return 0

        if not self.client_id:
            faults["client_id"] = DomainError("common.error.required")
        if not given.get("amount") and not given.get("withheld"):
            faults["amount"] = DomainError("common.error.required")
        amounts = {field: amount(field) for field in AMOUNTS}
        shares = {}
        for invoice in self._invoices:
            field = f"share_{invoice.id}"
            share = amount(field)
            if share > invoice.balance_minor or share < 0:
                faults[field] = DomainError("payment.error.share")
            if share > 0:
                shares[int(invoice.id)] = share
        day, rate = date.min, None
        try:
            day = read_day(given.get("day", ""))
        except DomainError as error:
            faults["day"] = error
        if self.foreign and given.get("exchange_rate"):
            try:
                rate = read_decimal(given["exchange_rate"], self._locale, "exchange_rate")
            except DomainError as error:
                faults["exchange_rate"] = error
        if faults:
            raise InvalidFields(faults)
        return Received(
            client_id=self.client_id,
            paid_on=day,
            currency=self.currency,
            amount_minor=amounts["amount"],
            request_key=self._request_key,
            method=method_of(given.get("method", "")),
            reference=given.get("reference", "")[:100],
            notes=given.get("notes", "")[:1000],
            bank_charges_minor=amounts["bank_charges"],
            withheld_minor=amounts["withheld"],
            exchange_rate=rate,
            allocations=shares,
        )
