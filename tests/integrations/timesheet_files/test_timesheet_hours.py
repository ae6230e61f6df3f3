from contextlib import suppress
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.integrations.timesheet_files.hours import (
    AmbiguousNumber,
    between,
    cell_duration,
    read_duration,
    read_number,
    read_time,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0.01", 36),
        ("1.5", 5400),
        ("1,5", 5400),
        (".5", 1800),
        ("7", 25200),
        ("7.", 25200),
        ("1:30", 5400),
        ("1:30:15", 5415),
        ("90m", 5400),
        ("1h30", 5400),
        ("1 h 30 min", 5400),
        ("PT1H30M", 5400),
        ("1,234.50", 4444200),
        ("1.234,50", 4444200),
        ("1 234,50", 4444200),
        ("1\u202f234,50", 4444200),
        ("1'234.50", 4444200),
        ("2,100.5", 7561800),
        ("-1.5", -5400),
        ("−1:30", -5400),
        ("0", 0),
        ("0.33333", 1200),
        ("0.0001389", 1),
        ("0.000138", 0),
    ],
)
def test_durations(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "abc", "1..5", "1,23,4", "1.2.3", "--1", "1e3", "NaN", "∞", "1 5", "²", "1:2:3:4", "9" * 40]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        read_duration(text)


@pytest.mark.parametrize("text", ["1,234", "1.234", "12.000"])
def test_a_lone_separator_before_three_digits_is_asked(text):
    with pytest.raises(AmbiguousNumber):
        read_duration(text)
    other = {".": ",", ",": "."}
    mark = "," if "," in text else "."
    assert read_duration(text, mark) == round(Decimal(text.replace(",", ".")) * 3600)
    assert read_duration(text, other[mark]) == int(text.replace(mark, "")) * 3600


def test_three_decimals_below_one_are_a_fraction():
    assert read_duration("0,125") == 450
    assert read_duration("0.125", ",") == 450


@pytest.mark.parametrize(("unit", "seconds"), [("minutes", 5400), ("seconds", 90), ("hours", 324000)])
def test_a_plain_number_counts_the_columns_unit(unit, seconds):
    assert read_duration("90", unit=unit) == seconds
    assert cell_duration(90, unit) == seconds
    assert read_duration("1:30", unit=unit) == 5400


@given(st.integers(0, 99_999_999), st.integers(0, 4))
def test_numbers_come_back_with_every_separator(units, decimals):
    value = Decimal(units).scaleb(-decimals)
    english = f"{value:,f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    french = english.replace(",", "\u202f").replace(".", ",")
    assert read_number(english, ".") == value
    assert read_number(swapped, ",") == value
    assert read_number(french, ",") == value
    assert read_number(f"-{english}", ".") == -value


@given(st.integers(0, 10_000_000))
def test_seconds_come_back_from_clock_and_decimal_notation(seconds):
    hours, rest = divmod(seconds, 3600)
    assert read_duration(f"{hours}:{rest // 60:02}:{rest % 60:02}") == seconds
    assert read_duration(f"{hours}h {rest // 60}min {rest % 60}s") == seconds
    assert read_duration(f"{Decimal(seconds) / 3600:.6f}", ".") == seconds
    assert cell_duration(timedelta(seconds=seconds)) == seconds


@given(st.text(max_size=25), st.sampled_from([None, ".", ","]))
def test_any_text_is_a_duration_or_refused(text, decimal):
    with suppress(ValueError):
        assert isinstance(read_duration(text, decimal), int)


def test_cells_of_a_workbook():
    assert cell_duration(7.1) == 25560
    assert cell_duration(0.01) == 36
    assert cell_duration(time(1, 30)) == 5400
    assert cell_duration(datetime(1900, 1, 1, 6)) == 30 * 3600  # noqa: DTZ001
    assert cell_duration(datetime(1904, 1, 2, 6)) == 30 * 3600  # noqa: DTZ001
    for value in (True, datetime(2024, 1, 1), "x", None):  # noqa: DTZ001
        with pytest.raises(ValueError):
            cell_duration(value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("09:00", time(9)),
        ("9h30", time(9, 30)),
        ("9h", time(9)),
        ("9:30 PM", time(21, 30)),
        ("12:15 am", time(0, 15)),
        ("17:45:10", time(17, 45, 10)),
        ("2024-11-02T09:05:00Z", time(9, 5)),
        ("24:00", time(0)),
    ],
)
def test_times_of_day(text, moment):
    assert read_time(text) == moment


@pytest.mark.parametrize("text", ["9", "25:00", "13:00 PM", "noon", "", "24:30"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):
        read_time(text)


def test_an_end_before_the_start_is_on_the_next_day():
    assert between(time(22), time(1, 30)) == 3.5 * 3600
    assert between(time(9), time(17)) == 8 * 3600
