"""What a client could be billed for: its projects with their unbilled time."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import Project
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts import Actor
from finance_app.services.rates import Unbilled, unbilled_by_project

MOST = 200


@dataclass(frozen=True)
class Offer:
    """A project and its unbilled billable time, approved or not, up to any day."""

    project_id: int
    name: str
    currency: str
    can_be_billed: bool
    seconds: int
    amount_minor: int


def offers(session: Session, actor: Actor, client_id: int) -> list[Offer]:
    """The client's projects, those with unbilled time first. A fixed price is not billed by the hour."""
    actor.require(Permission.INVOICES_EDIT)
    projects = session.execute(
        select(col(Project.id), col(Project.name), col(Project.currency), col(Project.billing_method))
        .where(col(Project.client_id) == client_id)
        .order_by(col(Project.archived_at).is_not(None), col(Project.name))
        .limit(MOST)
    ).all()
    unbilled = unbilled_by_project(session, {row.id: row.currency for row in projects})
    found = [
        Offer(
            project_id=row.id,
            name=row.name,
            currency=row.currency,
            can_be_billed=row.billing_method is not BillingMethod.FIXED_COST,
            seconds=unbilled.get(row.id, Unbilled()).seconds,
            amount_minor=unbilled.get(row.id, Unbilled()).amount_minor,
        )
        for row in projects
    ]
    return sorted(
        found, key=lambda offer: (not (offer.can_be_billed and offer.seconds), offer.name.casefold())
    )
