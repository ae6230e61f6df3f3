"""Budgets switch on by themselves: for the projects of a portal that is connected to Zoho."""

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.budget import FIRST_THRESHOLD, allowed_types
from finance_app.domain.permissions import Permission
from finance_app.models import Budget, Project, Task
from finance_app.models.kinds import BudgetScope, BudgetType, ProjectState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import alerts


def switch_on(session: Session, actor: Actor) -> list[int]:
    """Give every open project that never had a budget, and has planned hours, one of what was planned for its
    tasks: of cost, or of hours where the price is fixed. The ids of those projects.

    What they used before is taken note of without telling anybody. To be called when the portal is connected,
    and after each run that brings projects or tasks: what has a budget, or had one, is left alone.
    """
    actor.require(Permission.INTEGRATION_EDIT)
    planned = select(col(Task.project_id)).where(
        col(Task.planned_seconds) > 0, col(Task.archived_at).is_(None)
    )
    rows = session.execute(
        select(col(Project.id), col(Project.billing_method))
        .outerjoin(Budget, col(Budget.project_id) == col(Project.id))
        .where(
            col(Budget.project_id).is_(None),
            col(Project.archived_at).is_(None),
            col(Project.state) != ProjectState.CLOSED,
            col(Project.id).in_(planned),
        )
        .order_by(col(Project.id))
    ).all()
    for project_id, method in rows:
        amount = BudgetType.AMOUNT in allowed_types(method)
        kind = BudgetType.AMOUNT if amount else BudgetType.HOURS
        session.add(
            Budget(project_id=project_id, type=kind, scope=BudgetScope.TASK, threshold=FIRST_THRESHOLD)
        )
        audit.record(
            session, actor, "project", project_id, "budget_changed",
            after={"type": kind.value, "scope": BudgetScope.TASK.value, "threshold": FIRST_THRESHOLD},
        )  # fmt: skip
    session.flush()
    found = [project_id for project_id, _ in rows]
    alerts.take_note(session, found)
    return found
