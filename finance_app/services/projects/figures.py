"""What was planned for projects and what came of it: hours, cost, revenue, and what is not billed yet."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod
from finance_app.models import Client, Project
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import expenses
from finance_app.services.budgeting.costing import minor_of
from finance_app.services.budgeting.price import billed_of_prices
from finance_app.services.budgeting.work import Work, work_of
from finance_app.services.portal import portal_of
from finance_app.services.rates import unbilled_by_project


@dataclass(frozen=True)
class ProjectFigures:
    """A project in seconds and minor units. Revenue and unbilled are in `currency`, cost in `cost_currency`.

    Time without a cost rate costs its billing rate where that is in the same currency; what then has neither
    costs nothing and stands in `uncosted_seconds`. Cost includes expenses. A fixed price is the planned
    revenue, what is billed of it the actual one, and what is left of it is unbilled.
    """

    id: int
    name: str
    client: str
    method: BillingMethod
    currency: str
    cost_currency: str
    entries: int
    tasks: int
    planned_seconds: int
    actual_seconds: int
    planned_cost_minor: int
    actual_cost_minor: int
    planned_revenue_minor: int
    actual_revenue_minor: int
    unbilled_minor: int
    uncosted_seconds: int


def figures(session: Session, actor: Actor) -> list[ProjectFigures]:
    """The figures of every project that is not archived, by name. Plans are priced at the rates of today."""
    actor.require(Permission.PROJECTS_VIEW)
    actor.require(Permission.RATES_VIEW)
    actor.require(Permission.COSTS_VIEW)
    base = portal_of(session).base_currency
    rows = session.execute(
        select(Project, func.coalesce(Client.name, ""))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .where(col(Project.archived_at).is_(None))
        .order_by(func.lower(Project.name), col(Project.id))
    ).all()
    works = work_of(session, [project for project, _ in rows])
    hourly = {p.id or 0: p.currency for p, _ in rows if p.billing_method is not BillingMethod.FIXED_COST}
    unbilled = unbilled_by_project(session, hourly)
    billed = billed_of_prices(session, [id_ for id_ in works if id_ not in hourly])
    spent = expenses.cost_by_project(session, works)
    found = []
    for project, client in rows:
        id_ = project.id or 0
        waiting = unbilled[id_].amount_minor if id_ in unbilled else 0
        found.append(_figures(works[id_], client, base, waiting, billed.get(id_, 0), spent.get(id_, 0)))
    return found


def _figures(
    work: Work, client: str, base: str, unbilled: int, billed: int, expense_minor: int
) -> ProjectFigures:
    project, total = work.project, work.total
    fixed, price = project.billing_method is BillingMethod.FIXED_COST, project.price_minor or 0
    return ProjectFigures(
        id=project.id or 0,
        name=project.name,
        client=client,
        method=project.billing_method,
        currency=project.currency,
        cost_currency=base,
        entries=total.logs,
        tasks=sum(not task.archived for task, _ in work.tasks),
        planned_seconds=total.planned,
        actual_seconds=total.actual,
        planned_cost_minor=minor_of(total.planned_cost, base),
        actual_cost_minor=minor_of(total.actual_cost, base) + expense_minor,
        planned_revenue_minor=price if fixed else minor_of(total.planned_revenue, project.currency),
        actual_revenue_minor=billed if fixed else minor_of(total.actual_revenue, project.currency),
        unbilled_minor=max(0, price - billed) if fixed else unbilled,
        uncosted_seconds=total.uncosted,
    )
