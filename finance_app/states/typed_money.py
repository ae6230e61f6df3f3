"""Amounts and days as people type them in forms."""

from datetime import date
from decimal import Decimal

from finance_app.domain.errors import DomainError
from finance_app.domain.money import minor_digits, to_decimal
from finance_app.i18n import formats
from finance_app.i18n.numbers import read_number

TOO_LARGE = Decimal(10) ** 15


def typed(minor: int, currency: str, locale: str) -> str:
    """An amount as the person would type it, without the currency."""
    return formats.number(to_decimal(minor, currency), locale, decimals=minor_digits(currency))


def read_amount(text: str, currency: str, locale: str, field: str, empty: int | None = None) -> int:
    """Minor units of a typed amount; `empty` is what nothing typed stands for. Raises DomainError."""
    if not text and empty is not None:
        return empty
    scaled = read_decimal(text, locale, field).scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value() or abs(scaled) >= TOO_LARGE:
        raise DomainError("invoicing.error.too_fine", field=field, n=minor_digits(currency))
    return int(scaled)


def read_decimal(text: str, locale: str, field: str) -> Decimal:
    """Raises DomainError."""
    try:
        return read_number(text, locale)
    except ValueError:
        raise DomainError("invoicing.error.number", field=field, text=text[:40]) from None


def read_day(text: str, field: str = "day") -> date:
    """Raises DomainError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DomainError("invoicing.error.day", field=field) from None
