"""Setting the source up, step by step. What was chosen counts from `save` on; a source that is in force goes
on as it is while it is being changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import ClassVar

from sqlmodel import Session

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho.oauth import PROJECTS_SCOPES
from finance_app.integrations.zoho.projects import Portal, Project
from finance_app.models import ZohoSource, ZohoSync
from finance_app.models.kinds import (
    ConnectionState,
    SourceClients,
    SourcePeople,
    SourceProjects,
    SyncReason,
    ZohoSignIn,
)
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import connection, drafts, signing
from finance_app.services.zoho.connection import Access, Secrets
from finance_app.services.zoho.source import access as ways
from finance_app.services.zoho.source import running

STEPS = ("credentials", "portal", "projects", "people", "review")
MOST_CHOSEN = 500
_AUDITED = ("portal", "portal_name", "shared", "centre", "projects", "since", "people", "clients")


@dataclass(frozen=True)
class Draft(drafts.Draft):
    STEPS: ClassVar = STEPS

    shareable: bool


_answer = partial(drafts.answer, STEPS)


def begin(session: Session, actor: Actor) -> Draft:
    """Open the wizard, where it was left or, for a source in force, with what counts now."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = ways.live(session)
    if row is None:
        row = ZohoSource(draft={"sign_in": ZohoSignIn.OAUTH, "centre": "us"}, step="credentials")
    elif row.state is ConnectionState.ACTIVE and not row.draft:
        row.draft = {
            "sign_in": ZohoSignIn.OAUTH,
            "centre": row.centre,
            "client_id": row.client_id,
            "signed_in": True,
            "shared": row.shared,
            "portal": {"id": row.portal, "name": row.portal_name},
            "projects": row.projects,
            "chosen": list(row.chosen),
            "since": row.since.isoformat() if row.since else "",
            "people": row.people,
            "clients": row.clients,
        }
        row.draft_secrets, row.step = row.secrets, "review"
    session.add(row)
    session.flush()
    return _shown(session, row)


def discard(session: Session, actor: Actor) -> None:
    """Give up what the wizard holds: a source that never was goes, one in force stays as it is."""
    actor.require(Permission.INTEGRATION_EDIT)
    drafts.discard(session, ways.live(session))


def draft(session: Session, actor: Actor) -> Draft:
    """Raises DomainError where no set-up was begun."""
    actor.require(Permission.INTEGRATION_EDIT)
    return _shown(session, _open(session))


def _open(session: Session) -> ZohoSource:
    return drafts.begun(ways.live(session))


def _shown(session: Session, row: ZohoSource) -> Draft:
    sync = session.get(ZohoSync, row.sync_id) if row.sync_id else None
    return Draft.of(row, sync, shareable=ways.shareable(session))


def access(session: Session, actor: Actor) -> Access:
    """The way to Zoho by what the wizard knows. Raises DomainError."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    given, portal = row.draft, (row.draft.get("portal") or {}).get("id", "")
    if given.get("shared"):
        return ways.of_connection(session, portal)
    secrets = Secrets.opened(row.draft_secrets)
    return ways.of_client(row, given.get("centre", "us"), given.get("client_id", ""), portal, secrets)


def shared_access(session: Session, actor: Actor) -> Access:
    """The sign-in of the connection, to be tried before it is kept. Raises DomainError."""
    actor.require(Permission.INTEGRATION_EDIT)
    _open(session)
    return ways.of_connection(session, "")


def keep_shared(session: Session, actor: Actor) -> None:
    """The source signs in as the connection does."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    if not ways.shareable(session):
        raise DomainError("zoho_source.error.nothing_to_share")
    row.draft_secrets = ""
    _answer(
        session, row, "credentials", shared=True, signed_in=True, renewed=True, client_id="", fault=None
    )  # fmt: skip


def keep_application(session: Session, actor: Actor, data: Mapping[str, str]) -> None:
    """The client that was registered at Zoho. Raises InvalidFields."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    signing.keep_application(session, row, data)
    row.draft = {**row.draft, "shared": False}
    session.add(row)
    session.flush()


def consent(session: Session, actor: Actor) -> str:
    """The address at Zoho where the person agrees to reading Zoho Projects."""
    actor.require(Permission.INTEGRATION_EDIT)
    return signing.consent(session, actor, _open(session), PROJECTS_SCOPES)


def answered(session: Session, actor: Actor, state: str) -> Access:
    """The consent has come back. Raises DomainError."""
    actor.require(Permission.INTEGRATION_EDIT)
    signing.answered(session, actor, _open(session), state)
    return access(session, actor)


def keep_grant(session: Session, actor: Actor, given: Access) -> None:
    """The sign-in that Zoho granted, and the data centre where the account really is."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    row.draft_secrets = replace(given.secrets, verifier="").closed()
    _answer(
        session, row, "credentials",
        shared=False, signed_in=True, renewed=True, centre=given.centre.code, fault=None,
    )  # fmt: skip


