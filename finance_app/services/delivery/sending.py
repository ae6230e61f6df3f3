"""Sending documents: who gets what, and what became of it.

A request is written to the outbox in the transaction that issues the document, so both happen or neither;
the same `request_key` twice is one e-mail.
"""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.documents.data import Document
from finance_app.documents.email_text import EmailKind, EmailText, Template
from finance_app.documents.wording import amount_text
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import (
    CreditNoteAction,
    InvoiceAction,
    require_action,
)
from finance_app.i18n.formats import day
from finance_app.models import (
    Allocation,
    CreditNote,
    Invoice,
    OutboxMessage,
    Payment,
)
from finance_app.models.kinds import InvoiceState
from finance_app.services import outbox
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.crediting.state import require
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery.document_data import (
    credit_note_document,
    document_of,
    invoice_document,
)
from finance_app.services.delivery.drafts import MailDraft, fill, finished, template_of, values_of
from finance_app.services.delivery.history import MAIL
from finance_app.services.delivery.mail_text import mail_payload
from finance_app.services.delivery.recipients import addresses, contacts_with_address, subject_line, usual
from finance_app.services.expenses.receipts import to_send
from finance_app.services.invoicing import issuing
from finance_app.services.invoicing.facts import facts_of
from finance_app.services.portal import portal_of, today, today_in

BODY_LIMIT = 10_000
AGREED = {
    EmailKind.ESTIMATE: public_links.ESTIMATE,
    EmailKind.ESTIMATE_REMINDER: public_links.ESTIMATE,
    EmailKind.SALES_ORDER: public_links.SALES_ORDER,
}
_AUDITED = {
    EmailKind.REMINDER: "reminded",
    EmailKind.ESTIMATE_REMINDER: "reminded",
    EmailKind.RECEIPT: "receipt_sent",
}


def draft(session: Session, actor: Actor, kind: EmailKind, object_id: int) -> MailDraft:
    """What the dialog of an e-mail starts with. For a receipt the object is a payment. Raises NotFound."""
    actor.require(Permission.INVOICES_EDIT)
    document, client_id, recipients, values = _subject_of(session, actor, kind, object_id)
    contacts = contacts_with_address(session, client_id)
    text = fill(template_of(session, kind, document.locale), values, document.locale)
    return MailDraft(
        to=", ".join(recipients or usual(contacts)),
        cc="",
        subject=text.subject,
        body=text.message,
        suggestions=tuple(contact.email for contact in contacts),
    )


def preview(
    session: Session, actor: Actor, kind: EmailKind, object_id: int, subject: str, body: str
) -> EmailText:
    """The e-mail as its reader will see it; the link leads nowhere yet. Raises DomainError."""
    actor.require(Permission.INVOICES_EDIT)
    document, _, _, values = _subject_of(session, actor, kind, object_id)
    link = public_links.shown_without_secret(0, document.kind)
    shown = {**values, "number": document.number or "…", "link": link}
    return finished(Template(subject, body), shown, document.locale, document.company.accent)


def _subject_of(
    session: Session, actor: Actor, kind: EmailKind, object_id: int
) -> tuple[Document, int, list[str], dict[str, str]]:
    """The document that an e-mail is about, its client, its own recipients, and the placeholders."""
    sent_on = today(session)
    if kind is EmailKind.CREDIT_NOTE:
        document = credit_note_document(session, object_id)
        note = session.get_one(CreditNote, object_id)
        return document, note.client_id, [], values_of(document, actor.name, sent_on)
    if kind is EmailKind.RECEIPT:
        return _receipt(session, actor, object_id)
    if kind in AGREED:
        document = document_of(session, AGREED[kind], object_id)
        agreed = session.get_one(public_links.DOCUMENTS[AGREED[kind]], object_id)
        return document, agreed.client_id, list(agreed.recipients), values_of(document, actor.name, sent_on)
    document = invoice_document(session, object_id)
    invoice = session.get_one(Invoice, object_id)
    own = [address for address in invoice.recipients if isinstance(address, str) and "@" in address]
    return document, invoice.client_id, own, values_of(document, actor.name, sent_on)


def _receipt(
    session: Session, actor: Actor, payment_id: int
) -> tuple[Document, int, list[str], dict[str, str]]:
    payment = session.get(Payment, payment_id)
    invoice_ids = _invoices_of(session, payment_id)
    if payment is None or payment.deleted_at is not None or not invoice_ids:
        raise NotFound
    documents = [invoice_document(session, invoice_id) for invoice_id in invoice_ids]
    document = documents[0]
    values = values_of(document, actor.name, today(session))
    values |= {
        "number": ", ".join(found.number or "" for found in documents),
        "amount": amount_text(document, payment.amount_minor),
        "balance": amount_text(document, sum(found.balance_minor for found in documents)),
        "payment_date": day(payment.paid_on, document.locale, "long"),
    }
    return document, payment.client_id, [], values


def _invoices_of(session: Session, payment_id: int) -> list[int]:
    found = session.execute(
        select(col(Allocation.invoice_id))
        .where(col(Allocation.payment_id) == payment_id, col(Allocation.removed_at).is_(None))
        .order_by(col(Allocation.id))
    ).scalars()
    return list(dict.fromkeys(found))


