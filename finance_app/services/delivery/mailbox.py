"""E-mails as they were handed over; in demo mode, the place where they end.

What is kept has no secret in it: links are put in anew when the e-mail is shown.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.documents.invoice_pdf import render_pdf
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.integrations.mail import Attachment, Letter
from finance_app.models import Mail, OutboxMessage
from finance_app.services.accounts.identity import Actor
from finance_app.services.delivery.document_data import document_of
from finance_app.services.delivery.enclosures import enclosed
from finance_app.services.delivery.mail_text import mail_text

NEWEST = 200


@dataclass(frozen=True, slots=True)
class ShownMail:
    """An e-mail as its reader sees it, with the true link."""

    mail: Mail
    text: str
    html: str


def keep(session: Session, message: OutboxMessage, letter: Letter) -> Mail:
    """Record what was handed over, once for a message whatever the number of attempts."""
    known = session.execute(select(Mail).where(col(Mail.message_id) == letter.message_id)).scalars().first()
    if known is not None:
        return known
    text = mail_text(session, message, secret=False)
    mail = Mail(
        outbox_id=message.id,
        message_id=letter.message_id,
        sender=str(letter.sender)[:300],
        to=list(letter.to),
        cc=list(letter.cc),
        subject=letter.subject[:300],
        text=text.plain,
        html=text.html,
        attachments=[
            {
                "name": attachment.name,
                "type": attachment.media_type,
                "size": len(attachment.content),
                "sha256": hashlib.sha256(attachment.content).hexdigest(),
            }
            for attachment in letter.attachments
        ],
        object_kind=message.object_kind,
        object_id=message.object_id,
    )
    session.add(mail)
    session.flush()
    return mail


def newest(session: Session, actor: Actor) -> tuple[list[Mail], int]:
    """The newest e-mails, and how many there are in all."""
    actor.require(Permission.MAIL_VIEW)
    count = session.execute(select(func.count()).select_from(Mail)).scalar_one()
    rows = session.execute(select(Mail).order_by(col(Mail.sent_at).desc(), col(Mail.id).desc()).limit(NEWEST))
    return list(rows.scalars()), count


def shown(session: Session, actor: Actor, mail_id: int) -> ShownMail:
    """Raises NotFound."""
    actor.require(Permission.MAIL_VIEW)
    mail = session.get(Mail, mail_id)
    if mail is None:
        raise NotFound
    message = session.get(OutboxMessage, mail.outbox_id) if mail.outbox_id else None
    if message is None:
        return ShownMail(mail, mail.text, mail.html)
    text = mail_text(session, message)
    return ShownMail(mail, text.plain, text.html)


def attached(session: Session, actor: Actor, mail_id: int, at: int) -> Attachment:
    """What an e-mail carried at a place, made again: it is not kept. Raises NotFound."""
    actor.require(Permission.MAIL_VIEW)
    mail = session.get(Mail, mail_id)
    if mail is None or not 0 <= at < len(mail.attachments):
        raise NotFound
    message = session.get(OutboxMessage, mail.outbox_id) if mail.outbox_id else None
    if message is None or not message.payload.get("attachment"):
        document = document_of(session, mail.object_kind, mail.object_id or 0)
        return Attachment(mail.attachments[0]["name"], "application/pdf", render_pdf(document))
    found = enclosed(session, message)
    if at >= len(found):
        raise NotFound
    return found[at]