def keep_token(session: Session, actor: Actor, given: Access) -> None:
    """A new access token, which the connection keeps where the sign-in is its own."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    if row.draft.get("shared"):
        connection.keep_grant(session, given.connection_id, given.grant)
    else:
        signing.keep_token(session, row, given)


def keep_fault(session: Session, actor: Actor, fault: DomainError) -> None:
    """Why the consent came to nothing."""
    actor.require(Permission.INTEGRATION_EDIT)
    signing.keep_fault(session, _open(session), fault)


def keep_portal(session: Session, actor: Actor, found: Portal) -> None:
    """The portal. Raises DomainError for another one than that of a source in force."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    if row.state is ConnectionState.ACTIVE and found.id != row.portal:
        raise DomainError("zoho_source.error.other_portal", name=row.portal_name, field="portal")
    if (row.draft.get("portal") or {}).get("id") != found.id:
        row.draft = {**row.draft, "chosen": []}
    kept = {"id": found.id, "name": found.name[:200], "plan": found.plan[:100]}
    _answer(session, row, "portal", portal=kept)


def keep_projects(
    session: Session, actor: Actor, data: Mapping[str, str], offered: Mapping[str, Project]
) -> None:
    """Which projects come over and from which day on their time. Raises InvalidFields."""
    actor.require(Permission.INTEGRATION_EDIT)
    row, faults = _open(session), {}
    which, chosen, since = data.get("projects", ""), [], ""
    if which not in tuple(SourceProjects):
        faults["projects"] = DomainError("common.error.unknown_choice")
    if which == SourceProjects.CHOSEN:
        names = [name.removeprefix("project-") for name in data if name.startswith("project-")]
        chosen = [name for name in names if name in offered][:MOST_CHOSEN]
        if not chosen:
            faults["projects"] = DomainError("zoho_source.error.none_chosen")
    if data.get("since"):
        try:
            since = date.fromisoformat(data["since"]).isoformat()
        except ValueError:
            faults["since"] = DomainError("settings.error.date")
    if faults:
        raise InvalidFields(faults)
    _answer(session, row, "projects", projects=which, chosen=chosen, since=since)


def keep_people(session: Session, actor: Actor, data: Mapping[str, str]) -> None:
    """What becomes of people and clients who are not here yet. Raises InvalidFields."""
    actor.require(Permission.INTEGRATION_EDIT)
    faults: dict[str, DomainError] = {}
    people, clients = data.get("people", ""), data.get("clients", "")
    if people not in tuple(SourcePeople):
        faults["people"] = DomainError("common.error.unknown_choice")
    elif people != SourcePeople.KNOWN and not actor.may(Permission.PEOPLE_EDIT):
        faults["people"] = DomainError("common.error.not_allowed")
    if clients not in tuple(SourceClients):
        faults["clients"] = DomainError("common.error.unknown_choice")
    if faults:
        raise InvalidFields(faults)
    _answer(session, _open(session), "people", people=people, clients=clients)


def save(session: Session, actor: Actor) -> ZohoSource:
    """The draft counts from now on, and a run begins. Raises DomainError where a step is missing."""
    row = _open(session)
    actor.require(Permission.INTEGRATION_EDIT)
    shown, given = _shown(session, row), row.draft
    if not (shown.reached("review") and shown.signed_in and given.get("portal")):
        raise DomainError("zoho.error.not_complete")
    if given.get("shared") and not ways.shareable(session):
        raise DomainError("zoho_source.error.nothing_to_share")
    with drafts.coming_into_force(session, actor, row, "zoho_source", _AUDITED) as first:
        row.centre, row.client_id = given.get("centre", "us"), given.get("client_id", "")
        row.shared, row.secrets = bool(given.get("shared")), row.draft_secrets
        row.portal, row.portal_name = given["portal"]["id"], given["portal"]["name"]
        row.projects, row.chosen = SourceProjects(given["projects"]), list(given["chosen"])
        row.since = date.fromisoformat(given["since"]) if given.get("since") else None
        row.people, row.clients = SourcePeople(given["people"]), SourceClients(given["clients"])
        row.sync_id = running.sync_of(session, row).id
    running.abandon(session, row)
    running.release(session, row)
    running.begin(session, row, SyncReason.FIRST if first else SyncReason.INSTANT, actor)
    return row
