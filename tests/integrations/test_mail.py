"""The hand-over against a real SMTP server: whatever happens, it is known whether anybody got the letter."""

from datetime import UTC, datetime
from email.headerregistry import Address

import pytest

from finance_app.integrations import mail
from finance_app.integrations.mail import Attachment, Letter, Refused, Unavailable, Unknown, hand_over
from finance_app.settings import SmtpServer


def letter(**changes) -> Letter:
    values = {
        "message_id": "<1@marge.example>",
        "sender": Address("Café Rivoli", addr_spec="billing@rivoli.example"),
        "reply_to": "office@rivoli.example",
        "to": ["ann@a.example", "bob@b.example"],
        "cc": ["eve@c.example"],
        "subject": "Facture n° 12 – Œuvre",
        "text": "Bonjour\n.\nUne ligne avec un point\n",
        "html": "<p>Bonjour</p>",
        "date": datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        "attachments": [Attachment("Facture 12 – été.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")],
    }
    return Letter(**{**values, **changes})


def give(server, given: Letter | None = None, before=lambda: None) -> None:
    hand_over(SmtpServer.parse(server.url), given or letter(), before)


def test_the_letter_arrives_whole(mail_server):
    give(mail_server)
    [received] = mail_server.received
    assert received.sender == "billing@rivoli.example"
    assert received.recipients == ("ann@a.example", "bob@b.example", "eve@c.example")
    message = received.message
    assert message["Message-ID"] == "<1@marge.example>"
    assert message["Subject"] == "Facture n° 12 – Œuvre"
    assert message["From"] == "Café Rivoli <billing@rivoli.example>"
    assert (message["Cc"], message["Reply-To"]) == ("eve@c.example", "office@rivoli.example")
    assert "\n.\n" in message.get_body(("plain",)).get_content().replace("\r", "")
    assert "<p>Bonjour</p>" in message.get_body(("html",)).get_content()
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "Facture 12 – été.pdf"
    assert attachment.get_content() == b"%PDF-1.7 \x00\xff"


def test_one_refused_recipient_means_that_nobody_gets_it(mail_server):
    mail_server.behaviour.refused_recipients = {"bob@b.example"}
    called = []
    with pytest.raises(Refused) as refusal:
        give(mail_server, before=lambda: called.append(1))
    assert refusal.value.detail == "bob@b.example: 550 5.1.1 No such mailbox"
    assert not mail_server.received
    assert not called


@pytest.mark.parametrize(
    ("answer", "fault"), [("554 5.7.1 Spam", Refused), ("451 4.3.0 Try later", Unavailable)]
)
def test_the_answer_to_the_letter_decides(mail_server, answer, fault):
    mail_server.behaviour.refuse_with = answer
    with pytest.raises(fault) as refusal:
        give(mail_server)
    assert refusal.value.detail == answer
    assert not mail_server.received


def test_no_server_is_a_matter_of_time(mail_server):
    mail_server.stop()
    with pytest.raises(Unavailable):
        give(mail_server)


def test_an_answer_that_never_came_leaves_it_open(mail_server):
    mail_server.behaviour.drop_after_data = True
    with pytest.raises(Unknown):
        give(mail_server)


def test_a_server_that_takes_too_long_leaves_it_open(mail_server, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.3)
    mail_server.behaviour.delay = 1.0
    with pytest.raises(Unknown):
        give(mail_server)


def test_what_the_last_check_raises_keeps_the_letter_in_the_house(mail_server):
    def lost() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        give(mail_server, before=lost)
    assert not mail_server.received


def test_a_log_in_that_the_server_does_not_offer_is_a_matter_of_time(mail_server):
    url = mail_server.url.replace("smtp://", "smtp://user:word@")
    with pytest.raises(Unavailable):
        hand_over(SmtpServer.parse(url), letter(), lambda: None)
    with pytest.raises(Unavailable):
        hand_over(SmtpServer.parse(f"{mail_server.url}?starttls"), letter(), lambda: None)
