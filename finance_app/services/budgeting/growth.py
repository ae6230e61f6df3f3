"""By how much the forecast of projects lies above what they have spent, added up by the database.

The rules are those of `work.task_sums` and `costing.PlanRates`; a test compares both.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, and_, case, cast, func, select, type_coerce
from sqlmodel import Session, col

from finance_app.domain.rates import BillingMethod
from finance_app.models import Project, ProjectMember, Task, TimeTotal, UserRate
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.totals import NO_RATE


def growth(
    session: Session, project_ids: Iterable[int], base: str, day: date
) -> Mapping[int, tuple[int, int]]:
    """By project: seconds, and exact cost, that its open tasks are still to take. The cost is none for a
    project whose time costs one rate. A project without open tasks is left out."""
    ids = list(project_ids)
    spent = _spent(ids, base)
    planned = col(Task.planned_seconds) * col(Task.occurrences)
    rate = _plan_rate(base, day)
    actual, cost = func.coalesce(spent.c.actual, 0), func.coalesce(spent.c.cost, 0)
    rows = session.execute(
        select(
            col(Task.project_id),
            func.sum(_still_to_take(planned, actual)),
            func.sum(_still_to_take(planned * rate, cost)),
        )
        .select_from(Task)
        .join(Project, col(Project.id) == col(Task.project_id))
        .outerjoin(spent, and_(spent.c.project_id == col(Task.project_id), spent.c.part_id == col(Task.id)))
        .outerjoin(
            ProjectMember,
            and_(
                col(ProjectMember.project_id) == col(Task.project_id),
                col(ProjectMember.user_id) == col(Task.owner_id),
            ),
        )
        .where(
            col(Task.project_id).in_(ids),
            col(Task.kind) == WorkKind.TASK,
            col(Task.state) == WorkState.OPEN,
            col(Task.archived_at).is_(None),
            col(Task.planned_seconds) > 0,
        )
        .group_by(col(Task.project_id))
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def _spent(ids: list[int], base: str) -> Any:
    """Logged time and its cost by task."""
    rate = case(
        (col(TimeTotal.cost_rate) != NO_RATE, col(TimeTotal.cost_rate)),
        (
            and_(col(Project.currency) == base, col(TimeTotal.bill_rate) != NO_RATE),
            col(TimeTotal.bill_rate),
        ),
        else_=0,
    )
    return (
        select(
            col(TimeTotal.project_id),
            col(TimeTotal.part_id),
            cast(func.sum(col(TimeTotal.seconds)), BigInteger).label("actual"),
            cast(func.sum(col(TimeTotal.seconds) * rate), BigInteger).label("cost"),
        )
        .join(Project, col(Project.id) == col(TimeTotal.project_id))
        .where(col(TimeTotal.level) == totals.TASK, col(TimeTotal.project_id).in_(ids))
        .group_by(col(TimeTotal.project_id), col(TimeTotal.part_id))
        .subquery()
    )


def _still_to_take(planned: Any, actual: Any) -> Any:
    """`domain.budget.task_forecast` of an open task, less what it took."""
    done = col(Task.percent_done)
    return case(
        (and_(done > 0, actual > 0), (actual * 200 + done) // (2 * done) - actual),
        (planned > actual, planned - actual),
        else_=0,
    )


def _plan_rate(base: str, day: date) -> Any:
    """What an hour that is planned for the owner of a task costs; 0 for nothing."""
    method = col(Project.billing_method)
    in_base = col(Project.currency) == base
    of_person = case((in_base, _of_owner(UserRate.bill_rate, day)))
    sold = case(
        (method == BillingMethod.PROJECT_HOURS, col(Project.bill_rate)),
        (method == BillingMethod.TASK_HOURS, func.coalesce(col(Task.bill_rate), col(Project.bill_rate))),
        (method == BillingMethod.STAFF_HOURS, func.coalesce(col(ProjectMember.bill_rate), of_person)),
    )
    rate = func.coalesce(_of_owner(UserRate.cost_rate, day), case((in_base, sold)))
    return func.coalesce(type_coerce(rate, BigInteger), 0)


def _of_owner(column: Any, day: date) -> Any:
    return (
        select(col(column))
        .where(
            col(UserRate.user_id) == col(Task.owner_id),
            col(UserRate.valid_from) <= day,
            col(column).is_not(None),
        )
        .order_by(col(UserRate.valid_from).desc())
        .limit(1)
        .correlate(Task)
        .scalar_subquery()
    )
