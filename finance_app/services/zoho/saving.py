"""What the wizard has collected comes into force: the settings, the budgets, the first sync."""

from datetime import date

from sqlmodel import Session, select

from finance_app.models import Portal, ZohoConnection
from finance_app.models.kinds import ContactPreference, ZohoSignIn
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import switching
from finance_app.services.zoho import base_currency, drafts, profiles, sync
from finance_app.services.zoho.source import access, running

_AUDITED = (
    "product", "centre", "sign_in", "organisation", "organisation_name", "currency", "bill_from",
    "milestone_billing", "contacts", "projects_portal",
)  # fmt: skip


def save(session: Session, actor: Actor, row: ZohoConnection) -> ZohoConnection:
    """Put a complete draft into force."""
    chosen, source, draft = row.draft["organisation"], row.draft.get("portal") or {}, row.draft
    with drafts.coming_into_force(session, actor, row, "zoho_connection", _AUDITED):
        base_currency.take(session, actor, chosen["currency"])
        row.centre, row.sign_in = draft.get("centre", "us"), ZohoSignIn(draft["sign_in"])
        row.client_id, row.secrets = draft.get("client_id", ""), row.draft_secrets
        row.organisation, row.organisation_name = chosen["id"], chosen["name"]
        row.plan, row.currency = chosen["plan"], chosen["currency"]
        row.projects_portal, row.projects_portal_name = source.get("id", ""), source.get("name", "")
        row.bill_from = date.fromisoformat(draft["bill_from"]) if draft.get("bill_from") else None
        row.milestone_billing = bool(draft.get("milestone_billing"))
        row.contacts = ContactPreference(draft.get("contacts", ContactPreference.OVERWRITE))
        opened = profiles.open_finance(session, actor, draft.get("profiles", []))
        row.profiles = sorted({*row.profiles, *opened})
        _take_milestones(session, actor, row.milestone_billing)
    switching.switch_on(session, actor)
    sync.start(session, actor)
    source = access.active(session)
    if source is not None and source.shared:
        running.release(session, source)
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
