"""Hourly rates: dated histories, and which rate bills or costs a time log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class BillingMethod(StrEnum):
    """How a project is billed."""

    FIXED_COST = "fixed_cost"
    PROJECT_HOURS = "project_hours"
    TASK_HOURS = "task_hours"
    STAFF_HOURS = "staff_hours"


class RateSource(StrEnum):
    """Where a rate came from."""

    PROJECT = "project"
    TASK = "task"
    USER = "user"
    PROJECT_USER = "project_user"
    COST = "cost"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate an hour, valid from a date until a later one; without a date, from the beginning."""

    rate: Decimal
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class ResolvedRate:
    """The rate an hour of a time log, and where it came from."""

    rate: Decimal
    source: RateSource


@dataclass(frozen=True, slots=True)
class RateCard:
    """The rates that may bill a log, in the project's currency.

    `project_rate` is the one rate of project_hours and the default rate of task_hours. `user_rates` is the
    user's history, `project_user_rates` what the project sets for that user instead.
    """

    method: BillingMethod
    project_rate: Decimal | None = None
    task_rate: Decimal | None = None
    user_rates: Sequence[DatedRate] = ()
    project_user_rates: Sequence[DatedRate] = ()


def rate_on(history: Sequence[DatedRate], day: date) -> Decimal | None:
    """The rate valid on a day: that of the latest start on or before it; None before the first."""
    started = [dated for dated in history if dated.valid_from is None or dated.valid_from <= day]
    return max(started, key=lambda dated: dated.valid_from or date.min).rate if started else None


def bill_rate(card: RateCard, day: date, on_issue: bool = False) -> ResolvedRate | None:
    """What bills an hour of that day, or None where no rate is set; a fixed cost bills no hours.

    A task's own rate outranks the default of task_hours, but an issue never has one. In staff_hours the
    project's rate for the user outranks the user's.
    """
    match card.method:
        case BillingMethod.PROJECT_HOURS:
            return _resolved(card.project_rate, RateSource.PROJECT)
        case BillingMethod.TASK_HOURS:
            task_rate = None if on_issue else card.task_rate
            return _resolved(task_rate, RateSource.TASK) or _resolved(card.project_rate, RateSource.PROJECT)
        case BillingMethod.STAFF_HOURS:
            return _resolved(rate_on(card.project_user_rates, day), RateSource.PROJECT_USER) or _resolved(
                rate_on(card.user_rates, day), RateSource.USER
            )
        case BillingMethod.FIXED_COST:
            return None


def cost_rate(cost_rates: Sequence[DatedRate], day: date) -> ResolvedRate | None:
    """What an hour of a user costs on a day, in base currency; None where no cost rate is set."""
    return _resolved(rate_on(cost_rates, day), RateSource.COST)


def _resolved(rate: Decimal | None, source: RateSource) -> ResolvedRate | None:
    return None if rate is None else ResolvedRate(rate, source)
