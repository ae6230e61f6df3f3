"""Numbers, money, dates and durations in the reader's locale, by Babel. Money is integer minor units."""

import re
import unicodedata
from datetime import date, datetime, tzinfo
from decimal import Decimal

from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from babel.numbers import get_currency_precision

HOUR = 3600

_FIRST = re.compile(r"\b1(?=\s[^\W\d_])")
_LETTER_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def region(locale: str) -> str:
    """The regional conventions behind a language: plain `en` writes dates the international way."""
    return {"en": "en_GB", "fr": "fr_FR"}.get(locale, locale)


def money(minor: int, currency: str, locale: str, *, with_code: bool = False) -> str:
    """`123456, "EUR"` is `€1,234.56` in English and `1 234,56 €` in French.

    A currency written in letters stands apart, `CHF 12.00`; what is negative has a true minus sign,
    as a hyphen is too short beside figures.
    """
    digits = get_currency_precision(currency)
    value = Decimal(minor).scaleb(-digits)
    text = babel_numbers.format_currency(value, currency, locale=region(locale))
    text = _LETTER_DIGIT.sub("\u00a0", text.replace("-", "\u2212"))
    return f"{text} {currency}" if with_code else text


def rate(value: Decimal, currency: str, locale: str) -> str:
    """A rate an hour as `money` writes it, with more decimals where it has more: `€95.125`."""
    decimals = -value.normalize().as_tuple().exponent  # type: ignore[operator]
    digits = max(get_currency_precision(currency), decimals)
    pattern = Locale.parse(region(locale)).currency_formats["standard"]
    pattern = re.sub(r"#,##0[.0]*", "#,##0" + ("." + "0" * digits if digits else ""), pattern.pattern)
    text = babel_numbers.format_currency(
        value, currency, pattern, locale=region(locale), currency_digits=False, decimal_quantization=False
    )
    return _LETTER_DIGIT.sub("\u00a0", text)


def amount(minor: int, currency: str, locale: str) -> str:
    """The number of `money` without its sign of currency, for columns whose head names the currency."""
    digits = get_currency_precision(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = babel_numbers.format_decimal(Decimal(minor).scaleb(-digits), format=pattern, locale=region(locale))
    return text.replace("-", "\u2212")


def number(value: Decimal | int, locale: str, *, decimals: int | None = None, min_decimals: int = 0) -> str:
    """A number with exactly `decimals` digits, or with all that it has (at least `min_decimals`)."""
    if decimals is None:
        exponent = Decimal(value).normalize().as_tuple().exponent
        decimals = max(min_decimals, -exponent if isinstance(exponent, int) and exponent < 0 else 0)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return babel_numbers.format_decimal(value, format=pattern, locale=region(locale))


def quantity(value: Decimal, locale: str) -> str:
    """A quantity as printed on a document: at least two decimals where it is no whole number."""
    whole = value == value.to_integral_value()
    return number(value, locale, min_decimals=0 if whole else 2)


def percent(value: Decimal, locale: str, *, decimals: int | None = None) -> str:
    """`Decimal("5.5")` is `5.5%` in English and `5,5 %` in French; with `decimals`, exactly so many."""
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_HALF_UP")
    pattern = Locale.parse(region(locale)).percent_formats[None].pattern
    if decimals:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * decimals)
    text = babel_numbers.format_percent(
        value / 100, pattern, locale=region(locale), decimal_quantization=decimals is not None
    )
    return text.replace("-", "\u2212")


def hours(seconds: int, locale: str, *, decimals: int = 2) -> str:
    """Seconds as decimal hours: `5400` is `1.50`."""
    value = (Decimal(seconds) / HOUR).quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_HALF_UP")
    return number(value, locale, decimals=decimals)


def day(value: date, locale: str, style: str = "medium") -> str:
    """`short` 02/11/2024, `medium` 2 Nov 2024, `long` 2 November 2024, `weekday` Mon 2 Nov."""
    if style == "weekday":
        return _first(babel_dates.format_skeleton("MMMEd", value, locale=region(locale)), locale)
    return _first(babel_dates.format_date(value, style, locale=region(locale)), locale)


def _first(text: str, locale: str) -> str:
    """French writes the first of a month as an ordinal, `1er mars`, which Babel does not."""
    return _FIRST.sub("1er", text) if locale.startswith("fr") else text


def moment(value: datetime, locale: str, zone: tzinfo | None = None, style: str = "medium") -> str:
    """A time stamp in the portal's time zone."""
    return _first(babel_dates.format_datetime(value, style, tzinfo=zone, locale=region(locale)), locale)


def month(value: date, locale: str) -> str:
    """`Nov 2024`."""
    return babel_dates.format_skeleton("yMMM", value, locale=region(locale))


def currency_name(currency: str, locale: str) -> str:
    return babel_numbers.get_currency_name(currency, locale=region(locale))


def country_name(code: str, locale: str) -> str:
    return Locale.parse(region(locale)).territories.get(code, code)


def countries(locale: str) -> list[tuple[str, str]]:
    """Every country as code and name, in the alphabet of the language."""
    names = Locale.parse(region(locale)).territories
    groups = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in groups
    ]
    return sorted(found, key=lambda pair: unicodedata.normalize("NFD", pair[1]).casefold())


def file_size(size: int, locale: str) -> str:
    """`1536` is `2 kB`, in French `2 ko`; from a megabyte on with one decimal."""
    letter = "o" if locale == "fr" else "B"
    if size < 1024 * 1024:
        return f"{number(max(1, -(-size // 1024)), locale)}\u00a0k{letter}"
    return f"{number((Decimal(size) / 1024 / 1024).quantize(Decimal('0.1')), locale)}\u00a0M{letter}"
