"""Revenue to come: open milestones, and what is left of prices, of revenue budgets and of what was agreed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.money import minor_digits, round_half_up
from finance_app.domain.periods import Month
from finance_app.domain.permissions import Permission
from finance_app.models import Budget, Client, Estimate, Milestone, PriceClaim, Project, SalesOrder
from finance_app.models.kinds import BillingMethod, BudgetPeriod, ProjectState
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import totals as worked_time
from finance_app.services.budgeting.price import billed_of_prices
from finance_app.services.estimating.facts import billed_of_estimate, billed_of_order
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.portal import portal_of, today
from finance_app.services.reports.lines import by_currency, paged

ASKS = ListAsks(
    sorts=("month", "project", "amount"), default_sort="month", filters=("kind", "month", "currency")
)
UNDATED = "none"
"""How an address asks for what has no month."""
MILLION = 10**6


class Source(StrEnum):
    """Why revenue is expected. Nothing counts twice: a price is what its open milestones leave of it, and an
    accepted estimate or an order of a project with a price or a revenue budget is in that figure."""

    MILESTONE = "milestone"
    PRICE = "price"
    BUDGET = "budget"
    ESTIMATE = "estimate"
    ORDER = "order"


class Known(StrEnum):
    """What says when revenue is expected."""

    DUE = "due"
    END = "end"
    ACCEPTED = "accepted"
    ORDERED = "ordered"


@dataclass(frozen=True, slots=True)
class Expected:
    """Net revenue that no invoice has yet, in minor units. `day` is when the milestone is due or the project
    ends, else when the estimate was accepted or the order confirmed (`known`); None where none of them says.
    An estimate or order (`document_id`) may have no project."""

    source: Source
    name: str
    project_id: int | None
    project: str
    client: str
    day: date | None
    amount_minor: int
    currency: str
    known: Known | None
    document_id: int = 0

    def month(self, now: Month) -> Month | None:
        """What is late is expected now."""
        return max(Month.of(self.day), now) if self.day else None


_ORDERS = {
    "month": lambda line: (line.day or date.max, line.project.casefold()),
    "project": lambda line: (line.project.casefold(), line.day or date.max),
    "amount": lambda line: line.amount_minor,
}


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Expected]:
    """Of projects that are not closed, of a kind, month or currency where the query has one. `totals` has the
    amounts by currency, and by month (None is without a date) and currency, of every month."""
    actor.require(Permission.FINANCE_VIEW)
    now = Month.of(today(session))
    lines = _expected(session)
    if query.filter("kind") in set(Source):
        lines = [line for line in lines if line.source == query.filter("kind")]
    if currency := query.filter("currency"):
        lines = [line for line in lines if line.currency == currency]
    months: dict[Month | None, list[tuple[str, int]]] = defaultdict(list)
    for line in lines:
        months[line.month(now)].append((line.currency, line.amount_minor))
    if month := query.filter("month"):
        lines = [line for line in lines if month_key(line.month(now)) == month]
    dated = sorted(month for month in months if month)
    totals = {
        "amounts": by_currency((line.currency, line.amount_minor) for line in lines),
        "months": [(month, by_currency(months[month])) for month in [*dated, None] if month in months],
    }
    return paged(lines, query, _ORDERS, totals)


def month_key(month: Month | None) -> str:
    """As a month stands in an address: `2026-03`."""
    return f"{month.year:04d}-{month.month:02d}" if month else UNDATED


def _expected(session: Session) -> list[Expected]:
    is_open = (col(Project.archived_at).is_(None), col(Project.state) != ProjectState.CLOSED)
    projects = {
        project.id: (project, client)
        for project, client in session.execute(
            select(Project, func.coalesce(Client.name, ""))
            .outerjoin(Client, col(Client.id) == col(Project.client_id))
            .where(*is_open)
        ).all()
    }
    billed_milestones = _claimed(session, PriceClaim.milestone_id)
    lines: list[Expected] = []
    of_milestones: dict[int, int] = defaultdict(int)

    def expect(source: Source, name: str, project_id: int, day: date | None, minor: int) -> None:
        project, client = projects[project_id]
        known = (Known.DUE if source is Source.MILESTONE else Known.END) if day else None
        if minor > 0:
            work = (project_id, project.name, client)
            lines.append(Expected(source, name, *work, day, minor, project.currency, known))

    milestones = session.execute(
        select(Milestone)
        .join(Project, col(Project.id) == col(Milestone.project_id))
        .where(col(Milestone.closed_at).is_(None), col(Milestone.amount_minor) > 0, *is_open)
    ).scalars()
    for each in milestones:
        rest = (each.amount_minor or 0) - billed_milestones.get(each.id or 0, 0)
        of_milestones[each.project_id] += max(rest, 0)
        expect(Source.MILESTONE, each.name, each.project_id, each.due_date, rest)
    limits, worked = _limits(session), _worked(session)
    billed = billed_of_prices(session, limits)
    for id, minor in limits.items():
        project, _ = projects.get(id, (None, ""))
        if project is None:
            continue
        fixed = project.billing_method is BillingMethod.FIXED_COST
        done = billed.get(id, 0) if fixed else _in_minor(worked.get(id, 0), project.currency)
        source = Source.PRICE if fixed else Source.BUDGET
        expect(source, "", id, project.end_date, minor - done - of_milestones[id])
    for agreed in _agreed(session):
        project, _ = projects.get(agreed.project_id, (None, ""))
        if agreed.project_id is not None and (project is None or agreed.project_id in limits):
            continue
        rest = agreed.left_minor
        if project is not None:
            done = _in_minor(worked.get(project.id, 0), project.currency)
            rest = min(rest, agreed.net_minor - done) - of_milestones[project.id]
        if rest > 0:
            work = (agreed.project_id, project.name if project else "", agreed.client)
            end = project.end_date if project else None
            since = Known.ACCEPTED if agreed.source is Source.ESTIMATE else Known.ORDERED
            day, known = (end, Known.END) if end else (agreed.day, since)
            found = (agreed.source, agreed.name, *work, day, rest, agreed.currency, known, agreed.document_id)
            lines.append(Expected(*found))
    return lines


@dataclass(frozen=True, slots=True)
class _Agreed:
    """An accepted estimate, or an order without one, and how much of its net no invoice has."""

    source: Source
    document_id: int
    name: str
    project_id: int | None
    client: str
    currency: str
    net_minor: int
    left_minor: int
    day: date


def _agreed(session: Session) -> Iterator[_Agreed]:
    """What invoices leave, drafts among them: an estimate's through its order too."""
    accepted = (col(Estimate.accepted_at).is_not(None), col(Estimate.superseded_at).is_(None))
    ordered = (
        col(SalesOrder.issued_at).is_not(None),
        col(SalesOrder.voided_at).is_(None),
        col(SalesOrder.estimate_id).is_(None),
    )
    zone = ZoneInfo(portal_of(session).time_zone)
    for source, table, billed, at, where in (
        (Source.ESTIMATE, Estimate, billed_of_estimate(Estimate.id), Estimate.accepted_at, accepted),
        (Source.ORDER, SalesOrder, billed_of_order(SalesOrder.id), SalesOrder.issued_at, ordered),
    ):
        rows = session.execute(
            select(
                col(table.id),
                func.coalesce(table.number, ""),
                col(table.project_id),
                col(Client.name),
                col(table.currency),
                col(table.net_minor),
                col(table.total_minor),
                billed.label("billed"),
                col(at),
            )
            .join(Client, col(Client.id) == col(table.client_id))
            .where(*where, col(table.total_minor) > billed)
            .order_by(col(table.id))
        )
        for id, number, project_id, client, currency, net, total, done, agreed in rows:
            left = round_half_up(Fraction(net * (total - int(done)), total))
            day = agreed.astimezone(zone).date()
            yield _Agreed(source, id, number, project_id, client, currency, net, left, day)


