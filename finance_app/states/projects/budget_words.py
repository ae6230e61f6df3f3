"""How figures of budgets are written: hours or money, with a true minus sign, shares, and their colours."""

from collections.abc import Callable
from decimal import Decimal

from finance_app.domain.budget import Health
from finance_app.i18n import formats
from finance_app.services.budgeting import tab

Show = Callable[[int], str]


def shown_by(unit: str, currency: str, locale: str) -> Show:
    """How figures of a unit are written."""
    if unit == tab.HOURS:
        return lambda seconds: formats.hours(seconds, locale).replace("-", "\u2212")
    return lambda minor: formats.money(minor, currency, locale)


def signed(value: int, show: Show) -> str:
    """With a plus above zero, so that a variance is no matter of colour alone."""
    return f"+{show(value)}" if value > 0 else show(value)


def percent_text(value: Decimal | None, locale: str) -> str:
    if value is None:
        return ""
    whole = value == value.to_integral_value()
    return formats.percent(value.quantize(Decimal(1)) if whole else value, locale)


def bar_of(value: Decimal | None) -> str:
    return "" if value is None else f"{min(100, max(0, int(value)))}%"


TONES = {Health.SURPLUS: "green", Health.AT_RISK: "amber", Health.OVERRUN: "red"}
