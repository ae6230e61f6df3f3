from datetime import timedelta

from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState
from finance_app.services import outbox


def enqueue(session, key="a"):
    return outbox.enqueue(session, kind="mail", dedup_key=key, payload={})


def test_the_same_request_twice_is_one_message(session):
    assert enqueue(session).id == enqueue(session).id


def test_a_leased_message_is_not_taken_again_until_the_lease_is_over(session):
    enqueue(session)
    first = outbox.take(session, kind="mail")
    assert first is not None
    assert outbox.take(session, kind="mail") is None
    late = now() + outbox.LEASE + timedelta(seconds=1)
    old_lease = first.lease
    session.expunge(first)
    second = outbox.take(session, kind="mail", at=late)
    assert second is not None
    assert second.lease != old_lease
    assert second.attempts == 2
    assert not outbox.mark_sending(session, first), "who lost the lease must not send"
    assert outbox.mark_sending(session, second)


def test_who_dies_while_it_leaves_leaves_an_unknown_outcome(session):
    message = enqueue(session)
    taken = outbox.take(session, kind="mail")
    assert outbox.mark_sending(session, taken)
    assert outbox.give_up_lost(session) == []
    late = now() + outbox.LEASE + timedelta(seconds=1)
    assert [lost.id for lost in outbox.give_up_lost(session, at=late)] == [message.id]
    session.refresh(message)
    assert message.state is OutboxState.FAILED
    assert outbox.error_of(message) == ("unknown", "")
    assert outbox.take(session, kind="mail", at=late) is None, "nobody sends it again alone"
    assert outbox.mark_done(session, taken), "the answer came late after all"
    session.refresh(message)
    assert message.state is OutboxState.DONE


def test_tries_come_further_and_further_apart_and_end(session):
    message = enqueue(session)
    pauses, moment = [], now()
    while True:
        taken = outbox.take(session, kind="mail", at=moment)
        assert taken is not None
        outbox.postpone(session, taken, "unavailable", "451 later")
        session.refresh(message)
        if message.state is OutboxState.FAILED:
            break
        pauses.append(message.due_at - now())
        assert outbox.take(session, kind="mail") is None
        moment = message.due_at
    assert pauses == sorted(pauses)
    assert len(pauses) == len(outbox.BACKOFF)
    assert outbox.error_of(message) == ("unavailable", "451 later")


def test_the_id_of_a_message_stays_and_differs_from_others(session):
    first, second = enqueue(session), enqueue(session, "b")
    assert outbox.stable_id(first) == outbox.stable_id(first) != outbox.stable_id(second)
