from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.money import CurrencyMismatch, Money
from finance_app.domain.payment import (
    Allocation,
    OpenInvoice,
    Payment,
    allocate_oldest_first,
    balance,
    check_credit_use,
    check_payment,
    check_write_off,
)

OLD = OpenInvoice("old", "EUR", 60_00, date(2026, 1, 31))
NEW = OpenInvoice("new", "EUR", 100_00, date(2026, 2, 28))
open_invoices = st.lists(
    st.builds(OpenInvoice, st.integers(1, 99), st.just("EUR"), st.integers(0, 10_000), st.dates()),
    max_size=8,
    unique_by=lambda invoice: invoice.id,
)


@given(st.integers(1, 50_000), open_invoices)
def test_allocating_never_exceeds_a_balance_and_the_rest_is_credit(
    amount: int, invoices: list[OpenInvoice]
) -> None:
    payment = Payment("EUR", amount, allocate_oldest_first(amount, invoices))
    check_payment(payment, invoices)
    assert payment.allocated_minor == min(amount, sum(invoice.balance_minor for invoice in invoices))
    assert payment.allocated_minor + payment.unused_minor == amount


def test_the_invoice_due_first_is_settled_first() -> None:
    assert allocate_oldest_first(100_00, [NEW, OLD]) == (Allocation("old", 60_00), Allocation("new", 40_00))


def test_an_over_payment_becomes_client_credit() -> None:
    assert Payment("EUR", 75_00, (Allocation("old", 60_00),)).unused_minor == 15_00


def test_withheld_tax_settles_and_bank_charges_do_not() -> None:
    payment = Payment("EUR", 51_00, (Allocation("old", 60_00),), bank_charges_minor=1_00, withheld_minor=9_00)
    check_payment(payment, [OLD])
    assert (payment.settles_minor, payment.deposited_minor, payment.unused_minor) == (60_00, 50_00, 0)


@pytest.mark.parametrize(
    ("payment", "reason"),
    [
        (Payment("EUR", 0), "not_positive"),
        (Payment("EUR", -5, withheld_minor=10), "not_positive"),
        (Payment("EUR", 10, bank_charges_minor=11), "bank_charges_out_of_range"),
        (Payment("EUR", 10, bank_charges_minor=-1), "bank_charges_out_of_range"),
        (Payment("EUR", 10, withheld_minor=-1), "withholding_negative"),
        (Payment("EUR", 10, withheld_minor=5), "withholding_unallocated"),
        (Payment("EUR", 10, (Allocation("old", 11),)), "over_allocated"),
        (Payment("EUR", 100_00, (Allocation("old", 60_01),)), "above_balance"),
        (Payment("EUR", 10, (Allocation("old", 0),)), "allocation_not_positive"),
        (Payment("EUR", 10, (Allocation("old", 5), Allocation("old", 5))), "invoice_twice"),
        (Payment("EUR", 10, (Allocation("gone", 5),)), "invoice_not_open"),
    ],
)
def test_a_payment_that_cannot_be(payment: Payment, reason: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_payment(payment, [OLD, NEW])
    assert refusal.value.code == f"error.payment.{reason}"


def test_a_payment_of_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        check_payment(Payment("USD", 10, (Allocation("old", 10),)), [OLD])


def test_payments_credits_and_write_offs_lower_the_balance() -> None:
    assert balance(100_00, allocated_minor=50_00, credited_minor=20_00, written_off_minor=5_00) == 25_00


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def test_a_write_off_is_at_most_the_balance() -> None:
    check_write_off(eur(10), eur(10))
    with pytest.raises(DomainError, match="write_off_above_balance"):
        check_write_off(eur(11), eur(10))
    with pytest.raises(DomainError, match="write_off_not_positive"):
        check_write_off(eur(0), eur(10))


@pytest.mark.parametrize(
    ("amount", "unused", "left", "reason"),
    [
        (0, 10, None, "credit_not_positive"),
        (11, 10, None, "above_unused_credit"),
        (10, 10, 9, "credit_above_balance"),
    ],
)
def test_credit_that_cannot_be_used(amount: int, unused: int, left: int | None, reason: str) -> None:
    with pytest.raises(DomainError, match=reason):
        check_credit_use(eur(amount), eur(unused), None if left is None else eur(left))


def test_credit_is_applied_up_to_the_balance_or_refunded() -> None:
    check_credit_use(eur(10), eur(10), eur(10))
    check_credit_use(eur(10), eur(10))
