from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.expense import (
    ExpenseMove,
    ExpenseState,
    MarkUp,
    PaidTax,
    Purchase,
    cost,
    expense_approval_after,
    expense_state,
    in_currency,
    mileage,
    purchase_amounts,
    recharge,
    require_editable_expense,
    require_payable,
)
from finance_app.domain.tax import PriceMode, Tax
from finance_app.domain.workflow import ApprovalState

VAT = Tax("TVA 20 %", Decimal(20))
LOW = Tax("TVA 10 %", Decimal(10))
INCLUSIVE, EXCLUSIVE = PriceMode.INCLUSIVE, PriceMode.EXCLUSIVE

taxes = st.builds(
    PaidTax,
    st.builds(Tax, st.sampled_from(["A", "B", "C"]), st.decimals(0, 30, places=2)),
    st.decimals(0, 100, places=0),
)
purchases = st.lists(
    st.builds(Purchase, st.integers(1, 10**9), st.lists(taxes, max_size=3).map(tuple)), min_size=1, max_size=6
)
mark_ups = st.none() | st.builds(MarkUp, percent=st.decimals(0, 200, places=2))


@given(purchases, st.sampled_from(PriceMode))
def test_lines_sum_to_the_receipt_and_nothing_is_lost_between_net_tax_and_cost(given_lines, prices):
    found = purchase_amounts(given_lines, prices)
    for line, amounts in zip(given_lines, found, strict=True):
        typed = amounts.gross_minor if prices is INCLUSIVE else amounts.net_minor
        assert typed == line.amount_minor
        assert 0 <= amounts.recoverable_minor <= amounts.tax_minor
        assert amounts.cost_minor + amounts.recoverable_minor == amounts.gross_minor


@given(purchases, st.sampled_from(PriceMode), mark_ups)
def test_a_charge_is_never_below_cost_and_a_disbursement_is_exactly_what_was_paid(lines, prices, mark_up):
    found = purchase_amounts(lines, prices)
    charged = recharge(found, mark_up, disbursement=False)
    assert charged.base_minor == sum(cost(found, disbursement=False))
    assert charged.amount_minor >= charged.base_minor
    passed = recharge(found, None, disbursement=True)
    assert passed.amount_minor == sum(each.gross_minor for each in found)
    assert passed.mark_up_minor == 0
    assert sum(cost(found, disbursement=True)) == 0


@given(
    st.integers(0, 10**12),
    st.sampled_from(["EUR", "JPY", "TND", "CHF"]),
    st.sampled_from(["EUR", "JPY", "TND", "CHF"]),
    st.decimals("0.0001", 10_000, places=4),
    st.decimals("0.0001", 10_000, places=4),
)
def test_a_conversion_is_off_by_half_a_unit_at_most(amount, currency, target, rate, target_rate):
    found = in_currency(amount, currency, rate, target, target_rate)
    if currency == target:
        assert found == amount
        return
    digits = {"EUR": 2, "JPY": 0, "TND": 3, "CHF": 2}
    exact = (
        amount * Fraction(rate) / Fraction(target_rate) * Fraction(10) ** (digits[target] - digits[currency])
    )
    assert abs(found - exact) <= Fraction(1, 2)


def test_recoverable_tax_is_left_out_and_what_is_not_recoverable_is_cost():
    lunch = Purchase(120_00, (PaidTax(VAT, Decimal(0)),))
    train = Purchase(110_00, (PaidTax(LOW),))
    fuel = Purchase(60_00, (PaidTax(VAT, Decimal(80)),))
    found = purchase_amounts([lunch, train, fuel], INCLUSIVE)
    assert [(each.net_minor, each.tax_minor, each.cost_minor) for each in found] == [
        (100_00, 20_00, 120_00),
        (100_00, 10_00, 100_00),
        (50_00, 10_00, 52_00),
    ]
    charged = recharge(found, MarkUp(percent=Decimal(10)), disbursement=False)
    assert (charged.base_minor, charged.mark_up_minor, charged.amount_minor) == (272_00, 27_20, 299_20)


