"""The audit trail: only added to, sealed in one chain by all writers, and telling what was done to it."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from finance_app import db
from finance_app.models import AuditEvent, AuditSeal
from finance_app.services.audit import chain as audit_chain
from finance_app.services.audit import trail as audit


def write(engine: Engine, count: int, name: str = "x") -> None:
    for number in range(count):
        with db.transaction(engine) as session:
            audit.record(session, None, "client", number, "changed", before={"a": 1}, after={"name": name})


def look(engine: Engine, head: str = "") -> audit_chain.Verdict:
    with db.reading(engine) as session:
        return audit_chain.verify(session, head)


def tamper(engine: Engine, *statements: str) -> None:
    """What somebody with the password of the database could do: take the guard away first."""
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "sqlite":
            for table in ("audit_event", "audit_seal"):
                for event in ("update", "delete", "replace"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{event}"))
        else:
            for table in ("audit_event", "audit_seal"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def _record_and_fail(session: Session) -> None:
    audit.record(session, None, "client", 2, "dropped")
    session.flush()
    _ = 1 / 0


def test_events_of_one_transaction_are_sealed_in_their_order(engine):
    with db.transaction(engine) as session:
        for number in range(3):
            audit.record(session, None, "client", number, "created", note="é €", odd={1: "a"}, sum=10**15)
    found = look(engine)
    assert (found.events, found.fault) == (3, "")


def test_what_is_rolled_back_leaves_no_seal(engine):
    write(engine, 1)
    with pytest.raises(ZeroDivisionError), db.transaction(engine) as session:
        _record_and_fail(session)
    write(engine, 1)
    assert look(engine) == audit_chain.Verdict(2, 0, look(engine).head)


def test_an_event_of_a_savepoint_that_failed_is_not_sealed(engine):
    with db.transaction(engine) as session:
        audit.record(session, None, "client", 1, "kept")
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            _record_and_fail(session)
    assert look(engine).events == 1


@pytest.mark.parametrize(
    "change", [update(AuditEvent).values(action="x"), delete(AuditEvent), delete(AuditSeal)]
)
def test_the_database_refuses_changes(engine, change):
    write(engine, 1)
    with pytest.raises(DBAPIError, match="only ever added"), db.transaction(engine) as session:
        session.execute(change)
    assert look(engine).events == 1


def test_replacing_is_refused_too(engine):
    write(engine, 1)
    other = "INSERT OR REPLACE INTO audit_seal VALUES (1, 1, 'x', 'y')"
    if engine.dialect.name == "postgresql":
        other = "TRUNCATE audit_event CASCADE"
    with pytest.raises(DBAPIError, match="only ever added"), db.transaction(engine) as session:
        session.execute(text(other))


@pytest.mark.parametrize(
    ("deed", "fault", "event"),
    [
        ("UPDATE audit_event SET object_id = 99 WHERE id = 2", "changed", 2),
        ("UPDATE audit_event SET actor_name = 'Somebody else' WHERE id = 3", "changed", 3),
        ("DELETE FROM audit_seal WHERE id = 2", "order", 3),
        ("UPDATE audit_seal SET content = hash WHERE id = 4", "order", 4),
        ("DELETE FROM audit_seal WHERE id = 5", "unsealed", 5),
    ],
)
def test_the_first_broken_link_is_told(engine, deed, fault, event):
    write(engine, 5)
    tamper(engine, deed)
    found = look(engine)
    assert (found.fault, found.event_id) == (fault, event)


def test_a_removed_event_is_missed(engine):
    write(engine, 3)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("DROP TRIGGER audit_event_no_delete")
            raw.execute("DELETE FROM audit_event WHERE id = 2")
            raw.execute("PRAGMA foreign_keys=ON")
    else:
        free = "ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_event_id_fkey"
        tamper(engine, free, "DELETE FROM audit_event WHERE id = 2")
    found = look(engine)
    assert (found.fault, found.event_id) == ("missing", 2)


def test_a_cut_end_shows_by_a_head_noted_before(engine):
    write(engine, 3)
    noted = look(engine).head
    assert look(engine, noted).fault == ""
    tamper(engine, "DELETE FROM audit_seal WHERE id = 3", "DELETE FROM audit_event WHERE id = 3")
    assert look(engine).fault == ""
    assert look(engine, noted).fault == "missing"


def test_many_writers_make_one_chain(engine):
    def work(name: str) -> Callable[[], None]:
        return lambda: write(engine, 10, name)

    threads = [threading.Thread(target=work(f"writer {number}")) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert session.exec(select(func.count(col(AuditSeal.id)))).one() == 40
    assert look(engine) == audit_chain.Verdict(40, 0, look(engine).head)
