"""Taking the connection away. What was synced stays; the credentials are revoked at Zoho and erased here."""

from sqlmodel import Session

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.models import ZohoConnection
from finance_app.models.columns import now
from finance_app.models.kinds import ConnectionState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho import connection
from finance_app.services.zoho.connection import Access
from finance_app.services.zoho.sync import queue, starting

FINISH, DROP = "finish", "drop"


def begin(session: Session, actor: Actor, typed: str, unsent: str) -> bool:
    """Begin the removal; whether it can be completed at once. Raises InvalidFields.

    `typed` is the name of the organisation. With `finish`, what waits to be sent goes first; with `drop`, it
    is dropped, also where the other was chosen before."""
    actor.require(Permission.INTEGRATION_REMOVE)
    row = connection.active(session)
    if row is None:
        raise DomainError("zoho.error.not_connected")
    faults: dict[str, DomainError] = {}
    if " ".join(typed.split()) != " ".join(row.organisation_name.split()):
        faults["typed"] = DomainError("zoho.error.typed")
    if unsent not in (FINISH, DROP):
        faults["unsent"] = DomainError("common.error.unknown_choice")
    if faults:
        raise InvalidFields(faults)
    row.state, row.draft, row.draft_secrets, row.step = ConnectionState.REMOVING, {}, "", ""
    row.version += 1
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "zoho_connection", row.id, "removal_begun",
        organisation=row.organisation_name, unsent=unsent,
    )  # fmt: skip
    if unsent == DROP and (running := starting.active(session)):
        starting.stop(session, running.id or 0)
    return is_ready(session)


def is_ready(session: Session) -> bool:
    """Whether a removal has nothing to wait for: all is sent or has failed, or the sign-in works no more."""
    row = connection.live(session)
    if row is None or row.state is not ConnectionState.REMOVING:
        return False
    running = starting.active(session)
    return running is None or bool(running.stalled) or not sum(queue.open_counts(session).values())


def access(session: Session) -> Access | None:
    """The access that is to be revoked; None where its secrets cannot be read any more."""
    try:
        return connection.client(session)
    except DomainError:
        return None


def complete(session: Session, *, revoked: bool) -> None:
    """The connection is gone: no secret is left, and nothing is sent any more."""
    row = connection.live(session)
    if row is None or row.state is not ConnectionState.REMOVING:
        return
    running = starting.active(session)
    if running is not None:
        starting.stop(session, running.id or 0)
    _erase(row)
    session.add(row)
    session.flush()
    audit.record(session, None, "zoho_connection", row.id, "removed", revoked=revoked)


def _erase(row: ZohoConnection) -> None:
    row.secrets, row.draft_secrets, row.draft, row.client_id = "", "", {}, ""
    row.state, row.live, row.removed_at = ConnectionState.REMOVED, None, now()
    row.version += 1
