from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.money import (
    CurrencyMismatch,
    Money,
    RoundingMode,
    apportion,
    convert,
    round_half_up,
    round_to_step,
    spread,
    to_decimal,
    to_minor,
)

amounts = st.integers(-(10**12), 10**12)
fractions = st.fractions(max_denominator=10_000).filter(lambda value: abs(value) < 10**9)


def test_money_of_one_currency_adds_and_compares() -> None:
    assert Money(1050, "EUR") + Money(50, "EUR") == Money(1100, "EUR")
    assert Money(1050, "EUR") - Money(1100, "EUR") == -Money(50, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR") >= Money(2, "EUR")
    assert str(Money(-5, "EUR")) == "-0.05 EUR"


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_meet(operation: str) -> None:
    with pytest.raises(CurrencyMismatch) as refusal:
        getattr(Money(1, "EUR"), operation)(Money(1, "USD"))
    assert refusal.value.params == {"first": "EUR", "second": "USD"}


@pytest.mark.parametrize(
    ("value", "rounded"), [("0.5", 1), ("-0.5", -1), ("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("-0.49", 0)]
)
def test_a_half_rounds_away_from_zero(value: str, rounded: int) -> None:
    assert round_half_up(Decimal(value)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.345", "EUR", 1235), ("12.5", "JPY", 13), ("1.2345", "KWD", 1235), ("-0.005", "EUR", -1)],
)
def test_minor_units_follow_the_currency(amount: str, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"), [("abc", "EUR"), ("NaN", "EUR"), ("Infinity", "EUR"), ("1", "XYZ")]
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(DomainError):
        to_minor(text, currency)


@given(amounts, st.sampled_from(["JPY", "EUR", "KWD"]))
def test_an_amount_comes_back_from_its_decimal(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [0, 0], [5, 5]),
        (10, [5, -5], [5, 5]),
        (10, [0, 3], [0, 10]),
        (10, [100, -50], [20, -10]),
        (0, [], []),
    ],
)
def test_spread(total: int, weights: list[int], parts: list[int]) -> None:
    assert spread(total, weights) == parts


def test_an_amount_cannot_be_spread_over_nothing() -> None:
    with pytest.raises(DomainError):
        spread(1, [])


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_spread_parts_sum_and_each_is_within_a_unit_of_its_share(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    if whole := sum(weights):
        assert all(
            abs(part - Fraction(total * weight, whole)) < 1
            for part, weight in zip(parts, weights, strict=True)
        )


@given(amounts, st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30))
def test_spread_parts_sum_for_weights_of_any_sign_and_mirror_for_credits(
    total: int, weights: list[int]
) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    assert spread(-total, weights) == [-part for part in parts]


@given(st.lists(fractions, max_size=30))
def test_apportioned_parts_sum_to_the_rounded_sum(exact: list[Fraction]) -> None:
    parts = apportion(exact)
    assert sum(parts) == round_half_up(sum(exact, Fraction(0)))
    assert all(abs(part - value) <= 1 for part, value in zip(parts, exact, strict=True))


def test_conversion_rounds_once_between_currencies_of_different_digits() -> None:
    assert convert(10_00, "EUR", "JPY", Decimal("163.255")) == 1633
    assert convert(1000, "JPY", "EUR", Decimal("0.006125")) == 613
    with pytest.raises(DomainError):
        convert(1, "EUR", "USD", Decimal(0))


@given(amounts, st.integers(1, 10_000), st.sampled_from(RoundingMode))
def test_steps(value: int, step: int, mode: RoundingMode) -> None:
    rounded = round_to_step(value, step, mode)
    if mode is RoundingMode.NONE:
        assert rounded == value
        return
    assert rounded % step == 0
    assert {
        RoundingMode.UP: 0 <= abs(rounded) - abs(value) < step,
        RoundingMode.DOWN: 0 <= abs(value) - abs(rounded) < step,
        RoundingMode.NEAREST: abs(rounded - value) * 2 <= step,
    }[mode]
