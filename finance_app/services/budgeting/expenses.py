"""The cost of expenses inside a budget: one aggregate, added to the cost of time."""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Period
from finance_app.services.expenses import costs

Source = Callable[[Session, list[int], Period | None], Mapping[int, int]]
"""The cost of what one source spent for projects, by id, in minor units of the base currency: one SQL
aggregate, of the days of a period or of all time. Its writer calls `alerts.look_again` for the project."""

SOURCES: tuple[Source, ...] = (costs.cost_by_project,)
from finance_app.domain.workflow import ApprovalState
from finance_app.models import Expense


def cost_by_project(
    session: Session, project_ids: Iterable[int], period: Period | None = None
) -> Mapping[int, int]:
    """The cost of the projects' expenses in minor units of the base currency, of a period or of all time.

    What was rejected costs nothing. A project without expenses is left out.
    """
    ids = list(project_ids)
    if not ids:
        return {}
    days = [] if period is None else [col(Expense.day).between(period.first, period.last)]
    rows = session.execute(
        select(col(Expense.project_id), func.sum(Expense.base_cost_minor))
        .where(
            col(Expense.project_id).in_(ids),
            col(Expense.deleted_at).is_(None),
            col(Expense.approval) != ApprovalState.REJECTED,
            *days,
        )
        .group_by(col(Expense.project_id))
    )
    return {project_id: int(cost) for project_id, cost in rows}
