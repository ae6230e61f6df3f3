"""E-mails from the outbox to a real mail server, on both databases."""

import io
import threading
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlmodel import col, select, update

from finance_app import db
from finance_app.jobs import worker
from finance_app.models import Invoice, Mail, OutboxMessage
from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState
from finance_app.services import outbox
from finance_app.services.delivery import history as deliveries
from finance_app.services.delivery import links as public_links


def work(engine, changed=lambda _message: None) -> bool:
    return worker.work_once(changed, engine)


def message_of(engine, message_id: int) -> OutboxMessage:
    with db.reading(engine) as session:
        return session.get_one(OutboxMessage, message_id)


def due_now(engine) -> None:
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(due_at=now() - timedelta(seconds=1)))


def test_the_client_gets_pdf_and_link(engine, queued, configured, mail_server):
    invoice_id, message_id = queued()
    configured(mail_server.url)
    changes: list[int] = []
    assert work(engine, lambda message: changes.append(message.id or 0))
    assert not work(engine)
    [received] = mail_server.received
    assert received.recipients == ("ann@ardent.example",)
    assert changes == [message_id, message_id]
    with db.reading(engine) as session:
        invoice = session.get_one(Invoice, invoice_id)
        link = public_links.live_link(session, "invoice", invoice_id)
        assert link is not None
        address, token = public_links.address_of(link), public_links.token_of(link)
        [kept] = session.exec(select(Mail)).all()
    assert invoice.delivered_at is not None
    assert message_of(engine, message_id).state is OutboxState.DONE
    message = received.message
    assert message["Subject"] == f"Invoice {invoice.number}"
    assert str(message["From"]).startswith("Atelier Rivoli <")
    assert message["Reply-To"] == "billing@rivoli.example"
    assert address in message.get_body(("plain",)).get_content()
    assert f'href="{address}"' in message.get_body(("html",)).get_content()
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == f"Invoice {invoice.number}.pdf"
    assert str(invoice.number) in PdfReader(io.BytesIO(attachment.get_content())).pages[0].extract_text()
    assert kept.message_id == message["Message-ID"]
    assert token not in str(kept.model_dump()), "what is kept opens nothing"


def test_a_refusal_is_kept_with_its_reason_until_a_person_tries_again(
    engine, queued, configured, mail_server
):
    _, message_id = queued(to="gone@ardent.example, ann@ardent.example")
    configured(mail_server.url)
    mail_server.behaviour.refused_recipients = {"gone@ardent.example"}
    assert work(engine)
    failed = message_of(engine, message_id)
    assert failed.state is OutboxState.FAILED
    assert outbox.error_of(failed) == ("refused", "gone@ardent.example: 550 5.1.1 No such mailbox")
    assert not work(engine)
    assert not mail_server.received

    mail_server.reset()
    with db.transaction(engine) as session:
        actor = _owner(session)
        deliveries.retry(session, actor, message_id)
    assert work(engine)
    assert len(mail_server.received) == 1


@pytest.mark.parametrize("trouble", ["4xx", "down"])
def test_trouble_of_the_moment_is_tried_again_later(engine, queued, configured, mail_server, trouble):
    _, message_id = queued()
    configured(mail_server.url)
    if trouble == "down":
        mail_server.stop()
    else:
        mail_server.behaviour.refuse_with = "451 4.3.0 Try later"
    assert work(engine)
    waiting = message_of(engine, message_id)
    assert waiting.state is OutboxState.PENDING
    assert waiting.due_at > now()
    assert outbox.error_of(waiting)[0] == "unavailable"
    assert not work(engine), "not before its time"
    mail_server.reset()
    due_now(engine)
    assert work(engine)
    assert len(mail_server.received) == 1
    assert message_of(engine, message_id).attempts == 2


def test_an_unknown_outcome_is_not_repeated_alone_and_a_repeat_is_recognisable(
    engine, queued, configured, mail_server
):
    _, message_id = queued()
    configured(mail_server.url)
    mail_server.behaviour.drop_after_data = True
    assert work(engine)
    lost = message_of(engine, message_id)
    assert (lost.state, outbox.error_of(lost)[0]) == (OutboxState.FAILED, "unknown")
    due_now(engine)
    assert not work(engine)
    mail_server.behaviour.drop_after_data = False
    with db.transaction(engine) as session:
        deliveries.retry(session, _owner(session), message_id)
    assert work(engine)
    first, second = mail_server.received
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.message["Date"] == second.message["Date"]


def test_two_workers_at_once_send_each_mail_once(engine, queued, configured, mail_server):
    for number in range(4):
        queued(key=f"k{number}")
    configured(mail_server.url)
    mail_server.behaviour.delay = 0.05
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        for _ in range(8):
            work(engine)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [received.message["Message-ID"] for received in mail_server.received]
    assert len(ids) == len(set(ids)) == 4
    with db.reading(engine) as session:
        assert set(session.exec(select(OutboxMessage.state)).all()) == {OutboxState.DONE}


def test_a_worker_that_died_before_the_message_left_is_replaced(engine, queued, configured, mail_server):
    _, message_id = queued()
    configured(mail_server.url)
    with db.transaction(engine) as session:
        assert outbox.take(session, kind=deliveries.MAIL) is not None
    assert not work(engine), "its lease still runs"
    _lease_over(engine)
    assert work(engine)
    assert len(mail_server.received) == 1
    assert message_of(engine, message_id).state is OutboxState.DONE


def test_a_worker_that_lost_its_lease_sends_nothing(engine, queued, configured, mail_server, monkeypatch):
    queued()
    configured(mail_server.url)
    plain = worker.mail_text

    def slow(session, message):
        with db.transaction(engine) as other:
            other.execute(update(OutboxMessage).values(lease="somebody else"))
        return plain(session, message)

    monkeypatch.setattr(worker, "mail_text", slow)
    assert work(engine)
    assert not mail_server.received


def test_a_void_invoice_is_not_sent_any_more(engine, queued, configured, mail_server):
    invoice_id, message_id = queued()
    configured(mail_server.url)
    with db.transaction(engine) as session:
        session.execute(update(Invoice).where(col(Invoice.id) == invoice_id).values(voided_at=now()))
    assert work(engine)
    assert message_of(engine, message_id).state is OutboxState.CANCELLED
    assert not mail_server.received


def test_without_a_mail_server_mails_wait(engine, queued, configured):
    _, message_id = queued()
    configured(None)
    assert not work(engine)
    assert message_of(engine, message_id).attempts == 0


def test_in_the_demo_they_end_in_the_mailbox(engine, queued, configured, mail_server):
    _, message_id = queued()
    configured(mail_server.url, demo=True)
    assert work(engine)
    assert not mail_server.received
    assert message_of(engine, message_id).state is OutboxState.DONE
    with db.reading(engine) as session:
        [mail] = session.exec(select(Mail)).all()
    assert mail.to == ["ann@ardent.example"]
    assert mail.attachments[0]["type"] == "application/pdf"


def _owner(session):
    from finance_app.services.accounts import identity as accounts

    user = accounts.user_of_role(session, accounts.Role.OWNER)
    actor = accounts.actor_of(session, accounts.open_session(session, user))
    assert actor is not None
    return actor


def _lease_over(engine) -> None:
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(leased_until=now() - timedelta(seconds=1)))
