"""Setting the connection up, step by step. What was chosen is kept in the connection's draft, and counts
from `save` on; an active connection works on as it is while it is being changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import ClassVar

from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho import CENTRES, Product
from finance_app.integrations.zoho.oauth import scopes_of
from finance_app.integrations.zoho.projects import Portal as ZohoPortal
from finance_app.integrations.zoho.records import Organization
from finance_app.models import TimeLog, ZohoConnection
from finance_app.models.kinds import ConnectionState, ContactPreference, ZohoProduct, ZohoSignIn
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import base_currency, connection, drafts, profiles, saving, signing
from finance_app.services.zoho.centres import centre_of
from finance_app.services.zoho.connection import Access, Secrets
from finance_app.services.zoho.sync import starting

STEPS = (
    "application", "credentials", "organisation", "permission",
    "bill_from", "milestones", "contacts", "review",
)  # fmt: skip


@dataclass(frozen=True)
class Draft(drafts.Draft):
    STEPS: ClassVar = STEPS

    product: ZohoProduct


_answer = partial(drafts.answer, STEPS)


def begin(session: Session, actor: Actor, product: str) -> Draft:
    """Choose the application. Raises DomainError where the other one is connected."""
    actor.require(Permission.INTEGRATION_EDIT)
    if product not in tuple(ZohoProduct):
        raise DomainError("common.error.unknown_choice")
    chosen, row = ZohoProduct(product), connection.live(session)
    if row is None:
        row = ZohoConnection(product=chosen, draft={"sign_in": ZohoSignIn.OAUTH, "centre": "us"})
        row.step = "credentials"
    elif row.state is ConnectionState.REMOVING:
        raise DomainError("zoho.error.being_removed")
    elif row.state is ConnectionState.ACTIVE and row.product is not chosen:
        raise DomainError("zoho.error.other_product", product=f"Zoho {row.product.title()}")
    elif row.state is ConnectionState.ACTIVE:
        if not row.draft:
            _reopen(row)
    elif row.product is not chosen:
        row.product, row.draft = chosen, {**row.draft, "organisation": None, "signed_in": False}
        row.draft_secrets, row.step = "", "credentials"
    session.add(row)
    session.flush()
    return _shown(session, row)


def _reopen(row: ZohoConnection) -> None:
    """What counts now is what the wizard starts from."""
    row.draft = {
        "sign_in": row.sign_in,
        "centre": row.centre,
        "client_id": row.client_id,
        "signed_in": True,
        "organisation": {
            "id": row.organisation,
            "name": row.organisation_name,
            "plan": row.plan,
            "currency": row.currency,
        },
        "portal": {"id": row.projects_portal, "name": row.projects_portal_name},
        "profiles": list(row.profiles),
        "bill_from": row.bill_from.isoformat() if row.bill_from else "",
        "milestone_billing": row.milestone_billing,
        "contacts": row.contacts,
    }
    row.draft_secrets, row.step = row.secrets, "review"


def discard(session: Session, actor: Actor) -> None:
    """Give up what the wizard holds: a connection that never was goes, an active one stays as it is."""
    actor.require(Permission.INTEGRATION_EDIT)
    drafts.discard(session, connection.live(session))


def draft(session: Session, actor: Actor) -> Draft:
    """Raises DomainError where no set-up was begun."""
    actor.require(Permission.INTEGRATION_EDIT)
    return _shown(session, _open(session))


def _open(session: Session) -> ZohoConnection:
    return drafts.begun(connection.live(session))


def _shown(session: Session, row: ZohoConnection) -> Draft:
    in_force = row.state is ConnectionState.ACTIVE
    return Draft.of(row, starting.active(session) if in_force else None, product=row.product)


def access(session: Session, actor: Actor) -> Access:
    """The way to Zoho by what the wizard knows."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    chosen = row.draft.get("organisation") or {}
    return Access(
        connection_id=row.id or 0,
        product=Product(row.product.value),
        centre=centre_of(row.draft.get("centre", "us")),
        sign_in=ZohoSignIn(row.draft.get("sign_in", ZohoSignIn.OAUTH)),
        client_id=row.draft.get("client_id", ""),
        organisation=chosen.get("id", ""),
        secrets=Secrets.opened(row.draft_secrets),
    )


def keep_application(session: Session, actor: Actor, data: Mapping[str, str]) -> None:
    """The client that was registered at Zoho. Raises InvalidFields."""
    actor.require(Permission.INTEGRATION_EDIT)
    signing.keep_application(session, _open(session), data)


def with_key(session: Session, actor: Actor, data: Mapping[str, str]) -> Access:
    """The way to Zoho by an e-mail address and a ZSC key, to be tried. Raises InvalidFields."""
    given, faults = access(session, actor), {}
    email, key, centre = data.get("email", ""), data.get("key", ""), data.get("centre", "")
    if centre not in CENTRES:
        faults["centre"] = DomainError("common.error.unknown_choice")
    if "@" not in email or len(email) > 254:
        faults["email"] = DomainError("common.error.email")
    if not key:
        faults["key"] = DomainError("common.error.required")
    elif len(key) > 200 or not key.isprintable() or " " in key:
        faults["key"] = DomainError("zoho.error.not_a_credential")
    if faults:
        raise InvalidFields(faults)
    return replace(given, sign_in=ZohoSignIn.KEY, centre=centre_of(centre), secrets=Secrets(key=key))


