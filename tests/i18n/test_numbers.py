from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.i18n.formats import number
from finance_app.i18n.numbers import read_number


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1 234,50", "fr", "1234.50"),
        ("1\u202f234,50", "en", "1234.50"),
        ("1,234.50", "en", "1234.50"),
        ("1.234,50", "en", "1234.50"),
        ("1,234", "en", "1234"),
        ("1,234", "fr", "1.234"),
        ("1,5", "en", "1.5"),
        ("12.", "fr", "12"),
        (".5", "en", "0.5"),
        ("−3", "fr", "-3"),
        ("1'234.50", "en", "1234.50"),
        ("1.234.567", "fr", "1234567"),
    ],
)
def test_numbers_are_read_as_people_mean_them(text, locale, value):
    assert read_number(text, locale) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "1e5", "--1", "1..2,3,4", "NaN", "∞", "=1+1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):
        read_number(text, "en")


@given(st.decimals(-1_000_000, 1_000_000, places=2), st.sampled_from(["en", "fr"]))
def test_what_we_write_we_read(value, locale):
    assert read_number(number(value, locale, decimals=2), locale) == value
