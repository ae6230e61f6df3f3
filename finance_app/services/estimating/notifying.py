"""Who gets an e-mail of an estimate: the firm when it is seen or answered, the client on accepting it."""

from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.documents.email_text import EmailKind
from finance_app.models import Estimate, OutboxMessage, User
from finance_app.models.kinds import Role
from finance_app.models.profile import built_in_id
from finance_app.services import notices, outbox
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery.document_data import estimate_document
from finance_app.services.delivery.drafts import fill, template_of, values_of
from finance_app.services.delivery.history import MAIL
from finance_app.services.delivery.mail_text import mail_payload
from finance_app.services.delivery.recipients import contacts_with_address, usual
from finance_app.services.portal import portal_of, today
from finance_app.settings import settings

NOTICE = "estimate_notice"
KINDS = {
    "viewed": EmailKind.ESTIMATE_VIEWED,
    "accepted": EmailKind.ESTIMATE_ACCEPTED,
    "declined": EmailKind.ESTIMATE_DECLINED,
}


def tell_managers(session: Session, estimate: Estimate, what: str) -> None:
    """One e-mail to whoever made the estimate; to the owners where that person has left."""
    kind = KINDS[what]
    document = estimate_document(session, estimate.id or 0)
    portal = portal_of(session)
    readers = _readers(session, estimate)
    notices.notify(
        session,
        [user.id or 0 for user in readers],
        kind.value,
        {"number": estimate.number or "", "client": document.client.name},
        f"/estimates/{estimate.id}",
        f"{kind}:{estimate.id}",
    )
    for user in readers:
        if not user.email:
            continue
        locale = user.locale or portal.locale
        values = values_of(replace(document, locale=locale), user.name, today(session))
        values |= {
            "contact": estimate.decision.get("name", ""),
            "reason": estimate.decision.get("reason", ""),
        }
        text = fill(template_of(session, kind, locale), values, locale)
        payload = mail_payload(document, kind, text, to=[user.email], cc=[], link_id=0, reply_to="")
        payload |= {
            "attachment": None,
            "locale": locale,
            "address": f"{settings().address}/estimates/{estimate.id}",
        }
        outbox.enqueue(
            session,
            kind=MAIL,
            dedup_key=f"{kind}:{estimate.id}:{user.id}",
            object_kind=NOTICE,
            object_id=estimate.id,
            payload=payload,
        )


def confirm_to_client(session: Session, estimate: Estimate) -> None:
    """The client who accepted on the link gets the PDF with its certificate, where the estimate went to."""
    to, cc = _recipients(session, estimate)
    if not to:
        return
    kind = EmailKind.ESTIMATE_CONFIRMED
    document = estimate_document(session, estimate.id or 0)
    portal = portal_of(session)
    maker = session.get(User, estimate.created_by_id) if estimate.created_by_id else None
    values = values_of(document, maker.name if maker else "", today(session))
    values["contact"] = estimate.decision.get("name", "") or values["contact"]
    text = fill(template_of(session, kind, document.locale), values, document.locale)
    link = public_links.live_link(session, public_links.ESTIMATE, estimate.id or 0)
    reply_to = portal.email or (maker.email if maker else "")
    outbox.enqueue(
        session,
        kind=MAIL,
        dedup_key=f"{kind}:{estimate.id}",
        object_kind=public_links.ESTIMATE,
        object_id=estimate.id,
        payload=mail_payload(
            document, kind, text, to=to, cc=cc, link_id=(link.id or 0) if link else 0, reply_to=reply_to
        ),
    )


def _recipients(session: Session, estimate: Estimate) -> tuple[list[str], list[str]]:
    """Those whom the estimate was e-mailed last; those of its head, or the usual, where it never was."""
    sent = session.execute(
        select(OutboxMessage)
        .where(
            col(OutboxMessage.kind) == MAIL,
            col(OutboxMessage.object_kind) == public_links.ESTIMATE,
            col(OutboxMessage.object_id) == estimate.id,
        )
        .order_by(col(OutboxMessage.id).desc())
    ).scalars()
    for message in sent:
        if message.payload["email"] in (EmailKind.ESTIMATE, EmailKind.ESTIMATE_REMINDER):
            return list(message.payload["to"]), list(message.payload["cc"])
    return list(estimate.recipients) or usual(contacts_with_address(session, estimate.client_id)), []


def _readers(session: Session, estimate: Estimate) -> list[User]:
    maker = session.get(User, estimate.created_by_id) if estimate.created_by_id else None
    if maker is not None and maker.email and maker.archived_at is None:
        return [maker]
    owners = session.execute(
        select(User)
        .where(col(User.profile_id) == built_in_id(Role.OWNER), col(User.archived_at).is_(None))
        .order_by(col(User.id))
    ).scalars()
    return [user for user in owners if user.email]