def _limits(session: Session) -> dict[int, int]:
    """The price of each fixed-price project; of the others the revenue budget, if it is for their life."""
    fixed = col(Project.billing_method) == BillingMethod.FIXED_COST
    prices = session.execute(
        select(col(Project.id), col(Project.price_minor)).where(fixed, col(Project.price_minor) > 0)
    ).all()
    budgets = session.execute(
        select(col(Budget.project_id), col(Budget.revenue_minor))
        .join(Project, col(Project.id) == col(Budget.project_id))
        .where(~fixed, col(Budget.revenue_minor) > 0, col(Budget.period) == BudgetPeriod.LIFE)
    ).all()
    return {row[0]: int(row[1]) for row in (*prices, *budgets)}


def _claimed(session: Session, key) -> dict[int, int]:
    """The live shares of prices, by project or milestone."""
    rows = session.execute(
        select(col(key), func.sum(PriceClaim.amount_minor))
        .where(col(PriceClaim.released_at).is_(None), col(key).is_not(None))
        .group_by(col(key))
    ).all()
    return {row[0]: int(row[1]) for row in rows}


def _worked(session: Session) -> dict[int, int]:
    """Billable time at bill rates by project, in seconds x millionths an hour."""
    return {project_id: time.revenue for project_id, time in worked_time.by_project(session).items()}


def _in_minor(worked: int, currency: str) -> int:
    return round_half_up(Fraction(worked * 10 ** minor_digits(currency), 3600 * MILLION))
