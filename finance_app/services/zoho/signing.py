"""How the wizards sign in to Zoho: the client that a firm registered, the consent, the grant. They keep it in
the draft of their row."""

import hashlib
import hmac
import secrets as randomness
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.integrations.zoho import CENTRES
from finance_app.integrations.zoho.oauth import Application, consent_address, new_verifier
from finance_app.models.columns import now
from finance_app.models.kinds import ZohoSignIn
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho.centres import consent_centre
from finance_app.services.zoho.connection import Access, Secrets, redirect_uri
from finance_app.services.zoho.drafts import Drafted

CONSENT = timedelta(minutes=15)


def keep_application(session: Session, row: Drafted, data: Mapping[str, str]) -> None:
    """The data centre, the client id and secret that were registered at Zoho. An empty secret keeps the one
    that is there. Raises InvalidFields."""
    held = Secrets.opened(row.draft_secrets)
    centre, client_id = data.get("centre", ""), data.get("client_id", "")
    secret = data.get("client_secret", "") or (
        held.client_secret if client_id == row.draft.get("client_id") else ""
    )
    faults: dict[str, DomainError] = {}
    if centre not in CENTRES:
        faults["centre"] = DomainError("common.error.unknown_choice")
    for name, value in (("client_id", client_id), ("client_secret", secret)):
        if not value:
            faults[name] = DomainError("common.error.required")
        elif len(value) > 200 or not value.isprintable() or " " in value:
            faults[name] = DomainError("zoho.error.not_a_credential")
    if faults:
        raise InvalidFields(faults)
    if (centre, client_id, secret) != (
        row.draft.get("centre"),
        row.draft.get("client_id"),
        held.client_secret,
    ):
        held = Secrets(client_secret=secret)
        row.draft = {**row.draft, "signed_in": False}
        row.step = "credentials"
    row.draft_secrets = held.closed()
    row.draft = {
        **row.draft, "sign_in": ZohoSignIn.OAUTH, "centre": centre, "client_id": client_id, "fault": None,
    }  # fmt: skip
    session.add(row)
    session.flush()


def consent(session: Session, actor: Actor, row: Drafted, scopes: Mapping[str, str]) -> str:
    """The address at Zoho where the person agrees; Zoho sends him back with a code for this state only."""
    held = Secrets.opened(row.draft_secrets)
    if not held.client_secret:
        raise DomainError("zoho.error.not_begun")
    state, verifier = randomness.token_urlsafe(32), new_verifier()
    row.draft_secrets = replace(held, verifier=verifier).closed()
    row.draft = {
        **row.draft,
        "fault": None,
        "consent": {
            "state": _digest(state),
            "user": actor.user_id,
            "until": (now() + CONSENT).isoformat(),
        },
    }
    session.add(row)
    session.flush()
    application = Application(row.draft.get("client_id", ""), held.client_secret, redirect_uri())
    where = consent_centre(row.draft.get("centre", "us"))
    return consent_address(where, application, scopes, state=state, verifier=verifier)


def expects(row: Drafted | None, state: str) -> bool:
    """Whether the row waits for the answer to this state."""
    asked = row.draft.get("consent") if row else None
    return bool(asked) and hmac.compare_digest(asked["state"], _digest(state))


def answered(session: Session, actor: Actor, row: Drafted, state: str) -> None:
    """The consent has come back: whose it was is checked, and that it comes once. Raises DomainError."""
    good = expects(row, state)
    asked = row.draft.get("consent") or {}
    row.draft = {name: value for name, value in row.draft.items() if name != "consent"}
    session.add(row)
    session.flush()
    if not good or asked["user"] != actor.user_id or datetime.fromisoformat(asked["until"]) <= now():
        raise DomainError("zoho.error.consent_strange")


def keep_token(session: Session, row: Drafted, given: Access) -> None:
    """A new access token of the sign-in that is there."""
    row.draft_secrets = given.secrets.closed()
    session.add(row)
    session.flush()


def keep_fault(session: Session, row: Drafted, fault: DomainError) -> None:
    """Why the consent came to nothing, for the step that it leads back to."""
    params = {name: value for name, value in fault.params.items() if isinstance(value, str | int)}
    row.draft = {**row.draft, "fault": {"code": fault.code, "params": params}}
    session.add(row)
    session.flush()


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
