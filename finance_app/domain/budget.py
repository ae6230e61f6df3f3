"""Budgets: what was planned, what is spent, what will be spent, and when somebody must be told.

Every figure is a whole number of one unit: seconds of work, or the smallest unit of an amount. Nothing here
is rounded but shares: half up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from finance_app.domain.errors import DomainError
from finance_app.domain.rates import BillingMethod

HIGHEST_ALERT = 200
FIRST_ALERTS = (50, 80, 100)
"""The percentages of a new budget."""
FIRST_THRESHOLD = 80
PACE_DAYS = 28
FAR_DAYS = 3660


class BudgetType(StrEnum):
    """What a budget limits."""

    NONE = "none"
    HOURS = "hours"
    AMOUNT = "amount"


class BudgetScope(StrEnum):
    """What has the limit: the project as a whole, or each of its parts; then the project's is their sum."""

    PROJECT = "project"
    MILESTONE = "milestone"
    TASK = "task"
    USER = "user"


class BudgetPeriod(StrEnum):
    """How long a limit lasts: for the life of the project, or anew each calendar month."""

    LIFE = "life"
    MONTH = "month"


class CostTracking(StrEnum):
    """Which rate the actual cost of a fixed cost project uses: each person's, or one for the project."""

    COST_RATES = "cost_rates"
    PROJECT_RATE = "project_rate"


class Health(StrEnum):
    """How a budget stands: overrun when spent beyond, at risk when it will be."""

    SURPLUS = "surplus"
    AT_RISK = "at_risk"
    OVERRUN = "overrun"


def allowed_types(method: BillingMethod) -> tuple[BudgetType, ...]:
    """The budgets that go with a billing method: a fixed cost has its price, so only hours."""
    if method is BillingMethod.FIXED_COST:
        return (BudgetType.NONE, BudgetType.HOURS)
    return tuple(BudgetType)


def planned_work(seconds: int | None, occurrences: int = 1) -> int:
    """The planned time of a task: its work hours, once for each occurrence."""
    return (seconds or 0) * occurrences


def variance(actual: int, planned: int) -> int:
    """actual - planned: what is over the plan, negative within it."""
    return actual - planned


def remaining(budget: int, actual: int) -> int:
    """What is left of a budget; negative where it is overspent."""
    return budget - actual


def percent_used(actual: int, budget: int | None) -> Decimal | None:
    """The share of a budget that is spent, to a tenth of a per cent. None where there is nothing to measure
    against; nothing spent of nothing is 0."""
    if not budget:
        return Decimal(0) if budget == 0 and actual == 0 else None
    return (Decimal(actual) * 100 / budget).quantize(Decimal("0.1"), ROUND_HALF_UP)


def share(amount: int, of: int) -> int:
    """amount * 100 / of, to the whole number, half up."""
    return (amount * 200 + of) // (2 * of)


def task_forecast(planned: int, actual: int, percent_done: int, closed: bool) -> int:
    """What a task will have taken at its end.

    Closed: what it took. Begun and with a share done: actual / share. Else the plan, or what it took beyond.
    """
    if closed:
        return actual
    if percent_done > 0 and actual > 0:
        return share(actual, percent_done)
    return max(planned, actual)


def month_forecast(actual: int, day: date) -> int:
    """What a month will have taken if it goes on as up to `day`: for budgets that begin anew each month."""
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return actual * (following - timedelta(days=1)).day // day.day


def health(actual: int, forecast: int, budget: int | None) -> Health | None:
    """How a budget stands; None without one."""
    if budget is None:
        return None
    if actual > budget:
        return Health.OVERRUN
    return Health.AT_RISK if forecast > budget else Health.SURPLUS


def check_threshold(percent: int | None) -> None:
    """Raises DomainError where a threshold is no share of the budget."""
    if percent is not None and not 1 <= percent <= 100:
        raise DomainError("budget.error.threshold")


def check_alerts(percents: Iterable[int]) -> tuple[int, ...]:
    """The percentages in order, each once. Raises DomainError for one that no budget can reach sensibly."""
    found = tuple(sorted(set(percents)))
    if found and not 1 <= found[0] <= found[-1] <= HIGHEST_ALERT:
        raise DomainError("budget.error.alerts", limit=HIGHEST_ALERT)
    return found


def told_at(threshold: int | None, alerts: Iterable[int]) -> tuple[int, ...]:
    """The percentages at which somebody is told: the alerts, the threshold, and with it always 100."""
    return tuple(sorted({*alerts, *((threshold, 100) if threshold else ())}))


@dataclass(frozen=True, slots=True)
class AlertMark:
    """What is known of one percentage of one limit: for which period and limit it was told, and whether the
    actual figure was at or above it when last looked at."""

    period: str
    limit: int
    above: bool


def reached(actual: int, limit: int, percent: int) -> bool:
    """Whether the actual figure is at or beyond a percentage of the limit."""
    return actual > 0 and actual * 100 >= limit * percent


def alert_after(
    mark: AlertMark | None, *, actual: int, limit: int, percent: int, period: str
) -> tuple[AlertMark | None, bool]:
    """What is known afterwards, and whether it is to be told now.

    It is told once. It is told again only after the figure fell below it and the period or the limit is
    another: a new period begins below everything.
    """
    above = reached(actual, limit, percent)
    if mark is None:
        return (AlertMark(period, limit, True), True) if above else (None, False)
    if not above:
        return replace(mark, above=False), False
    fell = not mark.above or mark.period != period
    if fell and (mark.period, mark.limit) != (period, limit):
        return AlertMark(period, limit, True), True
    return replace(mark, above=True), False


def worth_telling(crossed: Iterable[int], threshold: int | None) -> list[int]:
    """Of several percentages crossed in one step the threshold and 100, each for itself, and of the others
    the highest where it is above them: it says what the lower ones would."""
    found = sorted(set(crossed))
    return [each for each in found if each in (threshold, 100) or each == found[-1]]


@dataclass(frozen=True, slots=True)
class PlannedPiece:
    """Work planned evenly between two days, both included."""

    first: date
    last: date
    amount: int


def planned_until(pieces: Iterable[PlannedPiece], day: date) -> int:
    """How much of the plan falls on or before a day."""
    total = 0
    for piece in pieces:
        if day >= piece.last:
            total += piece.amount
        elif day >= piece.first:
            days = (piece.last - piece.first).days + 1
            total += piece.amount * ((day - piece.first).days + 1) // days
    return total


def completion_day(today: date, actual: int, forecast: int, recent: int) -> date | None:
    """When the forecast is reached at the pace of the last PACE_DAYS days, in which `recent` was added.

    Today where it is reached already; None where nothing moves or it lies beyond ten years.
    """
    left = forecast - actual
    if left <= 0:
        return today
    if recent <= 0:
        return None
    days = -(-left * PACE_DAYS // recent)
    return None if days > FAR_DAYS else today + timedelta(days=days)
