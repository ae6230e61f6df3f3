from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.money import RoundingMode, to_minor
from finance_app.domain.time import (
    BilledTime,
    DurationError,
    RoundingScope,
    TimeRounding,
    WorkedTime,
    amount_of,
    billed_per_line,
    billed_per_log,
    hours,
    parse_duration,
    parse_worked_time,
    printed_quantity,
)

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
HOUR = 3600
seconds = st.integers(0, 10_000 * HOUR)
rates = st.decimals(0, 5000, places=4)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1:30", 90),
        ("01:05", 65),
        ("1.5", 90),
        ("1,5", 90),
        (",5", 30),
        ("90m", 90),
        ("90 min", 90),
        ("1h30", 90),
        ("1 h 30", 90),
        ("1h 30m", 90),
        ("1H30M", 90),
        ("1.5h", 90),
        ("1 heure 30 minutes", 90),
        ("2 hours", 120),
        ("  2  ", 120),
        ("−1:30", -90),
    ],
)
def test_durations_as_people_type_them(text: str, minutes: int) -> None:
    assert parse_duration(text) == minutes * 60


def test_a_hundredth_of_an_hour_is_36_seconds() -> None:
    assert parse_duration("0.01") == 36
    assert parse_duration("1:30:15") == 90 * 60 + 15


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "error.duration.empty"),
        (" - ", "error.duration.empty"),
        ("abc", "error.duration.unreadable"),
        ("1:", "error.duration.unreadable"),
        ("1::30", "error.duration.unreadable"),
        ("1h30x", "error.duration.unreadable"),
        ("1.2.3", "error.duration.unreadable"),
        ("--1", "error.duration.unreadable"),
        ("1h-30m", "error.duration.unreadable"),
        ("1e3", "error.duration.unreadable"),
    ],
)
def test_what_is_no_duration_says_why(text: str, code: str) -> None:
    with pytest.raises(DurationError) as refusal:
        parse_duration(text)
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["0", "0:00", "-1"])
def test_worked_time_is_above_zero(text: str) -> None:
    with pytest.raises(DurationError) as refusal:
        parse_worked_time(text)
    assert refusal.value.code == "error.duration.not_positive"


@given(seconds)
def test_a_duration_comes_back_from_its_hours_and_from_its_clock_form(time: int) -> None:
    assert parse_duration(str(hours(time))) == time
    assert parse_duration(f"{time // 3600}:{time // 60 % 60:02}:{time % 60:02}") == time


def test_seven_logs_of_twenty_minutes_are_rounded_once() -> None:
    assert amount_of(7 * 20 * 60, Decimal(100), "EUR") == 233_33


@pytest.mark.parametrize(
    ("time", "rate", "quantity"),
    [(5400, "100", "1.50"), (8400, "100", "2.3333"), (36, "80", "0.01"), (0, "80", "0.00")],
)
def test_the_printed_quantity_has_the_fewest_decimals(time: int, rate: str, quantity: str) -> None:
    assert str(printed_quantity(time, Decimal(rate), "EUR")) == quantity


@given(seconds, rates, st.sampled_from(["JPY", "EUR", "KWD"]))
def test_a_calculator_agrees_with_what_is_printed(time: int, rate: Decimal, currency: str) -> None:
    quantity = printed_quantity(time, rate, currency)
    assert to_minor(quantity * rate, currency) == amount_of(time, rate, currency)
    assert len(str(quantity).partition(".")[2]) >= 2


def _work(user: int, day: date, *times: int) -> list[WorkedTime]:
    return [WorkedTime(user, day, time) for time in times]


def test_rounding_per_log_leaves_tracked_time_beside_billed_time() -> None:
    rounding = TimeRounding(RoundingMode.UP, 15)
    assert billed_per_log(_work(1, MONDAY, 60, 900), rounding) == [BilledTime(60, 900), BilledTime(900, 900)]


def test_rounding_per_line_rounds_the_sum_only() -> None:
    rounding = TimeRounding(RoundingMode.UP, 15, RoundingScope.LINE)
    logs = billed_per_log(_work(1, MONDAY, 60, 60), rounding)
    assert logs == [BilledTime(60, 60), BilledTime(60, 60)]
    assert billed_per_line(logs, rounding) == BilledTime(120, 900)


def test_the_cap_holds_for_each_user_and_day() -> None:
    rounding = TimeRounding(daily_cap_seconds=8 * HOUR)
    logs = [
        *_work(1, MONDAY, 6 * HOUR, 4 * HOUR, HOUR),
        *_work(1, TUESDAY, HOUR),
        *_work(2, MONDAY, 9 * HOUR),
    ]
    assert [log.billed_seconds // HOUR for log in billed_per_log(logs, rounding)] == [6, 2, 0, 1, 8]


def test_earlier_invoices_use_up_the_cap() -> None:
    rounding = TimeRounding(daily_cap_seconds=8 * HOUR)
    (log,) = billed_per_log(_work(1, MONDAY, 6 * HOUR), rounding, {(1, MONDAY): 5 * HOUR})
    assert log == BilledTime(6 * HOUR, 3 * HOUR)


@pytest.mark.parametrize("arguments", [{"step_minutes": 0}, {"daily_cap_seconds": 0}])
def test_a_rounding_that_makes_no_sense_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(DomainError):
        TimeRounding(RoundingMode.UP, **arguments)
