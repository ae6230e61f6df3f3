"""Limits of the parts of a budget: one milestone, task or person, whichever the budget's scope names."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import Budget, BudgetAlert, BudgetPart, Milestone, Task, User
from finance_app.models.kinds import BudgetScope, BudgetType
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting.form import hours_text, money_text, read_hours, read_money
from finance_app.services.projects import directory as projects
from finance_app.services.rates import base_currency

_TABLES = {BudgetScope.MILESTONE: Milestone, BudgetScope.TASK: Task, BudgetScope.USER: User}


def form_values(session: Session, actor: Actor, project_id: int, part_id: int) -> dict[str, str]:
    """The limit of a part as its form shows it, empty where the plan counts. Raises NotFound."""
    budget = _budget(session, actor, project_id, part_id)
    row = _row(session, budget, part_id)
    hours = budget.type is BudgetType.HOURS
    value = (
        ""
        if row is None
        else hours_text(row.seconds)
        if hours
        else money_text(row.cost_minor, base_currency(session))
    )
    return {"limit": value}


def set_limit(session: Session, actor: Actor, project_id: int, part_id: int, data: Mapping[str, str]) -> None:
    """Set the limit of a part in what the budget is measured in; nothing typed takes it away.

    Raises InvalidFields at `limit`, or NotFound.
    """
    budget = _budget(session, actor, project_id, part_id)
    hours = budget.type is BudgetType.HOURS
    try:
        text = data.get("limit", "").strip()
        value = read_hours(text) if hours else read_money(text, base_currency(session))
    except DomainError as fault:
        raise InvalidFields({"limit": fault}) from fault
    row = _row(session, budget, part_id)
    before = {} if row is None else {"seconds": row.seconds, "cost_minor": row.cost_minor}
    if value is None:
        if row is not None:
            session.delete(row)
    else:
        row = row or BudgetPart(project_id=project_id, scope=budget.scope, part_id=part_id)
        row.seconds, row.cost_minor = (value, row.cost_minor) if hours else (row.seconds, value)
        session.add(row)
    session.flush()
    after = {} if value is None else {"seconds" if hours else "cost_minor": value}
    audit.record(
        session, actor, "project", project_id, "budget_changed", before=before, after=after,
        scope=budget.scope.value, part_id=part_id,
    )  # fmt: skip


def _budget(session: Session, actor: Actor, project_id: int, part_id: int) -> Budget:
    actor.require(Permission.PROJECTS_EDIT, project_id)
    projects.get(session, actor, project_id)
    budget = session.get(Budget, project_id)
    if budget is None or budget.type is BudgetType.NONE or budget.scope not in _TABLES:
        raise DomainError("budget.error.no_parts")
    if budget.type is BudgetType.AMOUNT:
        actor.require(Permission.COSTS_VIEW, project_id)
    part = session.get(_TABLES[budget.scope], part_id)
    if part is None or getattr(part, "project_id", project_id) != project_id:
        raise NotFound
    return budget


def _row(session: Session, budget: Budget, part_id: int) -> BudgetPart | None:
    return (
        session.execute(
            select(BudgetPart).where(
                BudgetPart.project_id == budget.project_id,
                BudgetPart.scope == budget.scope,
                col(BudgetPart.part_id) == part_id,
            )
        )
        .scalars()
        .first()
    )


def forget(session: Session, scope: BudgetScope, part_ids: Sequence[int]) -> None:
    """Drop the limits and the told alerts of tasks or milestones that are gone, or left their project."""
    for model in (BudgetPart, BudgetAlert):
        session.execute(
            delete(model).where(col(model.scope) == scope, col(model.part_id).in_(list(part_ids)))
        )