def send(
    session: Session,
    actor: Actor,
    invoice_id: int,
    version: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
    receipts: str = "",
) -> OutboxMessage:
    """E-mail an invoice with its PDF and link; a draft is issued by it. The receipts of its expenses go along
    behind its pages (`append`) or as files (`attach`).

    Raises DomainError: the invoice has changed since `version`, cannot be sent or issued, or an address or
    text is not usable.
    """
    actor.require(Permission.INVOICES_EDIT)
    invoice = _locked_invoice(session, invoice_id)
    dedup_key = key_of(EmailKind.INVOICE, invoice_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    if invoice.version != version:
        raise DomainError("common.error.changed_meanwhile")
    _require(session, invoice, InvoiceAction.SEND)
    envelope = checked(to, cc, subject, body) | {"receipts": to_send(session, invoice_id, receipts)}
    if invoice.state is InvoiceState.DRAFT:
        issuing.issue(session, actor, invoice_id, version)
    return enqueue(session, actor, EmailKind.INVOICE, public_links.INVOICE, invoice_id, envelope, dedup_key)


def remind(
    session: Session,
    actor: Actor,
    invoice_id: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
) -> OutboxMessage:
    """E-mail a reminder of an overdue invoice. Raises DomainError as `send`, or where it is not overdue."""
    actor.require(Permission.INVOICES_EDIT)
    invoice = _locked_invoice(session, invoice_id)
    dedup_key = key_of(EmailKind.REMINDER, invoice_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    _require(session, invoice, InvoiceAction.REMIND)
    envelope = checked(to, cc, subject, body)
    return enqueue(session, actor, EmailKind.REMINDER, public_links.INVOICE, invoice_id, envelope, dedup_key)


def send_credit_note(
    session: Session,
    actor: Actor,
    credit_note_id: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
) -> OutboxMessage:
    """E-mail an issued credit note with its PDF and link. Raises DomainError as `send`."""
    actor.require(Permission.INVOICES_EDIT)
    note = session.get(CreditNote, credit_note_id, with_for_update=True)
    if note is None:
        raise NotFound
    dedup_key = key_of(EmailKind.CREDIT_NOTE, credit_note_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    require(session, note, CreditNoteAction.SEND)
    envelope = checked(to, cc, subject, body)
    return enqueue(
        session, actor, EmailKind.CREDIT_NOTE, public_links.CREDIT_NOTE, credit_note_id, envelope, dedup_key
    )


def send_receipt(
    session: Session,
    actor: Actor,
    payment_id: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
) -> OutboxMessage:
    """Thank for a payment; the link and the timeline are those of its first invoice. Raises DomainError."""
    actor.require(Permission.PAYMENTS_EDIT)
    actor.require(Permission.INVOICES_EDIT)
    invoice_ids = _invoices_of(session, payment_id)
    if not invoice_ids:
        raise NotFound
    dedup_key = key_of(EmailKind.RECEIPT, payment_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    envelope = checked(to, cc, subject, body)
    return enqueue(
        session,
        actor,
        EmailKind.RECEIPT,
        public_links.INVOICE,
        invoice_ids[0],
        envelope,
        dedup_key,
        payment_id=payment_id,
    )


def _locked_invoice(session: Session, invoice_id: int) -> Invoice:
    invoice = session.get(Invoice, invoice_id, with_for_update=True)
    if invoice is None:
        raise NotFound
    return invoice


def _require(session: Session, invoice: Invoice, action: InvoiceAction) -> None:
    portal = portal_of(session)
    require_action(action, facts_of(invoice), today_in(portal), portal.strict_numbering)


def key_of(kind: EmailKind, object_id: int, request_key: str) -> str:
    """What makes the same request twice one e-mail. Raises DomainError for a request without a key."""
    if not request_key or len(request_key) > 64:
        raise DomainError("common.error.changed_meanwhile")
    return f"{kind}:{object_id}:{request_key}"


def known_by(session: Session, dedup_key: str) -> OutboxMessage | None:
    """The e-mail of a request that was made before."""
    found = session.execute(select(OutboxMessage).where(col(OutboxMessage.dedup_key) == dedup_key))
    return found.scalars().first()


def checked(to: str, cc: str, subject: str, body: str) -> dict[str, Any]:
    """What was typed, read and checked. Raises DomainError."""
    recipients = addresses(to, "to", required=True)
    named = {address.casefold() for address in recipients}
    copies = [address for address in addresses(cc, "cc") if address.casefold() not in named]
    if not body.strip():
        raise DomainError("common.error.required", field="body")
    if len(body) > BODY_LIMIT:
        raise DomainError("common.error.too_long", field="body", n=BODY_LIMIT)
    return {"to": recipients, "cc": copies, "subject": subject_line(subject), "body": body}


def enqueue(
    session: Session,
    actor: Actor,
    email: EmailKind,
    kind: str,
    object_id: int,
    envelope: dict[str, Any],
    dedup_key: str,
    payment_id: int | None = None,
) -> OutboxMessage:
    """Write the message. All but the link is filled in now; the link's secret is added when it leaves."""
    about = payment_id if payment_id is not None else object_id
    document, _, _, values = _subject_of(session, actor, email, about)
    text = fill(Template(envelope["subject"], envelope["body"]), values, document.locale)
    finished(text, {"link": ""}, document.locale, document.company.accent)
    link = public_links.ensure_link(session, actor, kind, object_id)
    portal = portal_of(session)
    message = outbox.enqueue(
        session,
        kind=MAIL,
        dedup_key=dedup_key,
        object_kind=kind,
        object_id=object_id,
        created_by_id=actor.user_id or None,
        payload=mail_payload(
            document,
            email,
            text,
            to=envelope["to"],
            cc=envelope["cc"],
            link_id=link.id or 0,
            reply_to=portal.email or actor.email,
        )
        | ({"receipts": envelope["receipts"]} if envelope.get("receipts") else {}),
    )
    audit.record(
        session,
        actor,
        kind,
        object_id,
        _AUDITED.get(email, "sent"),
        to=envelope["to"],
        cc=envelope["cc"],
        subject=text.subject,
    )
    return message
