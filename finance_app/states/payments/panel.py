"""What settles an invoice, on its page: payments, write-offs, credits, and the dialogs to record them."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session as Database
from sqlmodel import col

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import Allocation, CreditNote, Invoice, Payment
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.states.form import FormState, beside, texts
from finance_app.states.handlers import handler
from finance_app.states.payments.page import method_of
from finance_app.states.session import Session
from finance_app.states.typed_money import read_amount, read_day, typed


@dataclass(frozen=True)
class SettledRow:
    """A part of the invoice that is settled. `removable` where it may be taken back here."""

    id: int
    kind: str
    when: str
    what: str
    amount: str
    removable: bool


def settled_of(session: Database, actor: Actor, invoice_id: int) -> tuple[Invoice, list[Any]]:
    """The invoice, and its live allocations with their payment or credit note."""
    actor.require(Permission.PAYMENTS_VIEW)
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    rows = session.execute(
        select(Allocation, Payment, CreditNote)
        .outerjoin(Payment, col(Payment.id) == col(Allocation.payment_id))
        .outerjoin(CreditNote, col(CreditNote.id) == col(Allocation.credit_note_id))
        .where(col(Allocation.invoice_id) == invoice_id, col(Allocation.removed_at).is_(None))
        .order_by(col(Allocation.allocated_on), col(Allocation.id))
    ).all()
    return invoice, list(rows)


class PaymentPanel(FormState, Session):
    """`dialog` says which dialog is open: payment, write_off or remove."""

    invoice_id: int = 0
    dialog: str = ""
    settled: list[SettledRow] = []
    currency: str = ""
    balance: str = ""
    methods: list[dict[str, str]] = []

    _request_key: str = ""
    _removing: int = 0

    async def _show(self, invoice_id: int) -> None:
        """Fill the panel; called by the page of the invoice."""
        self.invoice_id = invoice_id
        if not self._me.may(Permission.PAYMENTS_VIEW):
            self.settled = []
            return
        invoice, rows = await self._read(settled_of, invoice_id)
        locale = self._locale
        self.currency = invoice.currency
        self.balance = formats.money(balance_of(invoice), invoice.currency, locale)
        self.methods = [
            {"value": method.value, "label": self._t(f"payment.method.{method.value}")}
            for method in PaymentMethod
        ]
        self.settled = [self._row(invoice, *row) for row in rows]

    def _row(
        self, invoice: Invoice, allocation: Allocation, payment: Payment | None, note: CreditNote | None
    ) -> SettledRow:
        method = self._t(f"payment.method.{payment.method.value}") if payment else ""
        reference = payment.reference if payment else note.number or "" if note else allocation.note
        return SettledRow(
            id=allocation.id or 0,
            kind=allocation.kind.value,
            when=formats.day(allocation.allocated_on, self._locale),
            what=" · ".join(part for part in (method, reference) if part),
            amount=formats.money(allocation.amount_minor, invoice.currency, self._locale),
            removable=allocation.kind in (AllocationKind.PAYMENT, AllocationKind.WRITE_OFF)
            and invoice.voided_at is None,
        )

    async def _open(self, dialog: str, values: dict[str, str]) -> None:
        self.dialog = dialog
        self._request_key = secrets.token_hex(16)
        self._fill(values)
        self._open_form()

    async def _invoice(self) -> Invoice:
        invoice, _ = await self._read(settled_of, self.invoice_id)
        return invoice

    @handler(Permission.PAYMENTS_EDIT)
    async def open_payment(self):
        invoice = await self._invoice()
        day = await self._today()
        await self._open(
            "payment",
            {
                "amount": typed(balance_of(invoice), invoice.currency, self._locale),
                "day": day.isoformat(),
                "method": PaymentMethod.BANK_TRANSFER.value,
                "reference": "",
                "bank_charges": "",
                "withheld": "",
                "notes": "",
            },
        )

    @handler(Permission.PAYMENTS_EDIT)
    async def open_write_off(self):
        invoice = await self._invoice()
        await self._open(
            "write_off", {"amount": typed(balance_of(invoice), invoice.currency, self._locale), "reason": ""}
        )

    @handler(Permission.PAYMENTS_EDIT)
    async def open_removal(self, allocation_id: int):
        self._removing = int(allocation_id)
        await self._open("remove", {"reason": ""})

    @handler(Permission.PAYMENTS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        invoice = await self._invoice()
        if self.dialog == "payment":
            await self._save_payment(invoice, given)
        elif self.dialog == "write_off":
            amount = read_amount(given.get("amount", ""), invoice.currency, self._locale, "amount")
            day = await self._today()
            with beside("amount"):
                await self._write(
                    payments.write_off,
                    self.invoice_id,
                    amount,
                    day,
                    given.get("reason", ""),
                    self._request_key,
                )
        elif self.dialog == "remove":
            await self._write(payments.remove_allocation, self._removing, given.get("reason", ""))
        else:
            raise NotFound
        await self._changed("payments", "invoices", "time")
        return [*self._saved(message=f"payment.done.{self.dialog}"), *self._reload()]

    async def _save_payment(self, invoice: Invoice, given: dict[str, str]) -> None:
        currency = invoice.currency
        amount = read_amount(given.get("amount", ""), currency, self._locale, "amount")
        charges = read_amount(given.get("bank_charges", ""), currency, self._locale, "bank_charges", empty=0)
        withheld = read_amount(given.get("withheld", ""), currency, self._locale, "withheld", empty=0)
        settles = min(amount + charges + withheld, balance_of(invoice))
        received = Received(
            client_id=invoice.client_id,
            paid_on=read_day(given.get("day", "")),
            currency=currency,
            amount_minor=amount,
            request_key=self._request_key,
            method=method_of(given.get("method", "")),
            reference=given.get("reference", "")[:100],
            notes=given.get("notes", "")[:1000],
            bank_charges_minor=charges,
            withheld_minor=withheld,
            allocations={self.invoice_id: settles},
        )
        with beside("amount"):
            await self._write(payments.record, received)
