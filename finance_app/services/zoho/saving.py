"""What the wizard has collected comes into force: the settings, the budgets, the first sync."""

from datetime import date

from sqlmodel import Session, select

from finance_app.models import Portal, ZohoConnection
from finance_app.models.columns import now
from finance_app.models.kinds import ConnectionState, ContactPreference, ZohoSignIn
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import switching
from finance_app.services.zoho import base_currency, profiles, sync

_AUDITED = (
    "product", "centre", "sign_in", "organisation", "organisation_name", "currency", "bill_from",
    "milestone_billing", "contacts", "projects_portal",
)  # fmt: skip


def save(session: Session, actor: Actor, row: ZohoConnection) -> ZohoConnection:
    """Put a complete draft into force. Secrets are in no audit event."""
    before = _told(row) if row.state is ConnectionState.ACTIVE else {}
    chosen, source, draft = row.draft["organisation"], row.draft.get("portal") or {}, row.draft
    base_currency.take(session, actor, chosen["currency"])
    row.centre, row.sign_in = draft.get("centre", "us"), ZohoSignIn(draft["sign_in"])
    row.client_id, row.secrets = draft.get("client_id", ""), row.draft_secrets
    row.organisation, row.organisation_name = chosen["id"], chosen["name"]
    row.plan, row.currency = chosen["plan"], chosen["currency"]
    row.projects_portal, row.projects_portal_name = source.get("id", ""), source.get("name", "")
    row.bill_from = date.fromisoformat(draft["bill_from"]) if draft.get("bill_from") else None
    row.milestone_billing = bool(draft.get("milestone_billing"))
    row.contacts = ContactPreference(draft.get("contacts", ContactPreference.OVERWRITE))
    row.profiles = sorted({*row.profiles, *profiles.open_finance(session, actor, draft.get("profiles", []))})
    _take_milestones(session, actor, row.milestone_billing)
    first = row.state is not ConnectionState.ACTIVE
    row.state, row.draft, row.draft_secrets, row.step = ConnectionState.ACTIVE, {}, "", ""
    if first:
        row.set_up_at, row.set_up_by_id = now(), actor.user_id
    row.version += 1
    session.add(row)
    session.flush()
    after = _told(row)
    changed = [name for name in _AUDITED if before.get(name) != after[name]]
    audit.record(
        session, actor, "zoho_connection", row.id, "connected" if first else "changed",
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
    )  # fmt: skip
    switching.switch_on(session, actor)
    sync.start(session, actor)
    return row


def _take_milestones(session: Session, actor: Actor, wanted: bool) -> None:
    portal = session.exec(select(Portal)).first()
    if portal is None or portal.milestone_invoicing == wanted:
        return
    portal.milestone_invoicing = wanted
    session.add(portal)
    audit.record(
        session, actor, "portal", portal.id, "changed",
        before={"milestone_invoicing": not wanted}, after={"milestone_invoicing": wanted},
    )  # fmt: skip


def _told(row: ZohoConnection) -> dict[str, object]:
    found = {name: getattr(row, name) for name in _AUDITED}
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) if value is not None else None
        for name, value in found.items()
    }
