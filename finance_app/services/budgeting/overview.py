"""The figures around a project's budget: limits, what is used, planned, forecast, earned, and the course."""

from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from finance_app.domain.budget import Health, health, month_forecast, percent_used, told_at
from finance_app.domain.periods import Month
from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod
from finance_app.models import Budget
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting.burnup import Burnup, burnup
from finance_app.services.budgeting.costing import minor_of
from finance_app.services.budgeting.price import billed_of_prices
from finance_app.services.budgeting.standing import is_monthly, limits_of_parts, of_project
from finance_app.services.budgeting.summed import Summed
from finance_app.services.budgeting.totals import Worked
from finance_app.services.budgeting.work import worked_sums
from finance_app.services.portal import today
from finance_app.services.projects import directory as projects


@dataclass(frozen=True)
class Overview:
    """Seconds, and minor units of `base` (cost) and `currency` (revenue).

    A limit is None where there is none. `actual` and `forecast` are those that the limit is for: of this
    month, where the budget begins anew each month; `life` is all time. Cost includes `expense_minor`.
    """

    type: BudgetType
    scope: BudgetScope | None
    period: BudgetPeriod
    percents: tuple[int, ...]
    base: str
    currency: str
    limit_seconds: int | None
    limit_minor: int | None
    actual_seconds: int
    actual_minor: int
    forecast_seconds: int
    forecast_minor: int
    planned_seconds: int
    planned_minor: int
    life_seconds: int
    life_minor: int
    expense_minor: int
    planned_revenue_minor: int
    revenue_minor: int
    revenue_limit_minor: int | None
    sees_revenue: bool
    fixed: bool
    health: Health | None
    course: Burnup

    @property
    def monthly(self) -> bool:
        return self.period is BudgetPeriod.MONTH

    @property
    def measured_in(self) -> str:
        return {BudgetType.HOURS: "hours", BudgetType.AMOUNT: "money"}.get(self.type, "")

    @property
    def limit(self) -> int | None:
        """That of the kind that the health goes by."""
        return self.limit_seconds if self.type is BudgetType.HOURS else self.limit_minor

    def percent(self, hours: bool) -> Decimal | None:
        if hours:
            return percent_used(self.actual_seconds, self.limit_seconds)
        return percent_used(self.actual_minor, self.limit_minor)


def overview(session: Session, actor: Actor, work: Summed, unit: str) -> Overview:
    """Of a project's work; who asked has been let in. Without leave to see costs or revenue it has none."""
    project, budget, costing = work.project, work.budget, work.costing
    project_id = project.id or 0
    day = today(session)
    monthly = is_monthly(budget) and budget is not None and budget.type is not BudgetType.NONE
    total = work.total
    period = Month.of(day).period if monthly else None
    spent = expenses.cost_by_project(session, [project_id], period).get(project_id, 0)
    spent_ever = expenses.cost_by_project(session, [project_id]).get(project_id, 0) if monthly else spent
    if monthly:
        number = day.year * 100 + day.month
        month = totals.by_part(session, totals.MONTH, [project_id], number)
        sums = worked_sums(costing, month.get((project_id, number), Worked()))
        actual, cost = sums.actual, minor_of(sums.actual_cost, costing.base)
        forecast, forecast_cost = month_forecast(actual, day), month_forecast(cost, day)
    else:
        actual, cost = total.actual, minor_of(total.actual_cost, costing.base)
        forecast, forecast_cost = total.forecast, minor_of(total.forecast_cost, costing.base)
    limits = _limits(session, work)
    sees_costs = actor.may(Permission.COSTS_VIEW, project_id)
    fixed = project.billing_method is BillingMethod.FIXED_COST
    revenue = (
        billed_of_prices(session, [project_id]).get(project_id, 0)
        if fixed
        else minor_of(total.actual_revenue, project.currency)
    )
    planned_revenue = project.price_minor or 0 if fixed else minor_of(total.planned_revenue, project.currency)
    sees_revenue = actor.may(Permission.RATES_VIEW, project_id)
    has = budget is not None and budget.type is not BudgetType.NONE
    return Overview(
        type=budget.type if budget else BudgetType.NONE,
        scope=budget.scope if has and budget else None,
        period=budget.period if monthly and budget else BudgetPeriod.LIFE,
        percents=told_at(budget.threshold, budget.alerts) if budget else (),
        base=costing.base,
        currency=project.currency,
        limit_seconds=limits[0],
        limit_minor=limits[1] if sees_costs else None,
        actual_seconds=actual,
        actual_minor=cost + spent if sees_costs else 0,
        forecast_seconds=forecast,
        forecast_minor=forecast_cost + spent if sees_costs else 0,
        planned_seconds=total.planned,
        planned_minor=minor_of(total.planned_cost, costing.base) if sees_costs else 0,
        life_seconds=total.actual,
        life_minor=minor_of(total.actual_cost, costing.base) + spent_ever if sees_costs else 0,
        expense_minor=spent if sees_costs else 0,
        planned_revenue_minor=planned_revenue if sees_revenue else 0,
        revenue_minor=revenue if sees_revenue else 0,
        revenue_limit_minor=budget.revenue_minor if budget and sees_revenue else None,
        sees_revenue=sees_revenue,
        fixed=fixed,
        health=_health(budget, limits, (actual, forecast), (cost + spent, forecast_cost + spent)),
        course=burnup(session, work, unit, day),
    )


def _health(
    budget: Budget | None,
    limits: tuple[int | None, int | None],
    hours: tuple[int, int],
    cost: tuple[int, int],
) -> Health | None:
    """By what the budget is measured in; everybody on the project may know it."""
    if budget is None or budget.type is BudgetType.NONE:
        return None
    if budget.type is BudgetType.HOURS:
        return health(*hours, limits[0])
    return health(*cost, limits[1])


def _limits(session: Session, work: Summed) -> tuple[int | None, int | None]:
    """Of the project: its own, or the sums of its parts' in what the budget is measured in."""
    budget = work.budget
    if budget is None or budget.type is BudgetType.NONE:
        return None, None
    if budget.scope is BudgetScope.PROJECT:
        return budget.seconds, budget.cost_minor
    hours = budget.type is BudgetType.HOURS
    project_id = work.project.id or 0
    found = limits_of_parts(session, [project_id], budget.scope, budget.type, work.costing.base, work.day)
    whole = found.get(project_id, 0)
    return (whole, None) if hours else (None, whole)


def spent_beyond(session: Session, actor: Actor, project_id: int) -> Decimal | None:
    """What share of its budget a project has used where it is over; None within it, or without one."""
    project = projects.get(session, actor, project_id)
    stand = of_project(session, project)
    if stand is None or stand.limit is None or stand.actual <= stand.limit:
        return None
    return stand.percent


def usual_unit(session: Session, actor: Actor, project_id: int) -> str:
    """What the tab of a project shows at first: what its budget is measured in."""
    actor.require(Permission.PROJECTS_VIEW, project_id)
    budget = session.get(Budget, project_id)
    return "money" if budget and budget.type is BudgetType.AMOUNT else "hours"
