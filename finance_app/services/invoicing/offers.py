"""What a client could be billed for: time of its projects, shares of fixed costs, milestones."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.domain.shares import Standing
from finance_app.domain.workflow import InvoiceState
from finance_app.models import Invoice, Milestone, Project, User
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.milestone_plans import planned_amounts, unbilled_amounts
from finance_app.services.invoicing.price_claims import milestone_standings, project_standings
from finance_app.services.portal import portal_of
from finance_app.services.rates import Unbilled, unbilled_by_project

MOST = 200


@dataclass(frozen=True)
class TimeOffer:
    """A project billed by the hour and its unbilled billable time, approved or not, up to any day."""

    project_id: int
    name: str
    currency: str
    seconds: int
    amount_minor: int


@dataclass(frozen=True)
class PriceOffer:
    """A project at a fixed cost, or a milestone with what it is worth by plan and by its time not billed."""

    id: int
    name: str
    project: str
    project_id: int
    currency: str
    standing: Standing
    fixed_minor: int | None = None
    planned_minor: int = 0
    actual_minor: int = 0
    unbilled_logs: int = 0
    due_date: date | None = None
    closed: bool = False


@dataclass(frozen=True)
class OpenDraft:
    """A draft of the wizard that waits for its details."""

    invoice_id: int
    title: str
    currency: str
    total_minor: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Offers:
    """`milestones` is None where the portal does not bill them."""

    time: list[TimeOffer]
    fixed: list[PriceOffer]
    milestones: list[PriceOffer] | None
    drafts: list[OpenDraft]


def offers(
    session: Session,
    actor: Actor,
    client_id: int,
    *,
    since: date | None = None,
    until: date | None = None,
    draft_id: int | None = None,
) -> Offers:
    """What the client's projects offer, those with something to bill first.

    What a draft holds that is grouped anew counts as free; `since` and `until` bound the time of milestones.
    """
    actor.require(Permission.INVOICES_EDIT)
    rows = list(
        session.execute(
            select(Project)
            .where(col(Project.client_id) == client_id)
            .order_by(col(Project.archived_at).is_not(None), col(Project.name))
            .limit(MOST)
        ).scalars()
    )
    hourly = [each for each in rows if each.billing_method is not BillingMethod.FIXED_COST]
    fixed = [each for each in rows if each.billing_method is BillingMethod.FIXED_COST]
    with_milestones = portal_of(session).milestone_invoicing
    return Offers(
        time=_time(session, hourly),
        fixed=_fixed(session, fixed, draft_id),
        milestones=_milestones(session, rows, since, until, draft_id) if with_milestones else None,
        drafts=_drafts(session, client_id, draft_id),
    )


def _time(session: Session, projects: list[Project]) -> list[TimeOffer]:
    unbilled = unbilled_by_project(session, {each.id or 0: each.currency for each in projects})
    found = [
        TimeOffer(
            project_id=each.id or 0,
            name=each.name,
            currency=each.currency,
            seconds=unbilled.get(each.id or 0, Unbilled()).seconds,
            amount_minor=unbilled.get(each.id or 0, Unbilled()).amount_minor,
        )
        for each in projects
    ]
    return sorted(found, key=lambda offer: (not offer.seconds, offer.name.casefold()))


def _fixed(session: Session, projects: list[Project], draft_id: int | None) -> list[PriceOffer]:
    standings = project_standings(session, [each.id or 0 for each in projects], draft_id)
    found = [
        PriceOffer(
            id=each.id or 0,
            name=each.name,
            project=each.name,
            project_id=each.id or 0,
            currency=each.currency,
            standing=standings[each.id or 0],
        )
        for each in projects
    ]
    return sorted(found, key=lambda offer: (not offer.standing.left_minor, offer.name.casefold()))


def _milestones(
    session: Session, projects: list[Project], since: date | None, until: date | None, draft_id: int | None
) -> list[PriceOffer]:
    by_id = {each.id: each for each in projects}
    rows = list(
        session.execute(
            select(Milestone)
            .where(col(Milestone.project_id).in_(by_id))
            .order_by(col(Milestone.project_id), col(Milestone.position), col(Milestone.id))
            .limit(MOST)
        ).scalars()
    )
    ids = [each.id or 0 for each in rows]
    standings = milestone_standings(session, ids, draft_id)
    planned = planned_amounts(session, ids)
    waiting = unbilled_amounts(session, ids, since, until, draft_id)
    found = [
        PriceOffer(
            id=each.id or 0,
            name=each.name,
            project=by_id[each.project_id].name,
            project_id=each.project_id,
            currency=by_id[each.project_id].currency,
            standing=standings[each.id or 0],
            fixed_minor=each.amount_minor,
            planned_minor=planned.get(each.id or 0, 0),
            actual_minor=waiting.get(each.id or 0, (0, 0, 0))[0],
            unbilled_logs=waiting.get(each.id or 0, (0, 0, 0))[1],
            due_date=each.due_date,
            closed=each.closed_at is not None,
        )
        for each in rows
    ]
    return sorted(found, key=lambda offer: not (offer.standing.left_minor or offer.actual_minor))


def _drafts(session: Session, client_id: int, draft_id: int | None) -> list[OpenDraft]:
    rows = session.execute(
        select(Invoice, func.coalesce(User.name, ""))
        .outerjoin(User, col(User.id) == col(Invoice.created_by_id))
        .where(
            col(Invoice.client_id) == client_id,
            col(Invoice.state) == InvoiceState.DRAFT,
            col(Invoice.id) != (draft_id or 0),
        )
        .order_by(col(Invoice.id).desc())
        .limit(5)
    )
    return [
        OpenDraft(
            invoice_id=invoice.id or 0,
            title=invoice.title,
            currency=invoice.currency,
            total_minor=invoice.total_minor,
            made_by=name,
            made_at=invoice.created_at,
        )
        for invoice, name in rows
        if invoice.billing
    ]
