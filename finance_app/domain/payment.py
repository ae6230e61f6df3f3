"""Payments: what settles an invoice, how a payment is allocated, and what is left as client credit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from finance_app.domain.errors import DomainError
from finance_app.domain.money import CurrencyMismatch, Money

InvoiceId = int | str


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An issued invoice that money can go to, with what is left of it to settle."""

    id: InvoiceId
    currency: str
    balance_minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a payment (or of a credit) that settles an invoice."""

    invoice_id: InvoiceId
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of a client, in minor units of `currency`.

    `amount_minor` is what the client sent. The bank may keep charges of it: they are a cost of ours and do
    not change what is settled. A client may withhold tax by law: that settles too, though it never arrives.
    """

    currency: str
    amount_minor: int
    allocations: tuple[Allocation, ...] = ()
    bank_charges_minor: int = 0
    withheld_minor: int = 0

    @property
    def settles_minor(self) -> int:
        """What it can settle: sent and withheld."""
        return self.amount_minor + self.withheld_minor

    @property
    def deposited_minor(self) -> int:
        """What reaches the bank account."""
        return self.amount_minor - self.bank_charges_minor

    @property
    def allocated_minor(self) -> int:
        return sum(allocation.amount_minor for allocation in self.allocations)

    @property
    def unused_minor(self) -> int:
        """The over-payment: credit of the client, to apply or refund later."""
        return self.settles_minor - self.allocated_minor


def check_payment(payment: Payment, open_invoices: Iterable[OpenInvoice]) -> None:
    """Refuses a payment whose parts cannot be.

    Raises DomainError: no positive amount, charges above the amount, negative or unallocated withholding,
    allocations above the payment; and what check_allocations raises.
    """
    if payment.settles_minor <= 0 or payment.amount_minor < 0:
        raise DomainError("error.payment.not_positive")
    if not 0 <= payment.bank_charges_minor <= payment.amount_minor:
        raise DomainError("error.payment.bank_charges_out_of_range")
    if payment.withheld_minor < 0:
        raise DomainError("error.payment.withholding_negative")
    check_allocations(payment.allocations, payment.currency, open_invoices)
    if payment.unused_minor < 0:
        raise DomainError(
            "error.payment.over_allocated", excess=Money(-payment.unused_minor, payment.currency)
        )
    if payment.allocated_minor < payment.withheld_minor:
        raise DomainError("error.payment.withholding_unallocated")


def check_allocations(
    allocations: Sequence[Allocation], currency: str, open_invoices: Iterable[OpenInvoice]
) -> None:
    """Refuses allocations that an invoice cannot take.

    Raises DomainError: an invoice that is not open, one named twice, an amount not above zero or above the
    balance; CurrencyMismatch for an invoice of another currency.
    """
    by_id: Mapping[InvoiceId, OpenInvoice] = {invoice.id: invoice for invoice in open_invoices}
    seen: set[InvoiceId] = set()
    for allocation in allocations:
        invoice = by_id.get(allocation.invoice_id)
        if invoice is None:
            raise DomainError("error.payment.invoice_not_open", invoice=allocation.invoice_id)
        if invoice.currency != currency:
            raise CurrencyMismatch(currency, invoice.currency)
        if invoice.id in seen:
            raise DomainError("error.payment.invoice_twice", invoice=invoice.id)
        seen.add(invoice.id)
        if allocation.amount_minor <= 0:
            raise DomainError("error.payment.allocation_not_positive", invoice=invoice.id)
        if allocation.amount_minor > invoice.balance_minor:
            raise DomainError(
                "error.payment.above_balance",
                invoice=invoice.id,
                amount=Money(allocation.amount_minor, currency),
                balance=Money(invoice.balance_minor, currency),
            )


def allocate_oldest_first(amount_minor: int, open_invoices: Iterable[OpenInvoice]) -> tuple[Allocation, ...]:
    """An amount over a client's open invoices, by due date. What no invoice takes stays unallocated."""
    left = amount_minor
    allocations: list[Allocation] = []
    for invoice in sorted(open_invoices, key=lambda invoice: (invoice.due_on, str(invoice.id))):
        part = min(left, invoice.balance_minor)
        if part > 0:
            allocations.append(Allocation(invoice.id, part))
            left -= part
    return tuple(allocations)


def balance(
    total_minor: int, allocated_minor: int = 0, credited_minor: int = 0, written_off_minor: int = 0
) -> int:
    """What is left to settle of an invoice, after payments, credits and write-offs."""
    return total_minor - allocated_minor - credited_minor - written_off_minor


def check_write_off(amount: Money, balance: Money) -> None:
    """Raises DomainError where a write-off is not above zero or exceeds the balance; CurrencyMismatch."""
    if amount.amount_minor <= 0:
        raise DomainError("error.payment.write_off_not_positive")
    if amount > balance:
        raise DomainError("error.payment.write_off_above_balance", amount=amount, balance=balance)


def check_credit_use(amount: Money, unused: Money, balance: Money | None = None) -> None:
    """Credit applied to an invoice of that balance, or refunded (no balance).

    Raises DomainError where the amount is not above zero, or exceeds the unused credit or the balance;
    CurrencyMismatch where they differ in currency.
    """
    if amount.amount_minor <= 0:
        raise DomainError("error.payment.credit_not_positive")
    if amount > unused:
        raise DomainError("error.payment.above_unused_credit", amount=amount, unused=unused)
    if balance is not None and amount > balance:
        raise DomainError("error.payment.credit_above_balance", amount=amount, balance=balance)
