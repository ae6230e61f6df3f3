"""Payment terms: from an invoice's date to its due date."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from finance_app.domain.errors import DomainError


class DueRule(StrEnum):
    """How a due date follows from the invoice's date, the net days counted first."""

    NET_DAYS = "net_days"
    LAST_DAY_OF_MONTH = "last_day_of_month"
    FIRST_OF_NEXT_MONTH = "first_of_next_month"
    DAY_OF_MONTH = "day_of_month"


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """Net days, then a rule: 30 days net; 45 days, end of month; the next 15th. No days are due on receipt.

    Raises DomainError for negative days, and for a day of month that is not 1 to 31 or has another rule.
    """

    rule: DueRule = DueRule.NET_DAYS
    days: int = 0
    day: int | None = None

    def __post_init__(self) -> None:
        if self.days < 0:
            raise DomainError("error.terms.negative_days", days=self.days)
        if (self.rule is DueRule.DAY_OF_MONTH) != (self.day is not None):
            raise DomainError("error.terms.day_goes_with_rule")
        if self.day is not None and not 1 <= self.day <= 31:
            raise DomainError("error.terms.day_out_of_range", day=self.day)

    def due_date(self, invoiced_on: date) -> date:
        """The due date of an invoice of that date. A day that a month lacks is its last day."""
        counted = invoiced_on + timedelta(days=self.days)
        if self.rule is DueRule.LAST_DAY_OF_MONTH:
            return _in_month(counted, 31)
        if self.rule is DueRule.FIRST_OF_NEXT_MONTH:
            return _next_month(counted, 1)
        if self.rule is DueRule.DAY_OF_MONTH and self.day is not None:
            this_month = _in_month(counted, self.day)
            return this_month if this_month > counted else _next_month(counted, self.day)
        return counted


def _in_month(of: date, day: int) -> date:
    return of.replace(day=min(day, monthrange(of.year, of.month)[1]))


def _next_month(of: date, day: int) -> date:
    return _in_month(_in_month(of, 31) + timedelta(days=1), day)
