"""The portal as invoicing needs it: its choices, its date and the payment terms it offers."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.domain.terms import DueRule, PaymentTerms
from finance_app.models import Portal
from finance_app.models.columns import now

EUROPEAN_UNION = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
_RULES = {
    "net": DueRule.NET_DAYS,
    "eom": DueRule.LAST_DAY_OF_MONTH,
    "first": DueRule.FIRST_OF_NEXT_MONTH,
    "day": DueRule.DAY_OF_MONTH,
}


def portal_of(session: Session) -> Portal:
    """The portal; before it is set up, one with the defaults."""
    return session.execute(select(Portal)).scalars().first() or Portal(base_currency="EUR")


def today(portal: Portal) -> date:
    """The date in the portal's time zone."""
    return now().astimezone(ZoneInfo(portal.time_zone)).date()


def terms_of(text: str) -> PaymentTerms:
    """Payment terms as stored: `net:30`, `eom:45` (end of month), `first:0` (of next month), `day:0:15`.

    Raises DomainError.
    """
    rule, *numbers = text.split(":")
    if rule not in _RULES or not all(number.isdecimal() for number in numbers) or len(numbers) > 2:
        raise DomainError("invoicing.error.terms", field="payment_terms")
    days, *day = map(int, numbers or ["0"])
    return PaymentTerms(_RULES[rule], days, day[0] if day else None)
