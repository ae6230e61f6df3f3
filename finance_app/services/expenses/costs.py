"""What expenses cost, in minor units of base currency: without recoverable tax, disbursements and what was
rejected."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Period
from finance_app.models import Expense
from finance_app.models.kinds import ApprovalState


def counted() -> list[Any]:
    """The conditions under which an expense is a cost. A disbursement is one of zero."""
    return [col(Expense.deleted_at).is_(None), col(Expense.approval) != ApprovalState.REJECTED]


def cost_by_project(session: Session, project_ids: list[int], period: Period | None) -> Mapping[int, int]:
    """By project, of the days of a period or of all time; a project without expenses is left out."""
    where = [*counted(), col(Expense.project_id).in_(project_ids)]
    if period is not None:
        where.append(col(Expense.day).between(period.first, period.last))
    rows = session.execute(
        select(col(Expense.project_id), func.sum(col(Expense.base_cost_minor)))
        .where(*where)
        .group_by(col(Expense.project_id))
    ).all()
    return {project_id: int(cost) for project_id, cost in rows}