def keep_key(session: Session, actor: Actor, data: Mapping[str, str]) -> None:
    """The key was accepted by Zoho."""
    given, row = with_key(session, actor, data), _open(session)
    row.draft_secrets = given.secrets.closed()
    _answer(
        session, row, "credentials", sign_in=ZohoSignIn.KEY, centre=data["centre"], client_id=data["email"],
        signed_in=True, renewed=True, fault=None,
    )  # fmt: skip


def consent(session: Session, actor: Actor) -> str:
    """The address at Zoho where the person agrees."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    scopes = scopes_of(Product(row.product.value))
    return signing.consent(session, actor, row, scopes)


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
        session, row, "credentials", signed_in=True, renewed=True, centre=given.centre.code, fault=None
    )  # fmt: skip


def keep_token(session: Session, actor: Actor, given: Access) -> None:
    """A new access token of the sign-in that is there."""
    actor.require(Permission.INTEGRATION_EDIT)
    signing.keep_token(session, _open(session), given)


def keep_fault(session: Session, actor: Actor, fault: DomainError) -> None:
    """Why the consent came to nothing."""
    actor.require(Permission.INTEGRATION_EDIT)
    signing.keep_fault(session, _open(session), fault)


def keep_organisation(
    session: Session, actor: Actor, found: Organization, portals: list[ZohoPortal] | None
) -> None:
    """The organisation, after a look whether it can be connected. Raises DomainError."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _open(session)
    if not found.is_org_active:
        raise DomainError("zoho.error.organisation_inactive", name=found.name, field="organisation")
    if row.state is ConnectionState.ACTIVE and found.id != row.organisation:
        raise DomainError("zoho.error.other_organisation", name=row.organisation_name, field="organisation")
    base_currency.check(session, found.currency_code)
    portal = next((each for each in portals or [] if each.may_connect), None)
    if portals and portal is None:
        plan = portals[0].plan or "Free"
        raise DomainError("zoho.error.plan", name=portals[0].name, plan=plan, field="organisation")
    kept = {
        "id": found.id,
        "name": found.name[:200],
        "plan": (portal.plan if portal else found.plan_name)[:100],
        "currency": found.currency_code,
    }
    source = {"id": portal.id, "name": portal.name[:200]} if portal else {"id": "", "name": ""}
    _answer(session, row, "organisation", organisation=kept, portal=source)


def keep_profiles(session: Session, actor: Actor, chosen: list[int]) -> None:
    """The profiles whose people get the finance tab."""
    actor.require(Permission.INTEGRATION_EDIT)
    known = {each.id for each in profiles.offered(session) if not each.has_finance}
    _answer(session, _open(session), "permission", profiles=[each for each in chosen if each in known])


def keep_bill_from(session: Session, actor: Actor, data: Mapping[str, str]) -> None:
    """From which day on time is billed; without a day, all of it. Raises InvalidFields."""
    actor.require(Permission.INTEGRATION_EDIT)
    day = ""
    if data.get("how") == "day":
        try:
            day = date.fromisoformat(data.get("day", "")).isoformat()
        except ValueError:
            raise InvalidFields({"day": DomainError("settings.error.date")}) from None
    elif data.get("how") != "everything":
        raise InvalidFields({"how": DomainError("common.error.unknown_choice")})
    _answer(session, _open(session), "bill_from", bill_from=day)


def unbilled_before(session: Session, actor: Actor, day: date | None) -> int:
    """The seconds of billable time on no invoice: before the day, or all of it."""
    actor.require(Permission.INTEGRATION_EDIT)
    statement = select(func.coalesce(func.sum(TimeLog.seconds), 0)).where(
        col(TimeLog.billable), col(TimeLog.invoice_line_id).is_(None)
    )
    return int(session.exec(statement.where(TimeLog.day < day) if day else statement).one())


def keep_milestones(session: Session, actor: Actor, on: bool) -> None:
    actor.require(Permission.INTEGRATION_EDIT)
    _answer(session, _open(session), "milestones", milestone_billing=on)


def keep_contacts(session: Session, actor: Actor, preference: str) -> None:
    actor.require(Permission.INTEGRATION_EDIT)
    if preference not in tuple(ContactPreference):
        raise DomainError("common.error.unknown_choice", field="contacts")
    _answer(session, _open(session), "contacts", contacts=preference)


def save(session: Session, actor: Actor) -> ZohoConnection:
    """The draft counts from now on. Raises DomainError where a step is missing."""
    row = _open(session)
    actor.require(Permission.INTEGRATION_EDIT)
    shown = _shown(session, row)
    if not (shown.reached("review") and shown.signed_in and row.draft.get("organisation")):
        raise DomainError("zoho.error.not_complete")
    return saving.save(session, actor, row)
