"""The days that a report asks for: those of profitability, and the months and quarters of tax returns."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from finance_app.domain.periods import Month, NamedPeriod, Period
from finance_app.services.portal import portal_of, today_in
from finance_app.services.profitability.scope import read_period

CUSTOM = "custom"
RETURNS = ("this_month", "last_month", "this_quarter", "last_quarter")
DAYS = ("since", "until")
"""The fields that a fault of the two dates names."""
CHOICES = ("period", "from", "until")
YEARS = (*(each.value for each in NamedPeriod), CUSTOM)
OF_TAX = (*RETURNS, NamedPeriod.THIS_FISCAL_YEAR.value, NamedPeriod.PREVIOUS_FISCAL_YEAR.value, CUSTOM)


def asked_days(session: Session, choices: Mapping[str, str], default: str) -> Period:
    """The period of an address; without one, `default`. Raises DomainError for days that cannot be."""
    portal = portal_of(session)
    name = choices.get("period") or (CUSTOM if choices.get("from") and choices.get("until") else default)
    day = today_in(portal)
    if name in RETURNS:
        return of_return(name, day)
    days = choices.get("from", ""), choices.get("until", "")
    return read_period(name, *days, day, portal.fiscal_year_start)


def of_return(name: str, day: date) -> Period:
    """A month or a quarter of the calendar, as tax returns have them."""
    month = Month.of(day)
    if name in ("this_month", "last_month"):
        return (month + (0 if name == "this_month" else -1)).period
    first = Month(month.year, month.month - (month.month - 1) % 3)
    first += 0 if name == "this_quarter" else -3
    return Period(first.period.first, (first + 2).period.last)
