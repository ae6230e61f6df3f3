"""The list of projects, each with its hours, budget, unbilled amount and last activity.

Figures are read for the rows of the page only. An order or filter by a figure needs it for every project: it
comes from the totals of logged time, never from the logs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.budget import Health
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Project, TimeLog
from finance_app.models.kinds import BillingMethod, BudgetType, ProjectState
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.price import left_of_prices
from finance_app.services.budgeting.standing import Standing, batches, standings
from finance_app.services.listing import Found, ListAsks, ListQuery, page_of
from finance_app.services.portal import portal_of, today, today_in
from finance_app.services.projects import directory as projects
from finance_app.services.projects.directory import matches, whole_number

FIGURES = ("hours", "used", "unbilled", "last_day")
ASKS = ListAsks(
    sorts=("name", "client", "method", *FIGURES),
    default_sort="name",
    filters=("state", "client", "method", "manager", "health"),
)
HEALTH = {
    "over": (Health.OVERRUN,),
    "at_risk": (Health.AT_RISK,),
    "warning": (Health.OVERRUN, Health.AT_RISK),
    "surplus": (Health.SURPLUS,),
}


@dataclass(frozen=True)
class ProjectRecord:
    """A row of the list. `unbilled_minor` and the amounts of a budget in money are None for those who may not
    see them; `percent` and `health` are None without a budget."""

    id: int
    name: str
    code: str
    client_id: int | None
    client: str
    method: BillingMethod
    state: ProjectState
    currency: str
    archived: bool
    seconds: int = 0
    last_day: date | None = None
    unbilled_minor: int | None = None
    measure: BudgetType = BudgetType.NONE
    limit: int | None = None
    spent: int | None = None
    base_currency: str = ""
    percent: Decimal | None = None
    health: Health | None = None


def page(session: Session, actor: Actor, query: ListQuery) -> Found[ProjectRecord]:
    """One page of the projects that the person may see.

    The filter `state` is active, on_hold, closed, archived or all; where absent, all but archived ones.
    `client` is an id, or none for projects without one; `health` is over, at_risk, warning (both) or surplus.
    """
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    conditions = _narrowed(actor, query)
    if query.sort in FIGURES or query.filter("health") in HEALTH:
        return _by_figures(session, actor, query, conditions)
    statement = _records().where(*conditions)
    sorts = {
        "name": func.lower(Project.name),
        "client": (func.lower(func.coalesce(Client.name, "")), func.lower(Project.name)),
        "method": col(Project.billing_method),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Project.id))
    records = [ProjectRecord(*row) for row in found.rows]
    return Found(with_figures(session, actor, records), found.total, found.query)


def over_budget(session: Session, actor: Actor) -> int:
    """How many of the projects that are not archived are overspent."""
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    day = today(session)
    stand = standings(session, day, *_narrowed(actor, ListQuery()), ahead=False)
    return sum(each.health is Health.OVERRUN for each in stand.values())


def figures(session: Session, actor: Actor, project_id: int) -> ProjectRecord:
    """One project as in the list. Raises NotFound."""
    projects.get(session, actor, project_id)
    row = session.execute(_records().where(col(Project.id) == project_id)).one()
    return with_figures(session, actor, [ProjectRecord(*row)])[0]


def _records() -> Any:
    return select(
        col(Project.id),
        col(Project.name),
        col(Project.code),
        col(Project.client_id),
        func.coalesce(Client.name, ""),
        col(Project.billing_method),
        col(Project.state),
        col(Project.currency),
        col(Project.archived_at).is_not(None),
    ).outerjoin(Client, col(Client.id) == col(Project.client_id))


def _narrowed(actor: Actor, query: ListQuery) -> list[Any]:
    conditions: list[Any] = []
    visible = actor.visible_projects()
    if visible is not None:
        conditions.append(col(Project.id).in_(visible))
    state = query.filter("state")
    archived = col(Project.archived_at)
    if state == "archived":
        conditions.append(archived.is_not(None))
    elif state != "all":
        conditions.append(archived.is_(None))
        if state in tuple(ProjectState):
            conditions.append(col(Project.state) == ProjectState(state))
    client = query.filter("client")
    if client == "none":
        conditions.append(col(Project.client_id).is_(None))
    elif client:
        conditions.append(col(Project.client_id) == whole_number(client))
    if manager := query.filter("manager"):
        conditions.append(col(Project.manager_id) == whole_number(manager))
    method = query.filter("method")
    if method in tuple(BillingMethod):
        conditions.append(col(Project.billing_method) == BillingMethod(method))
    if query.search:
        conditions.append(matches(query.search))
    return conditions


def _by_figures(
    session: Session, actor: Actor, query: ListQuery, conditions: Sequence[Any]
) -> Found[ProjectRecord]:
    rows = session.execute(
        select(col(Project.id), col(Project.currency), col(Project.billing_method))
        .where(*conditions)
        .order_by(func.lower(Project.name), col(Project.id))
    ).all()
    ids = [row[0] for row in rows]
    ahead: Mapping[int, Standing] | None = None
    if wanted := HEALTH.get(query.filter("health")):
        day = today(session)
        far = wanted != HEALTH["over"]
        stand = standings(session, day, *conditions, ahead=far)
        ahead = stand if far else None
        ids = [id_ for id_ in ids if id_ in stand and stand[id_].health in wanted]
    if query.sort in FIGURES:
        figure = _figure(session, actor, query.sort, rows, conditions)
        known = [id_ for id_ in ids if figure.get(id_) is not None]
        known.sort(key=lambda id_: figure[id_], reverse=query.descending)
        ids = [*known, *(id_ for id_ in ids if figure.get(id_) is None)]
    elif query.descending:
        ids.reverse()
    total = len(ids)
    if (size := query.size) is not None:
        query = replace(query, page=min(query.page, max(1, -(-total // size))))
        ids = ids[(query.page - 1) * size : query.page * size]
    place = {id_: at for at, id_ in enumerate(ids)}
    found = [ProjectRecord(*row) for row in session.execute(_records().where(col(Project.id).in_(ids)))]
    found.sort(key=lambda record: place[record.id])
    return Found(with_figures(session, actor, found, ahead), total, query)


def _figure(
    session: Session, actor: Actor, name: str, rows: Sequence[Any], conditions: Sequence[Any]
) -> Mapping[int, Any]:
    """A figure of all projects, by id; what the person may not see orders nothing."""
    if name == "hours":
        worked = totals.by_project(session)
        return {id_: worked[id_].seconds if id_ in worked else 0 for id_, _, _ in rows}
    if name == "last_day":
        last = select(func.max(TimeLog.day)).where(TimeLog.project_id == Project.id).scalar_subquery()
        return dict(session.execute(select(col(Project.id), last).where(*conditions)).all())
    if name == "used":
        stand = standings(session, today(session), *conditions, ahead=False)
        return {id_: each.percent for id_, each in stand.items()}
    if not actor.may(Permission.RATES_VIEW):
        return {}
    return _unbilled(session, [(id_, currency, method) for id_, currency, method in rows])


def _unbilled(session: Session, rows: Sequence[tuple[int, str, BillingMethod]]) -> dict[int, int]:
    """Unbilled time of what is billed by the hour, and what is left of fixed prices."""
    hourly = {id_: currency for id_, currency, method in rows if method is not BillingMethod.FIXED_COST}
    fixed = [id_ for id_, _, method in rows if method is BillingMethod.FIXED_COST]
    found = dict.fromkeys(hourly, 0)
    for batch in batches(list(hourly.items())):
        time = rates.unbilled_by_project(session, dict(batch))
        found |= {id_: waiting.amount_minor for id_, waiting in time.items()}
    for batch in batches(fixed):
        found |= left_of_prices(session, batch)
    return found


def with_figures(
    session: Session,
    actor: Actor,
    records: list[ProjectRecord],
    stand: Mapping[int, Standing] | None = None,
) -> list[ProjectRecord]:
    """Records with what time and budgets add to them; `stand` where it is known already."""
    ids = [record.id for record in records]
    if not ids:
        return records
    worked = totals.by_project(session, ids)
    last = select(func.max(TimeLog.day)).where(TimeLog.project_id == Project.id).scalar_subquery()
    days = dict(session.execute(select(col(Project.id), last).where(col(Project.id).in_(ids))).all())
    unbilled = _unbilled(session, [(record.id, record.currency, record.method) for record in records])
    portal = portal_of(session)
    if stand is None:
        stand = standings(session, today_in(portal), col(Project.id).in_(ids))
    return [
        _with_budget(
            replace(
                record,
                seconds=worked[record.id].seconds if record.id in worked else 0,
                last_day=days.get(record.id),
                unbilled_minor=unbilled.get(record.id)
                if actor.may(Permission.RATES_VIEW, record.id)
                else None,
            ),
            stand.get(record.id),
            actor,
            portal.base_currency,
        )
        for record in records
    ]


def _with_budget(record: ProjectRecord, stand: Standing | None, actor: Actor, base: str) -> ProjectRecord:
    if stand is None:
        return record
    shown = stand.measure is BudgetType.HOURS or actor.may(Permission.COSTS_VIEW, record.id)
    return replace(
        record,
        measure=stand.measure,
        limit=stand.limit if shown else None,
        spent=stand.actual if shown else None,
        base_currency=base,
        percent=stand.percent,
        health=stand.health,
    )
