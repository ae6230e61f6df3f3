"""The text of an e-mail of the outbox as it leaves: the secret of its link is put in here."""

from sqlmodel import Session

from finance_app.documents.email_text import EmailText, Template
from finance_app.models import OutboxMessage, PublicLink
from finance_app.services import public_links
from finance_app.services.email_drafts import finished


def mail_text(session: Session, message: OutboxMessage, *, secret: bool = True) -> EmailText:
    """With the true link, or (to be kept) with one of its shape that opens nothing.

    A link closed since then makes way for the document's live one.
    """
    payload = message.payload
    address = public_links.shown_without_secret(payload["link_id"])
    if secret:
        link = session.get(PublicLink, payload["link_id"])
        if link is not None and link.revoked_at is not None:
            link = public_links.live_link(session, message.object_kind, message.object_id or 0)
        address = public_links.address_of(link) if link else ""
    return finished(
        Template(payload["subject"], payload["body"]), {"link": address}, payload["locale"], payload["accent"]
    )
