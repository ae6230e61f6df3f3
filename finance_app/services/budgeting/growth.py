"""By how much the forecast hours of projects lie above those they have spent, added up by the database.

Hours only: cost is exact beyond the integers of a database, and is added up by `work`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, and_, case, cast, func, select
from sqlmodel import Session, col

from finance_app.models import Task, TimeSum
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.budgeting import totals

UNFINISHED = (
    col(Task.kind) == WorkKind.TASK,
    col(Task.state) == WorkState.OPEN,
    col(Task.archived_at).is_(None),
    col(Task.planned_seconds) > 0,
)
"""The tasks that may take more than they took."""


def growth(session: Session, project_ids: Iterable[int]) -> Mapping[int, int]:
    """Seconds that the open tasks of each project are still to take, by `domain.budget.task_forecast`; a
    project without any is left out."""
    ids = list(project_ids)
    if not ids:
        return {}
    of_task = and_(
        col(TimeSum.level) == totals.TASK,
        col(TimeSum.project_id) == col(Task.project_id),
        col(TimeSum.part_id) == col(Task.id),
    )
    planned = cast(col(Task.planned_seconds), BigInteger) * col(Task.occurrences)
    actual: Any = func.coalesce(TimeSum.seconds, 0)
    done = col(Task.percent_done)
    still = case(
        (and_(done > 0, actual > 0), (actual * 200 + done) // (2 * done) - actual),
        (planned > actual, planned - actual),
        else_=0,
    )
    rows = session.execute(
        select(col(Task.project_id), func.sum(still))
        .select_from(Task)
        .outerjoin(TimeSum, of_task)
        .where(col(Task.project_id).in_(ids), *UNFINISHED)
        .group_by(col(Task.project_id))
    )
    return {project_id: int(seconds) for project_id, seconds in rows}
