from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.profit import (
    Movement,
    Profitability,
    RevenueKind,
    Settlement,
    Use,
    costs_as_received,
    earn,
    time_cost,
    use_credit,
)

DAY = date(2026, 1, 31)


def paid(source: int, gross: int, days: int = 0, movement: Movement = Movement.RECEIPT) -> Settlement:
    return Settlement(source, DAY + timedelta(days), movement, gross)


def total(postings, kind: RevenueKind) -> int:
    return sum(each.amount_minor for each in postings if each.kind is kind)


def test_three_payments_of_an_invoice_with_tax_close_to_the_cent() -> None:
    earned = earn({"a": 10_000}, 12_000, [paid(1, 4_000), paid(2, 4_000, 5), paid(3, 4_000, 9)])
    assert [each.amount_minor for each in earned.postings] == [3_333, 3_334, 3_333]
    assert earned.open_minor == 0


def test_a_write_off_leaves_accrual_and_is_never_received() -> None:
    given_up = paid(2, 6_000, 3, Movement.WRITE_OFF)
    earned = earn({"a": 10_000}, 12_000, [paid(1, 6_000), given_up])
    assert total(earned.postings, RevenueKind.RECEIPT) == 5_000
    assert total(earned.postings, RevenueKind.WRITE_OFF) == -5_000
    assert earned.open_minor == 0


def test_a_credit_on_the_untaxed_part_changes_what_the_payment_was_worth() -> None:
    net, gross = {"taxed": 10_000, "free": 10_000}, 22_000
    credit = Settlement(2, DAY + timedelta(1), Movement.CREDIT, 10_000, {"free": 10_000})
    earned = earn(net, gross, [paid(1, 12_000), credit])
    assert total(earned.postings, RevenueKind.RECEIPT) == 10_000
    assert earned.open == {"taxed": 0, "free": 0}


def test_what_a_credit_note_is_used_for() -> None:
    used = use_credit({"a": 100, "b": 1}, 121, [Use(1, DAY, 60), Use(2, DAY, 61, is_refund=True)])
    assert sum(used.net[1].values()) + 101 - sum(used.net[1].values()) == 101
    assert total(used.postings, RevenueKind.REFUND) == sum(used.net[1].values()) - 101
    assert used.unused_minor == 0


@given(st.integers(0, 10**7), st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.integers(0, 10**6))
def test_a_billed_expense_costs_as_its_invoice_is_received_and_the_last_receipt_closes_it(
    cost: int, received: list[int], still_open: int
) -> None:
    receipts = [(DAY + timedelta(place), amount) for place, amount in enumerate(received)]
    whole = sum(received) + still_open
    found = costs_as_received(cost, receipts, whole)
    due = Fraction(cost * sum(received), whole)
    assert abs(sum(amount for _, amount in found) - due) <= Fraction(1, 2)
    assert still_open or sum(amount for _, amount in found) == cost


def test_of_an_invoice_that_earns_nothing_the_first_receipt_brings_the_whole_cost() -> None:
    assert costs_as_received(500, [(DAY, 10), (DAY + timedelta(3), -10)], 0) == [(DAY, 500)]


def test_cost_of_time_is_rounded_once() -> None:
    parts = time_cost([(1200, 10_000)] * 7)
    assert sum(parts) == 23_333
    assert set(parts) == {3_333, 3_334}
    assert time_cost([]) == []


def test_margin_is_of_revenue() -> None:
    found = Profitability(revenue_minor=3_000, time_minor=800, expense_minor=200)
    assert (found.cost_minor, found.profit_minor, found.margin_permille) == (1_000, 2_000, 667)
    assert Profitability(time_minor=5).margin_permille is None


@st.composite
def histories(draw):
    """An invoice, a credit note of it, and movements that never settle more than there is."""
    net = {name: draw(st.integers(0, 100_000)) for name in draw(st.sampled_from(["a", "ab", "abc"]))}
    gross = sum(net.values()) + draw(st.integers(0, 50_000))
    back = {name: draw(st.integers(0, amount)) for name, amount in net.items()}
    back_gross = min(sum(back.values()) + draw(st.integers(0, 10_000)), gross)
    uses, credits_left, open_gross = [], back_gross, gross
    settlements = []
    for source in range(1, draw(st.integers(1, 8))):
        day = DAY + timedelta(draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["receipt", "write_off", "credit", "refund"]))
        most = {"credit": min(credits_left, open_gross), "refund": credits_left}.get(kind, open_gross)
        if most <= 0:
            continue
        amount = draw(st.one_of(st.just(most), st.integers(1, most)))
        if kind in ("credit", "refund"):
            credits_left -= amount
            uses.append(Use(source, day, amount, kind == "refund"))
        if kind != "refund":
            open_gross -= amount
            settlements.append((source, day, kind, amount))
    return net, gross, back, back_gross, uses, settlements, open_gross


@given(histories())
def test_accrual_less_cash_is_what_is_open_less_unused_credit(history) -> None:
    net, gross, back, back_gross, uses, settlements, open_gross = history
    used = use_credit(back, back_gross, uses)
    earned = earn(
        net,
        gross,
        [
            Settlement(s, day, Movement(kind), amount, used.net.get(s, {}))
            for s, day, kind, amount in settlements
        ],
    )
    accrual = sum(net.values()) - sum(back.values()) + total(earned.postings, RevenueKind.WRITE_OFF)
    cash = total(earned.postings, RevenueKind.RECEIPT) + total(used.postings, RevenueKind.REFUND)
    assert accrual - cash == earned.open_minor - used.unused_minor
    for bucket in net:
        of = [each for each in (*earned.postings, *used.postings) if each.bucket == bucket]
        accrual = net[bucket] - back[bucket] + total(of, RevenueKind.WRITE_OFF)
        cash = total(of, RevenueKind.RECEIPT) + total(of, RevenueKind.REFUND)
        assert accrual - cash == earned.open[bucket] - used.unused[bucket]
    if open_gross == 0:
        assert earned.open_minor == 0
    if sum(use.gross_minor for use in uses) == back_gross:
        assert used.unused_minor == 0


@given(st.integers(1, 10**9), st.integers(0, 10**8), st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_receipts_follow_the_share_received_within_a_unit(net: int, tax: int, payments: list[int]) -> None:
    gross, so_far, cash = net + tax, 0, 0
    for source, amount in enumerate(payments, start=1):
        amount = min(amount, gross - so_far)
        if amount <= 0:
            return
        so_far += amount
        steps = [paid(place, part) for place, part in enumerate([*payments[: source - 1], amount], start=1)]
        cash = total(earn({"a": net}, gross, steps).postings, RevenueKind.RECEIPT)
        assert abs(cash - Fraction(net * so_far, gross)) <= Fraction(1, 2)
