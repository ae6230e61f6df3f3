from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.integrations.timesheet_files.dates import (
    AmbiguousDate,
    DateFormat,
    SerialDate,
    UnreadableDate,
    find_formats,
    read_date,
)

DAYS = st.dates(date(1970, 1, 1), date(2069, 12, 31))
FRENCH = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("02-Nov-04", None),
        ("02-nov-2004", None),
        ("2004-11-02", None),
        ("2004-11-02", DateFormat.MDY),
        ("2004/11/02", DateFormat.DMY),
        ("02/11/2004", DateFormat.DMY),
        ("11/02/04", DateFormat.MDY),
        ("2.11.2004", DateFormat.DMY),
        ("2. 11. 2004", DateFormat.DMY),
        ("04/11/02", DateFormat.YMD),
        ("2 nov. 2004", None),
        ("2 novembre 2004", None),
        ("mardi 2 novembre 2004", None),
        ("Tue, 2 Nov 2004", None),
        ("November 2, 2004", None),
        ("2nd November 2004", None),
        ("2004-Nov-02", None),
        ("2004-11-02T23:30:00Z", None),
        ("2004-11-02 08:15:30.250+02:00", None),
        ("02/11/2004 14:05", DateFormat.DMY),
        ("11/2/2004 2:05 PM", DateFormat.MDY),
        ("20041102", None),
        ("38293", DateFormat.SERIAL_1900),
        ("36831", DateFormat.SERIAL_1904),
        ("38293.75", DateFormat.SERIAL_1900),
    ],
)
def test_every_notation_of_one_day(text, order):
    assert read_date(text, order) == date(2004, 11, 2)


@pytest.mark.parametrize("text", ["30 mars 2004", "mar 30 mars 2004", "Mar 30, 2004", "30-mar-2004"])
def test_mar_is_march_and_mardi(text):
    assert read_date(text) == date(2004, 3, 30)


@pytest.mark.parametrize(
    "text", ["", "soon", "31/02/2024", "2024-13-01", "0000-00-00", "12:30", "3/4", "1,5", "²/1/2020"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(UnreadableDate):
        read_date(text, DateFormat.DMY)


def test_a_month_above_twelve_contradicts_the_chosen_order():
    with pytest.raises(UnreadableDate):
        read_date("11/13/2024", DateFormat.DMY)
    assert read_date("11/13/2024", DateFormat.MDY) == date(2024, 11, 13)


def test_two_readings_are_never_guessed():
    with pytest.raises(AmbiguousDate) as caught:
        read_date("03/04/2024")
    assert (caught.value.day_first, caught.value.month_first) == (date(2024, 4, 3), date(2024, 3, 4))
    assert read_date("13/04/2024") == date(2024, 4, 13)
    assert read_date("04/04/2024") == date(2024, 4, 4)


def test_a_bare_serial_has_a_reading_in_each_system():
    with pytest.raises(SerialDate) as caught:
        read_date("45598")
    assert (caught.value.from_1900, caught.value.from_1904) == (date(2024, 11, 2), date(2028, 11, 3))


@given(DAYS, st.sampled_from("-/."), st.booleans())
def test_written_dates_come_back(day, separator, padded):
    d, m = (f"{day.day:02}", f"{day.month:02}") if padded else (str(day.day), str(day.month))
    y, yy = str(day.year), f"{day.year % 100:02}"
    for parts, order in (
        ((d, m, y), DateFormat.DMY),
        ((m, d, y), DateFormat.MDY),
        ((y, m, d), DateFormat.YMD),
        ((d, m, yy), DateFormat.DMY),
        ((m, d, yy), DateFormat.MDY),
    ):
        assert read_date(separator.join(parts), order) == day


@given(DAYS, st.sampled_from(FRENCH), st.sampled_from([None, DateFormat.DMY, DateFormat.MDY]))
def test_french_dates_come_back(day, names, order):
    assert read_date(f"{day.day} {names.split()[day.month - 1]} {day.year}", order) == day


@given(DAYS)
def test_english_dates_come_back(day):
    for style in ("%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%A, %B %d, %Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%S"):
        assert read_date(day.strftime(style)) == day


@given(st.text(max_size=30), st.sampled_from([None, *DateFormat]))
def test_any_text_is_a_date_or_refused(text, order):
    with suppress(ValueError):
        assert 1950 <= read_date(text, order).year <= 2100


@given(st.lists(DAYS.filter(lambda day: day.day <= 12 and day.day != day.month), min_size=1, max_size=20))
def test_days_up_to_twelve_are_reported_as_ambiguous(days):
    found = find_formats(f"{day.day:02}/{day.month:02}/{day.year}" for day in days)
    assert set(found.candidates) == {DateFormat.DMY, DateFormat.MDY}
    assert found.ambiguous
    assert found.examples


@given(st.lists(DAYS, min_size=1, max_size=20))
def test_one_day_above_twelve_decides(days):
    texts = [f"{day.day:02}/{day.month:02}/{day.year}" for day in [*days, date(2024, 5, 31)]]
    assert find_formats(texts).candidates == (DateFormat.DMY,)
    assert find_formats(text[3:6] + text[:3] + text[6:] for text in texts).candidates == (DateFormat.MDY,)


@pytest.mark.parametrize(
    ("texts", "candidates"),
    [
        (["02-Nov-04", "03-Nov-04"], [DateFormat.DMY]),
        (["2024-11-02"], [DateFormat.YMD]),
        (["45598", "45599"], [DateFormat.SERIAL_1900, DateFormat.SERIAL_1904]),
        (["99/11/01", "99/11/02"], [DateFormat.YMD]),
        (["24/11/01", "24/11/02", "24/11/12"], [DateFormat.DMY, DateFormat.YMD]),
        (["13/11/2024", "11/13/2024"], [DateFormat.DMY, DateFormat.MDY]),
        (["Total", "n/a"], []),
        ([], []),
    ],
)
def test_candidates_of_a_column(texts, candidates):
    assert set(find_formats(texts).candidates) == set(candidates)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("DD/MM/YYYY", DateFormat.DMY),
        ("%m/%d/%y", DateFormat.MDY),
        ("dd-mmm-yy", DateFormat.DMY),
        ("%d-%b-%y", DateFormat.DMY),
        ("jj/mm/aaaa", DateFormat.DMY),
        ("YYYY-MM-DD", DateFormat.YMD),
        ("Excel 1904", DateFormat.SERIAL_1904),
        ("serial_1900", DateFormat.SERIAL_1900),
    ],
)
def test_formats_are_named_as_people_write_them(text, order):
    assert DateFormat.parse(text) is order


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError):
        DateFormat.parse("whenever")
