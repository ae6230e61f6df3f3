"""What the tile and the page of the source show."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from finance_app.domain.permissions import Permission
from finance_app.models import User, ZohoSync
from finance_app.models.kinds import ConnectionState, SourceClients, SourcePeople, SourceProjects
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import connection
from finance_app.services.zoho.source import access
from finance_app.services.zoho.sync.standing import Standing, standing


@dataclass(frozen=True)
class Source:
    """The source as people see it. `draft_step` is where an unfinished set-up or change stands."""

    state: ConnectionState
    portal: str
    portal_id: str
    shared: bool
    projects: SourceProjects
    chosen: int
    since: date | None
    people: SourcePeople
    clients: SourceClients
    set_up_at: datetime | None
    set_up_by: str
    draft_step: str
    feeds_zoho: bool
    standing: Standing


def found(session: Session, actor: Actor) -> Source | None:
    """The source, also an unfinished one. `feeds_zoho` where its time goes on to Books or Invoice."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = access.live(session)
    if row is None:
        return None
    person = session.get(User, row.set_up_by_id) if row.set_up_by_id else None
    sync = session.get(ZohoSync, row.sync_id) if row.sync_id else None
    return Source(
        state=row.state,
        portal=row.portal_name,
        portal_id=row.portal,
        shared=row.shared,
        projects=row.projects,
        chosen=len(row.chosen),
        since=row.since,
        people=row.people,
        clients=row.clients,
        set_up_at=row.set_up_at,
        set_up_by=person.name if person else "",
        draft_step=row.step if row.draft else "",
        feeds_zoho=connection.active(session) is not None,
        standing=standing(sync, running=bool(row.run)) if sync else Standing.IDLE,
    )
