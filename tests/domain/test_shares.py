"""Shares of a price, without a database."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.shares import Standing, kept_after_credit, share_of

MINOR = st.integers(0, 10**9)


@given(price=MINOR, shares=st.lists(st.integers(1, 10**8), max_size=8))
def test_what_is_left_can_always_be_billed_and_not_a_cent_more(price, shares):
    billed = 0
    for share in shares:
        standing = Standing(price, billed)
        if not standing.excess(share):
            billed += share
    standing = Standing(price, billed)
    assert billed <= price
    assert standing.excess(standing.left_minor) == 0
    assert standing.excess(standing.left_minor + 1) == 1


def test_a_price_that_was_exceeded_leaves_nothing():
    assert Standing(1000, 1200).left_minor == 0
    assert Standing(1000, 1200).excess(50) == 250
    assert Standing(None, 1200).excess(10**9) == 0


def test_a_share_is_rounded_half_up():
    assert share_of(1001, Decimal("50")) == 501
    assert share_of(100_000, Decimal("33.3333")) == 33_333


@pytest.mark.parametrize("percent", ["0", "-1", "1000.01"])
def test_a_percentage_that_cannot_be_is_refused(percent):
    with pytest.raises(DomainError):
        share_of(1000, Decimal(percent))


@given(share=MINOR, parts=st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_parts_that_add_up_to_all_give_all_back(share, parts):
    whole, credited, kept = sum(parts), Fraction(0), share
    for part in parts:
        credited += Fraction(part, whole)
        now = kept_after_credit(share, credited)
        assert 0 <= now <= kept
        kept = now
    assert kept == 0


def test_the_billed_part_in_per_cent():
    assert Standing(3000, 1000).percent_billed() == Decimal("33.3")
    assert Standing(None, 1000).percent_billed() == 0
