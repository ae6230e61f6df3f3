from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.work import (
    OCCURRENCES_LIMIT,
    Recurrence,
    next_occurrence,
    occurrence_day,
    percent_done,
    planned_seconds,
    read_occurrences,
    read_percent,
    read_work_hours,
)


@given(st.integers(0, 10**9), st.integers(1, OCCURRENCES_LIMIT))
def test_planned_time_counts_every_occurrence(seconds, occurrences):
    assert planned_seconds(seconds, occurrences) == sum([seconds] * occurrences)
    assert planned_seconds(None, occurrences) is None


@given(st.integers(0, 100))
def test_what_is_closed_is_done_and_a_percentage_reads_with_and_without_its_sign(percent):
    assert read_percent(str(percent)) == read_percent(f" {percent} % ") == percent
    assert percent_done(percent, closed=False) == percent
    assert percent_done(percent, closed=True) == 100


@given(st.integers().filter(lambda n: not 0 <= n <= 100))
def test_a_percentage_out_of_range_is_told(percent):
    with pytest.raises(DomainError) as refusal:
        read_percent(str(percent))
    assert refusal.value.code == "task.error.percent_range"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", None), ("12", 43_200), ("1:30", 5_400), ("0", 0), ("2,5", 9_000), ("90m", 5_400)],
)
def test_work_hours_are_typed_as_time_is(text, seconds):
    assert read_work_hours(text) == seconds


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1", "hours_negative"),
        ("−2", "hours_negative"),
        ("soon", "hours_unreadable"),
        ("999999", "hours_absurd"),
    ],
)
def test_work_hours_are_refused_in_words(text, code):
    with pytest.raises(DomainError) as refusal:
        read_work_hours(text)
    assert refusal.value.code == f"task.error.{code}"


def test_only_what_recurs_has_occurrences():
    assert read_occurrences("12", Recurrence.MONTHLY) == 12
    assert read_occurrences("12", None) == 1
    for text in ("0", "-3", "", "1001", "x", "9" * 40):
        with pytest.raises(DomainError):
            read_occurrences(text, Recurrence.WEEKLY)


def test_a_recurring_task_comes_again_on_its_day_and_ends():
    start = date(2027, 1, 31)
    days = [occurrence_day(start, Recurrence.MONTHLY, index) for index in range(4)]
    assert days == [start, date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    assert occurrence_day(start, Recurrence.EVERY_TWO_WEEKS, 2) == date(2027, 2, 28)
    assert occurrence_day(date(2028, 2, 29), Recurrence.YEARLY, 1) == date(2029, 2, 28)
    assert next_occurrence(start, Recurrence.MONTHLY, 4, date(2027, 2, 28)) == date(2027, 2, 28)
    assert next_occurrence(start, Recurrence.QUARTERLY, 2, date(2027, 2, 1)) == date(2027, 4, 30)
    assert next_occurrence(start, Recurrence.DAILY, 2, date(2027, 2, 2)) is None
