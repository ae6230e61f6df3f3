"""The e-mails that the demo company has sent: through the same texts, outbox and mailbox as those to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address

from sqlmodel import Session

from finance_app.demo.company import Firm
from finance_app.documents.data import Document
from finance_app.documents.email_text import EmailKind
from finance_app.documents.invoice_pdf import render_pdf
from finance_app.integrations.mail import Attachment, Letter
from finance_app.models import Invoice, OutboxMessage, User
from finance_app.models.kinds import OutboxState
from finance_app.services import outbox
from finance_app.services.delivery import history as deliveries
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery import mailbox
from finance_app.services.delivery.document_data import invoice_document
from finance_app.services.delivery.drafts import fill, template_of, values_of
from finance_app.services.delivery.mail_text import mail_payload, mail_text


@dataclass(frozen=True)
class Sent:
    """An e-mail of the past."""

    email: EmailKind
    invoice: Invoice
    who: User
    at: datetime


def write_mails(session: Session, firm: Firm, sent: Iterable[Sent]) -> None:
    for each in sorted(sent, key=lambda one: one.at):
        _write(session, firm, each)


def _write(session: Session, firm: Firm, sent: Sent) -> None:
    invoice_id = sent.invoice.id or 0
    document = invoice_document(session, invoice_id)
    link = public_links.live_link(session, public_links.INVOICE, invoice_id)
    if link is None:
        link = public_links.make_link(session, public_links.INVOICE, invoice_id)
        link.created_at, link.opened_at = sent.at, sent.invoice.viewed_at
    text = fill(
        template_of(session, sent.email, document.locale),
        values_of(document, sent.who.name, sent.at.date()),
        document.locale,
    )
    message = outbox.enqueue(
        session,
        kind=deliveries.MAIL,
        dedup_key=f"{sent.email}:{invoice_id}:demo",
        object_kind=public_links.INVOICE,
        object_id=invoice_id,
        created_by_id=sent.who.id,
        payload=mail_payload(
            document,
            sent.email,
            text,
            to=sent.invoice.recipients,
            cc=[],
            link_id=link.id or 0,
            reply_to=firm.portal.email,
        ),
    )
    deliver_in_the_past(session, firm, message, document, sent.at)
    if sent.email is EmailKind.INVOICE:
        sent.invoice.delivered_at = sent.at


def deliver_in_the_past(
    session: Session, firm: Firm, message: OutboxMessage, document: Document, at: datetime
) -> None:
    """The e-mail of a message lies in the mailbox as if it had left at that moment."""
    message.state, message.attempts = OutboxState.DONE, 1
    message.created_at = message.due_at = message.done_at = at
    shown = mail_text(session, message)
    letter = Letter(
        message_id=f"<{outbox.stable_id(message)}@{firm.portal.email.partition('@')[2]}>",
        sender=Address(firm.portal.name, addr_spec=firm.portal.email),
        to=message.payload["to"],
        subject=shown.subject,
        text=shown.plain,
        html=shown.html,
        date=at,
        attachments=[Attachment(message.payload["attachment"], "application/pdf", render_pdf(document))],
    )
    mailbox.keep(session, message, letter).sent_at = at
