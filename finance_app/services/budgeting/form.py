"""A project's budget as its form shows and reads it. The rules between the fields stand in one place here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from finance_app.domain.budget import (
    FIRST_ALERTS,
    FIRST_THRESHOLD,
    allowed_types,
    check_alerts,
    check_threshold,
)
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.money import to_decimal, to_minor
from finance_app.domain.rates import BillingMethod
from finance_app.domain.time import hours, parse_worked_time
from finance_app.models import Budget
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType, CostTracking
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.rates import read_rate

FIELDS = {
    "budget_type": 20,
    "budget_scope": 20,
    "budget_period": 20,
    "budget_hours": 20,
    "budget_cost": 30,
    "budget_revenue": 30,
    "budget_threshold": 10,
    "budget_alerts": 100,
    "cost_tracking": 20,
    "tracking_rate": 30,
}
COUNTS = ("budget_hours", "budget_cost", "budget_revenue")
MOST_SECONDS = 100_000_000 * 3600
MOST_MINOR = 10**15


def values_of(budget: Budget | None, base: str, currency: str) -> dict[str, str]:
    """What the fields start with; a project without a budget gets the usual alerts."""
    if budget is None:
        budget = Budget(project_id=0, threshold=FIRST_THRESHOLD, alerts=list(FIRST_ALERTS))
    return {
        "budget_type": budget.type.value,
        "budget_scope": budget.scope.value,
        "budget_period": budget.period.value,
        "budget_hours": hours_text(budget.seconds),
        "budget_cost": money_text(budget.cost_minor, base),
        "budget_revenue": money_text(budget.revenue_minor, currency),
        "budget_threshold": str(budget.threshold or ""),
        "budget_alerts": ", ".join(str(percent) for percent in budget.alerts),
        "cost_tracking": budget.cost_tracking.value,
        "tracking_rate": "" if budget.tracking_rate is None else format(budget.tracking_rate, "f"),
    }


def hours_text(seconds: int | None) -> str:
    return "" if seconds is None else format(hours(seconds).normalize(), "f")


def money_text(minor: int | None, currency: str) -> str:
    return "" if minor is None else format(to_decimal(minor, currency), "f")


def read(given: Mapping[str, str], method: BillingMethod | None, base: str, currency: str) -> dict[str, Any]:
    """The values of a Budget from trimmed texts. Raises InvalidFields with a text for each faulty field."""
    faults: dict[str, DomainError] = {}

    def checked(name: str, reader: Any, *more: Any) -> Any:
        text = given.get(name, "")
        if len(text) > FIELDS[name]:
            faults[name] = DomainError("common.error.too_long", n=FIELDS[name])
            return None
        try:
            return reader(text, *more)
        except DomainError as fault:
            faults[name] = fault
            return None

    found = {
        "type": checked("budget_type", _choice, BudgetType, BudgetType.NONE),
        "scope": checked("budget_scope", _choice, BudgetScope, BudgetScope.PROJECT),
        "period": checked("budget_period", _choice, BudgetPeriod, BudgetPeriod.LIFE),
        "seconds": checked("budget_hours", read_hours),
        "cost_minor": checked("budget_cost", read_money, base),
        "revenue_minor": checked("budget_revenue", read_money, currency),
        "threshold": checked("budget_threshold", _threshold),
        "alerts": checked("budget_alerts", _alerts),
        "cost_tracking": checked("cost_tracking", _choice, CostTracking, CostTracking.COST_RATES),
        "tracking_rate": checked("tracking_rate", read_rate),
    }
    kind, scope = found["type"], found["scope"]
    fixed = method is BillingMethod.FIXED_COST
    if method and kind and kind not in allowed_types(method):
        faults["budget_type"] = DomainError("budget.error.fixed_cost")
    if scope is BudgetScope.PROJECT and kind is BudgetType.HOURS and found["seconds"] is None:
        faults.setdefault("budget_hours", DomainError("budget.error.hours_needed"))
    if scope is BudgetScope.PROJECT and kind is BudgetType.AMOUNT and found["cost_minor"] is None:
        faults.setdefault("budget_cost", DomainError("budget.error.cost_needed"))
    if fixed and found["cost_tracking"] is CostTracking.PROJECT_RATE and found["tracking_rate"] is None:
        faults.setdefault("tracking_rate", DomainError("budget.error.tracking_rate_needed"))
    if faults:
        raise InvalidFields(faults)
    if kind is BudgetType.NONE or scope is not BudgetScope.PROJECT:
        found["seconds"] = found["cost_minor"] = None
    if fixed:
        found["cost_minor"] = None
    else:
        found["cost_tracking"], found["tracking_rate"] = CostTracking.COST_RATES, None
    return found


def save(session: Session, actor: Actor, project_id: int, values: Mapping[str, Any]) -> None:
    """Set the budget of a project, which the caller has allowed. Nothing is written where nothing changed."""
    budget = session.get(Budget, project_id)
    before = {name: getattr(budget, name) for name in values} if budget else {}
    if budget is None and values["type"] is BudgetType.NONE and not _says_anything(values):
        return
    changed = {name: value for name, value in values.items() if not budget or before[name] != value}
    if not changed:
        return
    budget = budget or Budget(project_id=project_id)
    for name, value in changed.items():
        setattr(budget, name, value)
    session.add(budget)
    session.flush()
    audit.record(
        session, actor, "project", project_id, "budget_changed",
        before={name: plain(before[name]) for name in changed if name in before},
        after={name: plain(value) for name, value in changed.items()},
    )  # fmt: skip


def _says_anything(values: Mapping[str, Any]) -> bool:
    return values["revenue_minor"] is not None or values["tracking_rate"] is not None


def plain(value: object) -> object:
    return format(value, "f") if isinstance(value, Decimal) else value


def _choice(text: str, kind: Any, usual: Any) -> Any:
    if not text:
        return usual
    if text not in tuple(kind):
        raise DomainError("common.error.unknown_choice")
    return kind(text)


def read_hours(text: str) -> int | None:
    """Typed hours, as 120, 120,5 or 120:30. Raises DomainError."""
    if not text:
        return None
    if text.startswith(("-", "\u2212")):
        raise DomainError("budget.error.negative")
    seconds = parse_worked_time("".join(text.split()) if text[:1].isdigit() and ":" not in text else text)
    if seconds > MOST_SECONDS:
        raise DomainError("budget.error.absurd")
    return seconds


def read_money(text: str, currency: str) -> int | None:
    """A typed amount, above zero. Raises DomainError."""
    typed = "".join(text.split()).replace(",", ".")
    if not typed:
        return None
    minor = to_minor(typed, currency)
    if minor < 0:
        raise DomainError("budget.error.negative")
    if minor == 0:
        raise DomainError("budget.error.zero")
    if minor > MOST_MINOR:
        raise DomainError("budget.error.absurd")
    return minor


def _threshold(text: str) -> int | None:
    typed = text.removesuffix("%").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit()):
        raise DomainError("budget.error.threshold")
    check_threshold(int(typed))
    return int(typed)


def _alerts(text: str) -> list[int]:
    typed = [part.strip().removesuffix("%").strip() for part in text.replace(";", ",").split(",")]
    numbers = [part for part in typed if part]
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in numbers):
        check_alerts([0])
    return list(check_alerts(int(part) for part in numbers))
