"""The text of an e-mail of the outbox as it leaves: the secret of its link is put in here."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from finance_app.documents.data import Document
from finance_app.documents.email_text import EmailKind, EmailText, Template
from finance_app.documents.wording import full_title
from finance_app.models import OutboxMessage, PublicLink
from finance_app.services.accounts import links as account_links
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery.drafts import finished


def mail_payload(
    document: Document,
    email: EmailKind,
    text: Template,
    *,
    to: Sequence[str],
    cc: Sequence[str],
    link_id: int,
    reply_to: str,
) -> dict[str, Any]:
    """What the outbox keeps of an e-mail: all but the secret of its link and the PDF."""
    return {
        "email": email.value,
        "to": list(to),
        "cc": list(cc),
        "subject": text.subject,
        "body": text.message,
        "locale": document.locale,
        "accent": document.company.accent,
        "sender_name": document.company.name,
        "reply_to": reply_to,
        "link_id": link_id,
        "attachment": None if email is EmailKind.RECEIPT else f"{full_title(document)}.pdf",
    }


def mail_text(session: Session, message: OutboxMessage, *, secret: bool = True) -> EmailText:
    """With the true link, or (to be kept) with one of its shape that opens nothing.

    A link closed since then makes way for the document's live one. An e-mail to a colleague has an address
    of the app, which is no secret.
    """
    payload = message.payload
    if "account_link_id" in payload:
        return _with_link(payload, account_links.address_for(session, message, secret=secret))
    if "address" in payload:
        return _with_link(payload, payload["address"])
    address = public_links.shown_without_secret(payload["link_id"], message.object_kind)
    if secret:
        link = session.get(PublicLink, payload["link_id"])
        if link is not None and link.revoked_at is not None:
            link = public_links.live_link(session, message.object_kind, message.object_id or 0)
        address = public_links.address_of(link) if link else ""
    return _with_link(payload, address)


def _with_link(payload: Mapping[str, Any], address: str) -> EmailText:
    text = Template(payload["subject"], payload["body"])
    return finished(text, {"link": address}, payload["locale"], payload["accent"])
