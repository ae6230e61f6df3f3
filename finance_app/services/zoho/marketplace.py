"""What the marketplace shows: which application is connected, and what it was set up with."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import User
from finance_app.models.kinds import ConnectionState, ContactPreference, ZohoProduct, ZohoSignIn
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import connection
from finance_app.services.zoho.sync import starting
from finance_app.services.zoho.sync.standing import Standing


@dataclass(frozen=True)
class Installed:
    """The connection as people see it. `draft_step` is where an unfinished set-up or change stands;
    `standing` is that of its sync."""

    id: int
    product: ZohoProduct
    state: ConnectionState
    organisation: str
    organisation_id: str
    plan: str
    currency: str
    portal: str
    sign_in: ZohoSignIn
    bill_from: date | None
    milestone_billing: bool
    contacts: ContactPreference
    set_up_at: datetime | None
    set_up_by: str
    draft_step: str
    standing: Standing


def installed(session: Session, actor: Actor) -> Installed | None:
    """The connection of the portal, also an unfinished one."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = connection.live(session)
    if row is None:
        return None
    person = session.get(User, row.set_up_by_id) if row.set_up_by_id else None
    sync = starting.active(session)
    return Installed(
        id=row.id or 0,
        product=row.product,
        state=row.state,
        organisation=row.organisation_name,
        organisation_id=row.organisation,
        plan=row.plan,
        currency=row.currency,
        portal=row.projects_portal_name,
        sign_in=row.sign_in,
        bill_from=row.bill_from,
        milestone_billing=row.milestone_billing,
        contacts=row.contacts,
        set_up_at=row.set_up_at,
        set_up_by=person.name if person else "",
        draft_step=row.step if row.draft else "",
        standing=starting.standing_of(session, sync) if sync else Standing.IDLE,
    )


def connected(session: Session, actor: Actor) -> Installed:
    """The connection that is in force. Raises NotFound."""
    found = installed(session, actor)
    if found is None or found.state is ConnectionState.DRAFT:
        raise NotFound
    return found
