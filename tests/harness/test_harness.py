import smtplib
from email.message import EmailMessage

import pytest
from sqlalchemy import text


def send(server, to="you@example.com") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "me@example.com", to, "Hello"
    message.set_content("Text")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.send_message(message)


def test_each_test_gets_an_empty_database_with_our_schema(session):
    assert session.exec(text("SELECT count(*) FROM alembic_version")).scalar() == 1


def test_redis_answers(redis_server):
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"


def test_mail_is_kept(mail_server):
    send(mail_server)
    [received] = mail_server.received
    assert received.recipients == ("you@example.com",)
    assert received.message["Subject"] == "Hello"


def test_mail_can_be_refused(mail_server):
    mail_server.behaviour.refuse_with = "451 4.3.0 Try later"
    with pytest.raises(smtplib.SMTPDataError):
        send(mail_server)
    assert not mail_server.received


def test_mail_can_be_accepted_without_an_answer(mail_server):
    mail_server.behaviour.drop_after_data = True
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail_server)
    assert len(mail_server.received) == 1


def test_the_mail_server_can_be_down(mail_server):
    mail_server.stop()
    with pytest.raises(OSError, match="refused"):
        send(mail_server)
