from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.budget import (
    AlertMark,
    BudgetType,
    Health,
    PlannedPiece,
    alert_after,
    allowed_types,
    check_alerts,
    check_threshold,
    completion_day,
    health,
    month_forecast,
    percent_used,
    planned_until,
    planned_work,
    reached,
    remaining,
    task_forecast,
    told_at,
    variance,
    worth_telling,
)
from finance_app.domain.errors import DomainError
from finance_app.domain.rates import BillingMethod

amounts = st.integers(0, 10**12)


def test_a_repeated_task_is_planned_once_for_each_occurrence() -> None:
    assert planned_work(3600, 4) == 14400
    assert planned_work(None, 4) == 0


def test_variance_is_actual_less_planned_and_remaining_may_be_negative() -> None:
    assert (variance(120, 100), variance(80, 100), remaining(100, 120)) == (20, -20, -20)


@pytest.mark.parametrize(
    ("actual", "budget", "percent"),
    [(0, 0, "0"), (5, 0, None), (5, None, None), (2, 3, "66.7"), (9996, 10000, "100.0"), (3, 2, "150.0")],
)
def test_percent_used(actual: int, budget: int | None, percent: str | None) -> None:
    assert percent_used(actual, budget) == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize(
    ("planned", "actual", "done", "closed", "forecast"),
    [
        (100, 40, 100, True, 40),
        (100, 40, 50, False, 80),
        (100, 40, 33, False, 121),
        (100, 0, 50, False, 100),
        (100, 140, 0, False, 140),
        (100, 40, 0, False, 100),
    ],
)
def test_forecast_of_a_task(planned: int, actual: int, done: int, closed: bool, forecast: int) -> None:
    assert task_forecast(planned, actual, done, closed) == forecast


@given(amounts, amounts, st.integers(0, 100), st.booleans())
def test_a_forecast_is_never_below_what_was_spent(planned: int, actual: int, done: int, closed: bool) -> None:
    assert task_forecast(planned, actual, done, closed) >= actual


@given(amounts, amounts, st.none() | amounts)
def test_health_follows_spent_before_forecast(actual: int, more: int, budget: int | None) -> None:
    found = health(actual, actual + more, budget)
    if budget is None:
        assert found is None
    else:
        assert (found is Health.OVERRUN) == (actual > budget)
        assert (found is Health.SURPLUS) == (actual + more <= budget)


def test_a_fixed_cost_limits_hours_or_nothing() -> None:
    assert allowed_types(BillingMethod.FIXED_COST) == (BudgetType.NONE, BudgetType.HOURS)
    assert set(allowed_types(BillingMethod.STAFF_HOURS)) == set(BudgetType)


def test_percentages_are_checked() -> None:
    check_threshold(None)
    check_threshold(100)
    assert check_alerts([100, 50, 50]) == (50, 100)
    assert check_alerts([]) == ()
    for fault in (lambda: check_threshold(101), lambda: check_threshold(0), lambda: check_alerts([0, 50]),
                  lambda: check_alerts([201])):  # fmt: skip
        with pytest.raises(DomainError):
            fault()


def test_a_threshold_tells_at_100_too() -> None:
    assert told_at(80, [50]) == (50, 80, 100)
    assert told_at(None, [50]) == (50,)


def told(steps: list[tuple[int, int, str]], percent: int = 80) -> list[bool]:
    """Whether each step of (actual, limit, period) is told."""
    mark: AlertMark | None = None
    found = []
    for actual, limit, period in steps:
        mark, tell = alert_after(mark, actual=actual, limit=limit, percent=percent, period=period)
        found.append(tell)
    return found


def test_a_percentage_is_told_once() -> None:
    assert told([(79, 100, ""), (80, 100, ""), (95, 100, ""), (80, 100, "")]) == [False, True, False, False]


def test_it_is_told_again_only_below_it_and_with_another_limit() -> None:
    assert told([(90, 100, ""), (70, 100, ""), (90, 100, "")]) == [True, False, False]
    assert told([(90, 100, ""), (90, 200, ""), (170, 200, "")]) == [True, False, True]
    assert told([(90, 100, ""), (90, 95, "")]) == [True, False]


def test_a_new_month_begins_below_everything() -> None:
    assert told([(90, 100, "2026-10"), (85, 100, "2026-11"), (90, 100, "2026-11")]) == [True, True, False]


@given(st.lists(st.tuples(st.integers(0, 200), st.just(100), st.just("")), max_size=20))
def test_without_a_change_of_limit_it_is_told_at_most_once(steps: list[tuple[int, int, str]]) -> None:
    found = told(steps)
    assert sum(found) == any(reached(actual, limit, 80) for actual, limit, _ in steps)


def test_of_several_percentages_crossed_at_once_the_highest_is_told() -> None:
    assert worth_telling([50, 80, 100, 120], 80) == [80, 100, 120]
    assert worth_telling([50, 90, 100], None) == [100]
    assert worth_telling([50, 70], 80) == [70]
    assert worth_telling([], 80) == []


@given(
    st.lists(st.builds(
        lambda first, days, amount: PlannedPiece(first, first + timedelta(days=days), amount),
        st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 300), amounts,
    ), max_size=5),
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
)  # fmt: skip
def test_a_plan_grows_from_nothing_to_all(pieces: list[PlannedPiece], day: date) -> None:
    total = sum(piece.amount for piece in pieces)
    assert planned_until(pieces, date(2024, 1, 1)) == 0
    assert 0 <= planned_until(pieces, day) <= planned_until(pieces, day + timedelta(days=1)) <= total
    assert planned_until(pieces, date(2029, 1, 1)) == total


def test_completion_follows_the_pace_of_the_last_four_weeks() -> None:
    day = date(2026, 11, 25)
    assert completion_day(day, 100, 100, 0) == day
    assert completion_day(day, 100, 128, 28) == day + timedelta(days=28)
    assert completion_day(day, 0, 100, 0) is None
    assert completion_day(day, 0, 10**9, 1) is None


def test_a_month_goes_on_as_it_began() -> None:
    assert month_forecast(100, date(2026, 11, 15)) == 200
    assert month_forecast(100, date(2026, 11, 30)) == 100
    assert month_forecast(100, date(2028, 2, 29)) == 100
