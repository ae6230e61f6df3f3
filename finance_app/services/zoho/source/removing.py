"""Taking the source away. What came over stays; a sign-in of its own is revoked at Zoho and erased here."""

from sqlmodel import Session

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.models import ZohoSource, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import ConnectionState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.connection import Access
from finance_app.services.zoho.source import access as ways
from finance_app.services.zoho.source import running
from finance_app.services.zoho.sync import errors


def check(session: Session, actor: Actor, typed: str) -> Access | None:
    """The sign-in that is to be revoked: None for one that the connection goes on with, or that cannot be
    read any more. `typed` is the name of the portal. Raises InvalidFields."""
    actor.require(Permission.INTEGRATION_REMOVE)
    row = _active(session)
    if " ".join(typed.split()) != " ".join(row.portal_name.split()):
        raise InvalidFields({"typed": DomainError("zoho.error.typed")})
    if row.shared:
        return None
    try:
        return ways.access(session, row)
    except DomainError:
        return None


def remove(session: Session, actor: Actor, typed: str, *, revoked: bool) -> None:
    """The source is gone: no secret is left, nothing is read any more, and its errors are of no use."""
    check(session, actor, typed)
    row = _active(session)
    running.abandon(session, row)
    shared = row.shared
    row.secrets, row.draft_secrets, row.draft, row.client_id, row.step = "", "", {}, "", ""
    row.state, row.live, row.removed_at, row.next_run_at = ConnectionState.REMOVED, None, now(), None
    row.version += 1
    sync = session.get_one(ZohoSync, row.sync_id)
    sync.lease, sync.leased_until = None, None
    session.add_all([row, sync])
    session.flush()
    errors.resolve_every(session, sync.id or 0)
    audit.record(
        session, actor, "zoho_source", row.id, "removed",
        portal=row.portal_name, revoked=revoked, shared=shared,
    )  # fmt: skip


def _active(session: Session) -> ZohoSource:
    row = ways.active(session)
    if row is None:
        raise DomainError("zoho_source.error.none")
    return row
