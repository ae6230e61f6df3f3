"""Sending documents: issued and queued together, once, to checked addresses, in words of the client."""

from datetime import timedelta

import pytest
from sqlmodel import col, func, select, update

from finance_app.documents.email_text import EmailKind
from finance_app.domain.errors import DomainError
from finance_app.models import (
    Allocation,
    AuditEvent,
    EmailTemplate,
    Invoice,
    Mail,
    OutboxMessage,
    Payment,
    PublicLink,
)
from finance_app.models.kinds import InvoiceState, OutboxState
from finance_app.services import outbox
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.delivery import history as deliveries
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery import sending as delivery
from finance_app.services.delivery.document_data import document_of
from finance_app.services.delivery.recipients import addresses, subject_line
from finance_app.services.invoicing import drafts
from tests.harness.invoices import TODAY, draft, issued, office

TEXT = "Hello,\n\n{link}"


def send(session, actor, invoice, *, to="ann@ardent.example", key="k1", subject="Invoice", **more):
    values = {"cc": "", "body": TEXT, "version": invoice.version, **more}
    return delivery.send(
        session, actor, invoice.id, values["version"], to, values["cc"], subject, values["body"], key
    )


def messages(session) -> int:
    return session.exec(select(func.count()).select_from(OutboxMessage)).one()


def test_sending_a_draft_issues_it_and_queues_one_mail(session, owner):
    invoice = draft(session, owner, office(session))
    message = send(session, owner, invoice, subject="Invoice {number}")
    session.refresh(invoice)
    assert invoice.state is InvoiceState.ISSUED
    assert invoice.number
    assert message.payload["subject"] == f"Invoice {invoice.number}"
    assert message.payload["to"] == ["ann@ardent.example"]
    assert message.state is OutboxState.PENDING
    actions = session.exec(select(AuditEvent.action).where(AuditEvent.object_id == invoice.id)).all()
    assert {"issued", "link_created", "sent"} <= set(actions)


def test_a_double_click_is_one_mail(session, owner):
    invoice = draft(session, owner, office(session))
    seen = invoice.version
    first = send(session, owner, invoice, version=seen)
    again = send(session, owner, invoice, version=seen)
    assert first.id == again.id
    assert messages(session) == 1
    assert send(session, owner, invoice, key="k2").id != first.id


def test_what_changed_since_it_was_looked_at_is_not_sent(session, owner):
    invoice = draft(session, owner, office(session))
    with pytest.raises(DomainError) as refusal:
        send(session, owner, invoice, version=invoice.version - 1)
    assert refusal.value.code == "common.error.changed_meanwhile"
    assert messages(session) == 0
    assert invoice.state is InvoiceState.DRAFT