def test_several_taxes_of_one_line_are_recovered_each_by_its_own_share():
    gst, pst = PaidTax(Tax("GST", Decimal(5))), PaidTax(Tax("PST", Decimal(7)), Decimal(0))
    [found] = purchase_amounts([Purchase(100_00, (gst, pst))], EXCLUSIVE)
    assert (found.gross_minor, found.recoverable_minor, found.cost_minor) == (112_00, 5_00, 107_00)


def test_a_disbursement_takes_no_mark_up():
    found = purchase_amounts([Purchase(12_00, (PaidTax(VAT),))], INCLUSIVE)
    with pytest.raises(DomainError, match="disbursement_mark_up"):
        recharge(found, MarkUp(amount_minor=1_00), disbursement=True)


def test_mileage_is_distance_times_rate_rounded_once():
    assert mileage(Decimal("312.4"), Decimal("0.603"), "EUR") == 188_38
    assert mileage(Decimal(3), Decimal("0.5"), "JPY") == 2
    for distance, rate in ((0, 1), (-1, 1), (1, 0)):
        with pytest.raises(DomainError):
            mileage(Decimal(distance), Decimal(rate), "EUR")


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_above_zero(amount):
    with pytest.raises(DomainError, match="not_positive"):
        purchase_amounts([Purchase(amount)], INCLUSIVE)


def test_what_no_purchase_has_is_refused():
    for wrong in (
        lambda: PaidTax(VAT, Decimal(101)),
        lambda: PaidTax(VAT, Decimal(-1)),
        lambda: PaidTax(Tax("Retenue", Decimal(-5))),
        lambda: MarkUp(percent=Decimal(-1)),
        lambda: MarkUp(),
        lambda: MarkUp(percent=Decimal(1), amount_minor=1),
        lambda: purchase_amounts([], INCLUSIVE),
    ):
        with pytest.raises(DomainError):
            wrong()


def test_the_state_follows_the_invoice():
    assert expense_state(billable=False, claimed=False, paid=False) is ExpenseState.NON_BILLABLE
    assert expense_state(billable=True, claimed=False, paid=False) is ExpenseState.UNBILLED
    assert expense_state(billable=True, claimed=True, paid=False) is ExpenseState.INVOICED
    assert expense_state(billable=True, claimed=True, paid=True) is ExpenseState.REIMBURSED


@given(st.sampled_from(ApprovalState), st.sampled_from(ExpenseMove), st.booleans(), st.booleans())
def test_an_approval_that_money_followed_is_never_taken_back(state, move, claimed, paid_back):
    try:
        after = expense_approval_after(state, move, claimed=claimed, paid_back=paid_back)
    except DomainError:
        return
    assert after is not state
    if claimed or paid_back:
        assert after is ApprovalState.APPROVED


def test_what_is_invoiced_paid_back_or_approved_is_locked():
    free = {"claimed": False, "paid_back": False, "needs_approval": True}
    require_editable_expense(ApprovalState.SUBMITTED, **free)
    require_editable_expense(ApprovalState.APPROVED, **free | {"needs_approval": False})
    for state, facts, code in (
        (ApprovalState.SUBMITTED, free | {"claimed": True}, "invoiced"),
        (ApprovalState.SUBMITTED, free | {"paid_back": True}, "paid_back"),
        (ApprovalState.APPROVED, free, "approved"),
    ):
        with pytest.raises(DomainError, match=f"expense.error.{code}"):
            require_editable_expense(state, **facts)


def test_an_employee_is_paid_back_once_and_only_what_is_approved():
    owed = {"owed": True, "paid_back": False, "needs_approval": True}
    require_payable(ApprovalState.APPROVED, **owed)
    require_payable(ApprovalState.SUBMITTED, **owed | {"needs_approval": False})
    for state, facts, code in (
        (ApprovalState.SUBMITTED, owed, "not_approved"),
        (ApprovalState.REJECTED, owed | {"needs_approval": False}, "not_approved"),
        (ApprovalState.APPROVED, owed | {"paid_back": True}, "already_paid_back"),
        (ApprovalState.APPROVED, owed | {"owed": False}, "firm_paid"),
    ):
        with pytest.raises(DomainError, match=code):
            require_payable(state, **facts)
