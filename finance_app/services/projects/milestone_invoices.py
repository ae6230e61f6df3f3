"""The invoices of milestones: which there are, what each takes of one, and what could be billed next."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.domain.shares import Standing
from finance_app.models import Invoice, InvoiceLine
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.listing import displayed
from finance_app.services.invoicing.milestone_amounts import amounts_taken
from finance_app.services.invoicing.milestone_plans import planned_amounts, unbilled_amounts
from finance_app.services.invoicing.price_claims import milestone_standings
from finance_app.services.portal import portal_of, today, today_in
from finance_app.services.projects import directory as projects
from finance_app.services.projects import milestones

SHOWN = 50


@dataclass(frozen=True)
class MilestoneInvoice:
    """An invoice and what it takes of the milestone; a void one takes nothing any more."""

    id: int
    number: str
    title: str
    day: date
    state: str
    currency: str
    amount_minor: int


@dataclass(frozen=True)
class MilestoneOffer:
    """What can be billed of a milestone now. `waiting_*` is its billable time of the period not yet billed;
    `client_id` is None where the project has no client to bill, `switched_on` whether the portal bills
    milestones at all."""

    client_id: int | None
    currency: str
    switched_on: bool
    standing: Standing
    fixed_minor: int | None
    planned_minor: int
    waiting_minor: int
    waiting_logs: int
    waiting_seconds: int
    until: date


def invoices(session: Session, actor: Actor, project_id: int, milestone_id: int) -> list[MilestoneInvoice]:
    """The newest first, at most SHOWN. Raises NotFound."""
    actor.require(Permission.INVOICES_VIEW, project_id)
    actor.require(Permission.RATES_VIEW, project_id)
    milestones.get(session, actor, project_id, milestone_id)
    taken = amounts_taken(session, [milestone_id]).get(milestone_id, {})
    of_milestone = select(col(InvoiceLine.invoice_id)).where(col(InvoiceLine.milestone_id) == milestone_id)
    shown = displayed(today(session)).label("shown")
    rows = session.execute(
        select(Invoice, shown)
        .where(col(Invoice.id).in_(of_milestone) | col(Invoice.id).in_(taken))
        .order_by(col(Invoice.issue_date).desc(), col(Invoice.id).desc())
        .limit(SHOWN)
    )
    return [
        MilestoneInvoice(
            row.id or 0, row.number or "", row.title, row.issue_date, state, row.currency,
            taken.get(row.id or 0, 0),
        )
        for row, state in rows
    ]  # fmt: skip


def offer(
    session: Session,
    actor: Actor,
    project_id: int,
    milestone_id: int,
    since: date | None = None,
    until: date | None = None,
) -> MilestoneOffer:
    """What the milestone offers to bill, its time bounded by `since` and `until` (default: today).

    Raises NotFound.
    """
    actor.require(Permission.INVOICES_EDIT)
    project = projects.get(session, actor, project_id)
    row = milestones.get(session, actor, project_id, milestone_id)
    portal = portal_of(session)
    until = until or today_in(portal)
    waiting = unbilled_amounts(session, [milestone_id], since, until).get(milestone_id, (0, 0, 0))
    return MilestoneOffer(
        client_id=project.client_id,
        currency=project.currency,
        switched_on=portal.milestone_invoicing,
        standing=milestone_standings(session, [milestone_id])[milestone_id],
        fixed_minor=row.amount_minor,
        planned_minor=planned_amounts(session, [milestone_id]).get(milestone_id, 0),
        waiting_minor=waiting[0],
        waiting_logs=waiting[1],
        waiting_seconds=waiting[2],
        until=until,
    )
