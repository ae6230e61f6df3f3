"""The amounts beside the time logs that a figure of a budget opened, priced as the budget prices them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import Budget, TimeLog
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting.costing import Costing, costing_of, minor_of
from finance_app.services.budgeting.totals import Worked
from finance_app.services.listing import ListQuery
from finance_app.services.portal import portal_of, today_in
from finance_app.services.projects import directory as projects
from finance_app.services.time_tracking import listing

COST, EARNED = "cost", "earned"
_WHOLE = {"project", "amount", "period"}


@dataclass(frozen=True)
class Amounts:
    """In minor units of `currency`; a log without a rate has none. `total` is of all logs that are found and
    is rounded once, like the figure. `expense_minor` belongs to that figure too."""

    currency: str
    logs: Mapping[int, int]
    total: int
    expense_minor: int


def amounts(
    session: Session, actor: Actor, project_id: int, query: ListQuery, log_ids: Sequence[int]
) -> Amounts | None:
    """What the found logs of a project cost or earned, as `amount` of the query asks; these ones singly.
    None where it asks for neither, or for what the actor may not see."""
    wanted = query.filter("amount")
    needed = {COST: Permission.COSTS_VIEW, EARNED: Permission.RATES_VIEW}.get(wanted)
    if needed is None or not actor.may(needed, project_id):
        return None
    project = projects.get(session, actor, project_id)
    portal = portal_of(session)
    costing = costing_of(project, session.get(Budget, project_id), portal.base_currency)
    currency = costing.base if wanted == COST else project.currency
    everything = totals.of_logs(
        session, [col(TimeLog.project_id)], *listing.conditions(session, actor, query)
    )
    singly = totals.of_logs(session, [col(TimeLog.id)], col(TimeLog.id).in_(list(log_ids)))
    spent = 0
    if wanted == COST and set(query.filters) <= _WHOLE and not query.search:
        period = listing.period_of(query.filter("period"), today_in(portal))
        spent = expenses.cost_by_project(session, [project_id], period).get(project_id, 0)
    return Amounts(
        currency,
        {
            log_id: minor_of(_exact(costing, worked, wanted), currency)
            for (log_id,), worked in singly
            if wanted == EARNED or not costing.uncosted(worked)
        },
        sum(minor_of(_exact(costing, worked, wanted), currency) for _, worked in everything),
        spent,
    )


def _exact(costing: Costing, worked: Worked, wanted: str) -> int:
    return costing.cost(worked) if wanted == COST else worked.revenue
