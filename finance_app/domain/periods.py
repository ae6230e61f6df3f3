"""Periods: fiscal years, the named periods of reports, and closed periods."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from finance_app.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    def __add__(self, months: int) -> "Month":
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, month + 1)

    @property
    def period(self) -> Period:
        following = self + 1
        return Period(
            date(self.year, self.month, 1), date(following.year, following.month, 1) - timedelta(days=1)
        )


class NamedPeriod(StrEnum):
    """The periods that reports offer. The last 12 and 6 months end with the current one."""

    THIS_FISCAL_YEAR = "this_fiscal_year"
    PREVIOUS_FISCAL_YEAR = "previous_fiscal_year"
    LAST_12_MONTHS = "last_12_months"
    LAST_6_MONTHS = "last_6_months"


def fiscal_year(day: date, start_month: int = 1) -> Period:
    """The fiscal year of a day. Raises DomainError where `start_month` is no month."""
    if not 1 <= start_month <= 12:
        raise DomainError("error.period.start_month", month=start_month)
    first = Month(day.year if day.month >= start_month else day.year - 1, start_month)
    return Period(first.period.first, (first + 11).period.last)


def named_period(name: NamedPeriod, today: date, start_month: int = 1) -> Period:
    """The days of a named period, seen from `today` in the portal's time zone."""
    this_year = fiscal_year(today, start_month)
    current = Month.of(today)
    match name:
        case NamedPeriod.THIS_FISCAL_YEAR:
            return this_year
        case NamedPeriod.PREVIOUS_FISCAL_YEAR:
            return fiscal_year(this_year.first - timedelta(days=1), start_month)
        case NamedPeriod.LAST_12_MONTHS:
            return Period((current + -11).period.first, current.period.last)
        case NamedPeriod.LAST_6_MONTHS:
            return Period((current + -5).period.first, current.period.last)


def months_of(period: Period) -> list[Month]:
    """The months that a period touches, in order: those of a fiscal year start with its start month."""
    months = [Month.of(period.first)]
    while months[-1] < Month.of(period.last):
        months.append(months[-1] + 1)
    return months


def check_open(day: date, closed_until: date | None) -> None:
    """Raises DomainError for a date in a closed period: nothing may be dated on or before `closed_until`."""
    if closed_until and day <= closed_until:
        raise DomainError("error.period.closed", date=day, closed_until=closed_until)
