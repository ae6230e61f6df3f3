"""The cost of expenses inside a budget: aggregates that are added to the cost of time."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Period
from finance_app.models import Expense
from finance_app.services.expenses import costs

Source = Callable[[Session, list[int], Period | None], Mapping[int, int]]
"""The cost of what one source spent for projects, by id, in minor units of the base currency: one SQL
aggregate, of the days of a period or of all time. Its writer calls `alerts.look_again` for the project."""

SOURCES: tuple[Source, ...] = (costs.cost_by_project,)


def cost_by_project(
    session: Session, project_ids: Iterable[int], period: Period | None = None
) -> Mapping[int, int]:
    """What the projects spent besides time, in minor units of the base currency."""
    ids = list(project_ids)
    found: Counter[int] = Counter()
    for source in SOURCES:
        found.update(source(session, ids, period))
    return found


def cost_by_day(session: Session, project_id: int) -> Mapping[date, int]:
    """What a project spent besides time on each day, in minor units of the base currency."""
    rows = session.execute(
        select(col(Expense.day), func.sum(col(Expense.base_cost_minor)))
        .where(*costs.counted(), col(Expense.project_id) == project_id)
        .group_by(col(Expense.day))
    )
    return {day: int(cost) for day, cost in rows}
