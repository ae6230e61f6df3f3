from datetime import date
from decimal import Decimal

import pytest

from finance_app.i18n import formats
from finance_app.i18n.formats import amount, money, percent


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (123456, "EUR", "en", "€1,234.56"),
        (1688375, "CHF", "en", "CHF\u00a016,883.75"),
        (0, "PLN", "en", "PLN\u00a00.00"),
        (-123456, "EUR", "en", "\u2212€1,234.56"),
        (-500, "CHF", "en", "\u2212CHF\u00a05.00"),
        (123456, "EUR", "fr", "1\u202f234,56\u00a0€"),
        (-123456, "CHF", "fr", "\u22121\u202f234,56\u00a0CHF"),
        (1234, "JPY", "en", "JP¥1,234"),
    ],
)
def test_money_is_told_as_the_language_writes_it(minor, currency, locale, text):
    assert money(minor, currency, locale) == text


def test_an_amount_without_its_currency_has_a_true_minus_too():
    assert amount(-123456, "EUR", "en") == "\u22121,234.56"


@pytest.mark.parametrize(
    ("value", "locale", "decimals", "text"),
    [
        ("5.5", "en", None, "5.5%"),
        ("20", "fr", None, "20\u00a0%"),
        ("-24.14", "en", 1, "\u221224.1%"),
        ("59", "fr", 1, "59,0\u00a0%"),
        ("0.05", "en", 1, "0.1%"),
    ],
)
def test_percentages_keep_to_their_decimals(value, locale, decimals, text):
    assert percent(Decimal(value), locale, decimals=decimals) == text


@pytest.mark.parametrize(
    ("day", "locale", "style", "text"),
    [
        (date(2026, 3, 1), "fr", "medium", "1er mars 2026"),
        (date(2026, 3, 1), "fr", "long", "1er mars 2026"),
        (date(2026, 3, 1), "fr", "weekday", "dim. 1er mars"),
        (date(2026, 3, 1), "fr", "short", "01/03/2026"),
        (date(2026, 3, 11), "fr", "medium", "11 mars 2026"),
        (date(2026, 3, 1), "en", "medium", "1 Mar 2026"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(day, locale, style, text):
    assert formats.day(day, locale, style) == text
