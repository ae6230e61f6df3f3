"""The figures of tasks as the database adds them up, by the rules of `work.task_sums`.

Amounts are exact: two whole numbers each (`units`, seconds x whole units an hour, and `rest`, its millionths
below a million), so that no sum reaches the end of a database's integers. `work` says the rules task by task
for one project; a property test holds the two together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, BigInteger, and_, case, cast, func, or_, select, type_coerce
from sqlmodel import col

from finance_app.domain.budget import CostTracking
from finance_app.domain.money import minor_digits
from finance_app.domain.rates import BillingMethod
from finance_app.models import Budget, Project, ProjectMember, Task, TaskList, TimeSum, UserRate
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.models.sums import MILLION
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.totals import NO_RATE


@dataclass(frozen=True, slots=True)
class Exact:
    """An amount in SQL; `rest` is below a million."""

    units: Any
    rest: Any

    def __gt__(self, other: "Exact") -> Any:
        return or_(self.units > other.units, and_(self.units == other.units, self.rest > other.rest))

    def minor(self, currency: str) -> Any:
        """Minor units, half up, as `costing.minor_of`."""
        scale = 2 * 10 ** minor_digits(currency)
        return (scale * self.units + scale * self.rest // MILLION + 3600) // 7200

    def __iter__(self) -> Iterator[Any]:
        return iter((self.units, self.rest))


def exact(units: Any, rest: Any) -> Exact:
    return Exact(units + rest // MILLION, rest % MILLION)


def summed(units: Any, rest: Any) -> Exact:
    """The sum of amounts; a database may make decimals of it."""
    total, more = (cast(func.sum(each), BigInteger) for each in (units, rest))
    return exact(total, more)


def at_rate(seconds: Any, rate: Any) -> Exact:
    """What seconds come to at a rate in millionths, nothing where there is none."""
    known = case((rate == NO_RATE, 0), else_=rate)
    return exact(seconds * (known // MILLION), seconds * (known % MILLION))


def share(amount: Any, of: Any) -> Any:
    """`domain.budget.share` for whole numbers."""
    return amount // of * 100 + (amount % of * 200 + of) // (2 * of)


def exact_share(amount: Exact, of: Any) -> Exact:
    """`domain.budget.share` for exact amounts."""
    below = amount.units % of * MILLION + amount.rest
    return exact(amount.units // of * 100, below // of * 100 + (below % of * 200 + of) // (2 * of))


@dataclass(frozen=True)
class TaskFigures:
    """A row for each task: `planned`, `actual` and `forecast` in seconds, and the amounts of them."""

    rows: CTE
    planned: Any
    actual: Any
    forecast: Any
    planned_cost: Exact
    actual_cost: Exact
    forecast_cost: Exact
    planned_revenue: Exact
    actual_revenue: Exact

    def sums(self) -> tuple[Any, ...]:
        """What `sums_of` reads."""
        return (
            *(func.sum(each) for each in (self.planned, self.actual, self.forecast)),
            *map(func.sum, self.planned_cost),
            *map(func.sum, self.actual_cost),
            *map(func.sum, self.forecast_cost),
            *map(func.sum, self.planned_revenue),
            *map(func.sum, self.actual_revenue),
            func.sum(self.rows.c.uncosted),
            func.sum(self.rows.c.logs),
        )

    def singly(self) -> tuple[Any, ...]:
        """The same of each task."""
        return (
            *(self.planned, self.actual, self.forecast),
            *(*self.planned_cost, *self.actual_cost, *self.forecast_cost),
            *(*self.planned_revenue, *self.actual_revenue),
            *(self.rows.c.uncosted, self.rows.c.logs),
        )


def task_figures(base: str, day: date, *conditions: Any) -> TaskFigures:
    """The figures of the tasks that meet the conditions, on Task, Project or Budget. Plans are priced at the
    rates of a day."""
    priced = _priced(base, day).where(*conditions).cte("priced").prefix_with("MATERIALIZED").c
    rate, one = priced.cost_rate, priced.one_rate
    plan_cost = at_rate(priced.planned, rate)
    plan_revenue = at_rate(case((priced.billable, priced.planned), else_=0), priced.bill_rate)
    tracked = at_rate(priced.actual, func.coalesce(one, 0))
    spent = exact(priced.spent_units, priced.spent_rest)
    same = (
        "id",
        "project_id",
        "kind",
        "owner_id",
        "task_list_id",
        "milestone_id",
        "archived",
        "open",
        "done",
    )
    rows = (
        select(
            *(priced[name] for name in (*same, "planned", "actual", "logs", "uncosted")),
            *_labelled("plan_cost", plan_cost),
            case((one.is_not(None), tracked.units), else_=spent.units).label("cost_units"),
            case((one.is_not(None), tracked.rest), else_=spent.rest).label("cost_rest"),
            *_labelled("plan_revenue", plan_revenue),
            *_labelled("revenue", exact(priced.revenue_units, priced.revenue_rest)),
        )
        .cte("tasks")
        .prefix_with("MATERIALIZED")
    )
    return _forecast(rows)


@lru_cache(maxsize=8)
def _priced(base: str, day: date) -> Any:
    """The tasks with their time, and the rates of their plan in millionths. Kept, as it is long to put
    together."""
    sold, bought = _rates_on(UserRate.bill_rate, day), _rates_on(UserRate.cost_rate, day)
    same = col(Project.currency) == base
    one_rate = case(
        (
            and_(
                col(Project.billing_method) == BillingMethod.FIXED_COST,
                col(Budget.cost_tracking) == CostTracking.PROJECT_RATE,
            ),
            func.coalesce(type_coerce(Budget.tracking_rate, BigInteger), 0),
        )
    )
    bill = _bill_rate(same, sold.c.rate)
    planned = cast(col(Task.planned_seconds), BigInteger) * col(Task.occurrences)

    def worked(column: Any) -> Any:
        return func.coalesce(column, 0)

    def cost(own: Any, sale: Any) -> Any:
        return worked(case((same, own + sale), else_=own))

    return (
        select(
            col(Task.id).label("id"),
            col(Task.project_id).label("project_id"),
            col(Task.kind).label("kind"),
            col(Task.owner_id).label("owner_id"),
            col(Task.task_list_id).label("task_list_id"),
            func.coalesce(Task.milestone_id, TaskList.milestone_id).label("milestone_id"),
            col(Task.archived_at).is_not(None).label("archived"),
            and_(col(Task.kind) == WorkKind.TASK, col(Task.state) == WorkState.OPEN).label("open"),
            col(Task.percent_done).label("done"),
            col(Task.billable).label("billable"),
            case((col(Task.archived_at).is_(None), func.coalesce(planned, 0)), else_=0).label("planned"),
            func.coalesce(bill, NO_RATE).label("bill_rate"),
            func.coalesce(one_rate, bought.c.rate, case((same, bill)), NO_RATE).label("cost_rate"),
            one_rate.label("one_rate"),
            worked(TimeSum.seconds).label("actual"),
            worked(TimeSum.logs).label("logs"),
            cost(col(TimeSum.cost_units), col(TimeSum.price_units)).label("spent_units"),
            cost(col(TimeSum.cost_rest), col(TimeSum.price_rest)).label("spent_rest"),
            worked(TimeSum.revenue_units).label("revenue_units"),
            worked(TimeSum.revenue_rest).label("revenue_rest"),
            worked(
                case((one_rate.is_not(None), 0), (same, col(TimeSum.unpriced)), else_=col(TimeSum.uncosted))
            ).label("uncosted"),
        )
        .select_from(Task)
        .join(Project, col(Project.id) == col(Task.project_id))
        .outerjoin(Budget, col(Budget.project_id) == col(Task.project_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .outerjoin(
            TimeSum,
            and_(
                col(TimeSum.level) == totals.TASK,
                col(TimeSum.project_id) == col(Task.project_id),
                col(TimeSum.part_id) == col(Task.id),
            ),
        )
        .outerjoin(
            ProjectMember,
            and_(
                col(ProjectMember.project_id) == col(Task.project_id),
                col(ProjectMember.user_id) == col(Task.owner_id),
            ),
        )
        .outerjoin(sold, sold.c.user_id == col(Task.owner_id))
        .outerjoin(bought, bought.c.user_id == col(Task.owner_id))
    )


def _forecast(rows: CTE) -> TaskFigures:
    t = rows.c
    plan, spent = Exact(t.plan_cost_units, t.plan_cost_rest), Exact(t.cost_units, t.cost_rest)
    grows = and_(t.open, t.planned > 0)
    shared = exact_share(spent, t.done)
    begun = and_(grows, t.done > 0, or_(t.cost_units > 0, t.cost_rest > 0))
    more = and_(grows, plan > spent)
    return TaskFigures(
        rows,
        t.planned,
        t.actual,
        case(
            (and_(grows, t.done > 0, t.actual > 0), share(t.actual, t.done)),
            (and_(grows, t.planned > t.actual), t.planned),
            else_=t.actual,
        ),
        plan,
        spent,
        Exact(
            case((begun, shared.units), (more, plan.units), else_=spent.units),
            case((begun, shared.rest), (more, plan.rest), else_=spent.rest),
        ),
        Exact(t.plan_revenue_units, t.plan_revenue_rest),
        Exact(t.revenue_units, t.revenue_rest),
    )


def _labelled(name: str, amount: Exact) -> tuple[Any, Any]:
    return amount.units.label(f"{name}_units"), amount.rest.label(f"{name}_rest")


def _bill_rate(same: Any, of_person: Any) -> Any:
    """What planned hours of a task would be sold for, in millionths: `domain.rates.bill_rate`."""
    whole: Any = type_coerce(col(Project.bill_rate), BigInteger)
    of_task = case((col(Task.kind) == WorkKind.TASK, type_coerce(col(Task.bill_rate), BigInteger)))
    agreed = type_coerce(col(ProjectMember.bill_rate), BigInteger)
    method = col(Project.billing_method)
    return case(
        (method == BillingMethod.PROJECT_HOURS, whole),
        (method == BillingMethod.TASK_HOURS, func.coalesce(of_task, whole)),
        (method == BillingMethod.STAFF_HOURS, func.coalesce(agreed, case((same, of_person)))),
    )


def _rates_on(column: Any, day: date) -> Any:
    """By person the rate that is valid on a day, in millionths."""
    latest_first = (col(UserRate.valid_from).desc(), col(UserRate.id).desc())
    latest = func.row_number().over(partition_by=col(UserRate.user_id), order_by=latest_first)
    ranked = (
        select(
            col(UserRate.user_id).label("user_id"),
            type_coerce(col(column), BigInteger).label("rate"),
            latest.label("place"),
        )
        .where(col(UserRate.valid_from) <= day, col(column).is_not(None))
        .subquery()
    )
    return select(ranked.c.user_id, ranked.c.rate).where(ranked.c.place == 1).subquery()
