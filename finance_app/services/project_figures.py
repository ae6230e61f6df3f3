"""What was planned for projects and what came of it: hours, cost, revenue, and what is not billed yet."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod, DatedRate, RateCard, bill_rate, rate_on
from finance_app.models import Client, Project, ProjectMember, Task, TimeLog, UserRate
from finance_app.models.kinds import WorkKind
from finance_app.services.accounts import Actor
from finance_app.services.invoicing.company import portal_of, today
from finance_app.services.rates import amount_at_rates, unbilled_by_project

Priced = list[tuple[int, Decimal | None]]


@dataclass(frozen=True)
class ProjectFigures:
    """A project in seconds and minor units. Revenue and unbilled are in `currency`, cost in `cost_currency`.

    Time without a cost rate costs its billing rate where that is in the same currency; what then has neither
    costs nothing and stands in `uncosted_seconds`. A fixed price is its planned revenue and bills no hours.
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
    portal = portal_of(session)
    rows = session.execute(
        select(Project, func.coalesce(Client.name, ""))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .where(col(Project.archived_at).is_(None))
        .order_by(func.lower(Project.name), col(Project.id))
    ).all()
    projects = [project for project, _ in rows]
    plans = _plans(session, projects, portal.base_currency, today(portal))
    work = _work(session)
    hourly = {p.id or 0: p.currency for p in projects if p.billing_method is not BillingMethod.FIXED_COST}
    unbilled = unbilled_by_project(session, hourly)
    return [
        _figures(project, client, portal.base_currency, plans[project.id], work[project.id], unbilled)
        for project, client in rows
    ]


@dataclass
class _Time:
    """Time of one kind: each row its seconds, bill rate, cost rate, and whether it earns."""

    count: int = 0
    seconds: int = 0
    rows: list[tuple[int, Decimal | None, Decimal | None, bool]] = field(default_factory=list)

    def add(
        self, count: int, seconds: int, sold: Decimal | None, bought: Decimal | None, earns: bool
    ) -> None:
        self.count += count
        self.seconds += seconds
        self.rows.append((seconds, sold, bought, earns))

    def revenue(self) -> Priced:
        return [(seconds, sold) for seconds, sold, _, earns in self.rows if earns]

    def cost(self, same_currency: bool) -> Priced:
        """At the billing rate where no cost rate is set."""
        return [
            (seconds, bought if bought is not None or not same_currency else sold)
            for seconds, sold, bought, _ in self.rows
        ]


def _figures(
    project: Project, client: str, base: str, plan: _Time, work: _Time, unbilled: dict[int, Any]
) -> ProjectFigures:
    same = project.currency == base
    fixed = project.billing_method is BillingMethod.FIXED_COST
    waiting = unbilled.get(project.id or 0)
    return ProjectFigures(
        id=project.id or 0,
        name=project.name,
        client=client,
        method=project.billing_method,
        currency=project.currency,
        cost_currency=base,
        entries=work.count,
        tasks=plan.count,
        planned_seconds=plan.seconds,
        actual_seconds=work.seconds,
        planned_cost_minor=amount_at_rates(plan.cost(same), base),
        actual_cost_minor=amount_at_rates(work.cost(same), base),
        planned_revenue_minor=(project.price_minor or 0)
        if fixed
        else amount_at_rates(plan.revenue(), project.currency),
        actual_revenue_minor=amount_at_rates(work.revenue(), project.currency),
        unbilled_minor=waiting.amount_minor if waiting else 0,
        uncosted_seconds=sum(seconds for seconds, rate in work.cost(same) if rate is None),
    )


def _plans(session: Session, projects: list[Project], base: str, day: date) -> dict[int | None, _Time]:
    """Planned time of the tasks, each occurrence counted, as if their owners worked it on that day."""
    sold: dict[int, list[DatedRate]] = defaultdict(list)
    bought: dict[int, list[DatedRate]] = defaultdict(list)
    for row in session.execute(select(UserRate)).scalars():
        if row.bill_rate is not None:
            sold[row.user_id].append(DatedRate(row.bill_rate, row.valid_from))
        if row.cost_rate is not None:
            bought[row.user_id].append(DatedRate(row.cost_rate, row.valid_from))
    agreed = {
        (row.project_id, row.user_id): [DatedRate(row.bill_rate)]
        for row in session.execute(select(ProjectMember)).scalars()
        if row.bill_rate is not None
    }
    by_id = {project.id: project for project in projects}
    plans: dict[int | None, _Time] = defaultdict(_Time)
    grouped = session.execute(
        select(
            col(Task.project_id),
            col(Task.kind),
            col(Task.owner_id),
            col(Task.bill_rate),
            func.count(),
            func.coalesce(func.sum(col(Task.planned_seconds) * col(Task.occurrences)), 0),
        )
        .where(col(Task.archived_at).is_(None))
        .group_by(col(Task.project_id), col(Task.kind), col(Task.owner_id), col(Task.bill_rate))
    )
    for project_id, kind, owner, own_rate, count, total in grouped:
        project = by_id.get(project_id)
        if project is None:
            continue
        card = RateCard(
            method=project.billing_method,
            project_rate=project.bill_rate,
            task_rate=own_rate,
            user_rates=sold[owner] if project.currency == base else (),
            project_user_rates=agreed.get((project_id, owner), ()),
        )
        price = bill_rate(card, day, on_issue=kind is WorkKind.ISSUE)
        sold_at = price.rate if price else None
        plans[project_id].add(count, int(total), sold_at, rate_on(bought[owner], day), True)
    return plans


def _work(session: Session) -> dict[int | None, _Time]:
    """Logged time at the rates of its logs; what is not billable earns nothing."""
    work: dict[int | None, _Time] = defaultdict(_Time)
    bill, cost = col(TimeLog.bill_rate), col(TimeLog.cost_rate)
    grouped = session.execute(
        select(
            col(TimeLog.project_id),
            bill,
            cost,
            col(TimeLog.billable),
            func.count(),
            func.sum(col(TimeLog.seconds)),
        ).group_by(col(TimeLog.project_id), bill, cost, col(TimeLog.billable))
    )
    for project_id, sold, bought, billable, count, total in grouped:
        work[project_id].add(count, int(total), sold, bought, billable)
    return work