@pytest.mark.parametrize(
    ("field", "given", "code"),
    [
        ("to", {"to": "ann@ardent.example\nBcc: eve@evil.example"}, "delivery.error.line_break"),
        ("to", {"to": "  "}, "delivery.error.no_recipient"),
        ("to", {"to": "ann@ardent"}, "delivery.error.address"),
        ("cc", {"cc": "bob@x.example\rx"}, "delivery.error.line_break"),
        ("subject", {"subject": "Hello\r\nBcc: eve@evil.example"}, "delivery.error.line_break"),
        ("subject", {"subject": " "}, "common.error.required"),
        ("body", {"body": ""}, "common.error.required"),
        ("body", {"body": "Dear {nobody}"}, "delivery.error.unknown_placeholder"),
        ("body", {"body": "a } b"}, "delivery.error.stray_brace"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words_at_its_field(session, owner, field, given, code):
    invoice = draft(session, owner, office(session))
    with pytest.raises(DomainError) as refusal:
        send(session, owner, invoice, **given)
    assert refusal.value.code == code
    assert refusal.value.params["field"] == field
    assert messages(session) == 0


def test_a_team_member_sends_nothing(session, owner, member):
    invoice = draft(session, owner, office(session))
    with pytest.raises(DomainError):
        send(session, member, invoice)
    with pytest.raises(DomainError):
        deliveries.deliveries(session, member, "invoice", invoice.id)


def test_addresses_are_read_as_people_type_them():
    assert addresses("Ann <ann@a.example>; bob@b.example, ANN@a.example", "to") == [
        "ann@a.example",
        "bob@b.example",
    ]
    assert addresses("zoë@münchen.example".replace("ë", "e"), "to") == ["zoe@xn--mnchen-3ya.example"]
    assert subject_line("  Façade ") == "Façade"
    with pytest.raises(DomainError):
        addresses(", ".join(f"p{n}@a.example" for n in range(21)), "to")


@pytest.mark.parametrize(
    "wrong", ["a@b", "a b@c.example", "@c.example", "a@.example", "a..b@c.example", "a@c.example.", "a@-c.fr"]
)
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(DomainError):
        addresses(wrong, "to")


def test_the_dialog_starts_with_the_contacts_and_a_filled_template(session, owner):
    place = office(session, locale="fr")
    invoice = draft(session, owner, place)
    found = delivery.draft(session, owner, EmailKind.INVOICE, invoice.id)
    assert found.to == "ann@ardent.example"
    assert found.suggestions == ("ann@ardent.example", "bob@ardent.example")
    assert found.subject == "Facture {number} de Atelier Rivoli"
    assert "Bonjour Ann Lee" in found.body
    assert "{link}" in found.body
    text = delivery.preview(session, owner, EmailKind.INVOICE, invoice.id, found.subject, found.body)
    assert "Consulter en ligne" in text.html
    message = send(session, owner, invoice, subject=found.subject, body=found.body)
    assert "{" not in message.payload["subject"]


def test_the_portals_own_template_is_used(session, owner):
    invoice = draft(session, owner, office(session))
    session.add(
        EmailTemplate(kind="invoice", locale="en", subject="Bill {{1}}", body="For {client}: {amount}")
    )
    session.flush()
    found = delivery.draft(session, owner, EmailKind.INVOICE, invoice.id)
    assert found.subject == "Bill {{1}}"
    assert found.body.startswith("For Ardent: €")
    message = send(session, owner, invoice, subject=found.subject, body=found.body)
    assert message.payload["subject"] == "Bill {{1}}"


def test_only_what_is_overdue_is_reminded_of(session, owner):
    invoice = issued(session, owner, office(session))

    def remind():
        return delivery.remind(session, owner, invoice.id, "ann@ardent.example", "", "Late", TEXT, "r1")

    with pytest.raises(DomainError) as refusal:
        remind()
    assert refusal.value.code == "error.invoice.cannot_remind"
    invoice.due_date = TODAY - timedelta(days=5)
    session.flush()
    found = delivery.draft(session, owner, EmailKind.REMINDER, invoice.id)
    assert str(invoice.number) in found.subject
    assert remind().id == remind().id
    assert deliveries.deliveries(session, owner, "invoice", invoice.id)[0].email == "reminder"


def test_the_token_stands_nowhere_in_the_database(session, owner):
    invoice = draft(session, owner, office(session))
    message = send(session, owner, invoice)
    link = public_links.live_link(session, "invoice", invoice.id)
    assert link is not None
    token = public_links.token_of(link)
    assert len(token) == 43
    assert token not in str(message.payload)
    assert token not in str(link.model_dump())
    found = public_links.find_link(session, token)
    assert found is not None
    assert found.id == link.id
    for table in (OutboxMessage, PublicLink, AuditEvent, Mail, Invoice):
        for row in session.exec(select(table)).all():
            assert token not in str(row.model_dump())


def test_unknown_revoked_and_expired_links_open_nothing(session, owner):
    invoice = issued(session, owner, office(session))
    link = public_links.ensure_link(session, owner, "invoice", invoice.id)
    token = public_links.token_of(link)
    assert public_links.ensure_link(session, owner, "invoice", invoice.id).id == link.id
    for wrong in ("", "x", token[:-1], token + "A", token.swapcase()):
        assert public_links.find_link(session, wrong) is None
    new = public_links.renew_link(session, owner, "invoice", invoice.id)
    assert public_links.find_link(session, token) is None
    other = public_links.token_of(new)
    assert other != token
    past = outbox.now() - timedelta(seconds=1)
    session.execute(update(PublicLink).where(col(PublicLink.id) == new.id).values(expires_at=past))
    assert public_links.find_link(session, other) is None


def test_a_draft_has_no_link(session, owner):
    invoice = draft(session, owner, office(session))
    with pytest.raises(DomainError):
        public_links.ensure_link(session, owner, "invoice", invoice.id)


def test_viewed_is_marked_once(session, owner):
    invoice = issued(session, owner, office(session))
    link = public_links.ensure_link(session, owner, "invoice", invoice.id)
    assert public_links.mark_viewed(session, link.id)
    assert not public_links.mark_viewed(session, link.id)
    session.refresh(invoice)
    assert invoice.viewed_at is not None
    viewed = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "viewed")
    assert session.exec(viewed).one() == 1


def test_a_failed_mail_is_sent_again_given_up_or_confirmed(session, owner):
    invoice = issued(session, owner, office(session))
    message = send(session, owner, invoice)
    taken = outbox.take(session, kind=deliveries.MAIL)
    assert taken is not None
    with pytest.raises(DomainError):
        deliveries.retry(session, owner, message.id)
    assert outbox.mark_sending(session, taken)
    assert outbox.mark_failed(session, taken, outbox.UNKNOWN, "lost")
    session.refresh(message)
    (row,) = deliveries.deliveries(session, owner, "invoice", invoice.id)
    assert (row.state, row.error, row.detail) == (OutboxState.FAILED, "unknown", "lost")
    assert row.to == ("ann@ardent.example",)
    deliveries.confirm(session, owner, message.id)
    session.refresh(message)
    session.refresh(invoice)
    assert message.state is OutboxState.DONE
    assert invoice.delivered_at is not None
    with pytest.raises(DomainError):
        deliveries.retry(session, owner, message.id)

    other = send(session, owner, invoice, key="k2")
    deliveries.cancel(session, owner, other.id)
    session.refresh(other)
    assert other.state is OutboxState.CANCELLED


def test_a_credit_note_is_sent_with_its_own_link(session, owner):
    invoice = issued(session, owner, office(session))
    line = drafts.lines_of(session, invoice.id)[0]
    note = credit_notes.create_partial(
        session, owner, invoice.id, {line.id or 0: line.amount_minor}, "Agreed"
    )
    found = delivery.draft(session, owner, EmailKind.CREDIT_NOTE, note.id)
    assert found.subject == f"Credit note {note.number} from Atelier Rivoli"
    message = delivery.send_credit_note(
        session, owner, note.id, found.to, "", found.subject, found.body, "k1"
    )
    assert message.payload["attachment"] == f"Credit note {note.number}.pdf"
    assert public_links.live_link(session, "credit_note", note.id) is not None
    assert public_links.live_link(session, "invoice", invoice.id) is None
    assert [row.email for row in deliveries.deliveries(session, owner, "credit_note", note.id)] == [
        "credit_note"
    ]
    document = document_of(session, "credit_note", note.id)
    assert document.original_number == invoice.number
    assert document.total_minor == note.total_minor


def test_a_payment_is_thanked_for_once(session, owner):
    invoice = issued(session, owner, office(session))
    payment = Payment(
        client_id=invoice.client_id, paid_on=TODAY, currency="EUR", amount_minor=1000, exchange_rate=1
    )
    session.add(payment)
    session.flush()
    session.add(
        Allocation(invoice_id=invoice.id, payment_id=payment.id, allocated_on=TODAY, amount_minor=1000)
    )
    session.flush()
    found = delivery.draft(session, owner, EmailKind.RECEIPT, payment.id)
    assert "€10.00" in found.body

    def thank():
        return delivery.send_receipt(
            session, owner, payment.id, found.to, "", found.subject, found.body, "k1"
        )

    assert thank().id == thank().id
    assert thank().payload["attachment"] is None
    assert deliveries.deliveries(session, owner, "invoice", invoice.id)[0].email == "receipt"
