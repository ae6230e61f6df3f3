"""`marge worker` as a process that is killed at the worst moment."""

import os
import sys
from datetime import timedelta

import pytest
from sqlmodel import update

from finance_app import db
from finance_app.models import OutboxMessage
from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState
from finance_app.services import outbox
from finance_app.settings import ROOT, settings
from tests.harness.processes import Child, wait_until


@pytest.fixture
def start(database_url, mail_server, tmp_path):
    children: list[Child] = []

    def make() -> Child:
        env = os.environ | {
            "MARGE_DATABASE_URL": database_url,
            "MARGE_SMTP_URL": mail_server.url,
            "MARGE_SECRET_KEY": settings().secret_key.get_secret_value(),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "finance_app.cli", "worker"]
        children.append(Child(command, tmp_path / f"worker-{len(children)}.log", env=env, cwd=ROOT))
        return children[-1]

    yield make
    for child in children:
        child.kill()


def state_of(engine, message_id: int) -> OutboxMessage:
    with db.reading(engine) as session:
        return session.get_one(OutboxMessage, message_id)


def test_killed_while_the_message_leaves_it_is_not_sent_again(engine, queued, mail_server, start):
    _, message_id = queued()
    mail_server.behaviour.delay = 60
    victim = start()
    wait_until(lambda: state_of(engine, message_id).state is OutboxState.SENDING, "the mail leaves", 60)
    victim.kill()
    mail_server.reset()
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(leased_until=now() - timedelta(seconds=1)))
    start()
    wait_until(lambda: state_of(engine, message_id).state is OutboxState.FAILED, "it is given up", 60)
    assert outbox.error_of(state_of(engine, message_id))[0] == "unknown"
    assert not mail_server.received


def test_two_processes_deliver_once_and_end_when_asked(engine, queued, mail_server, start):
    first, second = start(), start()
    for child in (first, second):
        wait_until(lambda child=child: "Delivering" in child.tail(), "the worker runs", 60)
    ids = [queued(key=f"k{number}")[1] for number in range(3)]

    def delivered() -> bool:
        return all(state_of(engine, each).state is OutboxState.DONE for each in ids)

    wait_until(delivered, "the mails are delivered", 60)
    assert len(mail_server.received) == 3
    assert (first.stop(), second.stop()) == (0, 0)
