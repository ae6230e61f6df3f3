"""Two managers, a retry, a crash: each log is billed exactly once, and numbers have no gap."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event, insert, update
from sqlmodel import Session, col, func, select

from finance_app.db import reading, transaction
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Invoice, Portal, Project, TimeClaim, TimeLog, User
from finance_app.models.kinds import ApprovalState, Role
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import drafts, editing, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.preview import preview
from finance_app.services.invoicing.scope import Scope

UNTIL = date(2026, 10, 31)
LOGS = 40
MANAGER = Actor(0, "", "", Role.MANAGER, "en", "system", "UTC", permissions=frozenset(Permission))


@pytest.fixture
def project_id(engine) -> int:
    with transaction(engine) as session:
        session.add(Portal(strict_numbering=False))
        client, person = Client(name="Ardent", currency="EUR"), User(name="Ines")
        session.add_all([client, person])
        session.flush()
        project = Project(name="Site", client_id=client.id, currency="EUR", bill_rate=Decimal(100))
        session.add(project)
        session.flush()
        for number in range(LOGS):
            session.add(
                TimeLog(
                    project_id=project.id,
                    user_id=person.id,
                    day=date(2026, 10, 1 + number % 28),
                    seconds=3600,
                    bill_rate=Decimal(100),
                    approval=ApprovalState.APPROVED,
                )
            )
        session.flush()
        return project.id or 0


def at_once(work: Callable[[int], object], times: int) -> list[object]:
    """Run `work` in threads that start together; what each returned or raised."""
    barrier = threading.Barrier(times)

    def run(number: int) -> object:
        barrier.wait()
        try:
            return work(number)
        except DomainError as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def bill(session: Session, project_id: int, seen: str | None = None) -> Invoice:
    return drafts.create_from_time(session, MANAGER, Scope((project_id,), UNTIL), DraftHead(), seen)


def live_claims(engine) -> list[int]:
    with reading(engine) as session:
        return list(
            session.exec(select(TimeClaim.time_log_id).where(col(TimeClaim.released_at).is_(None))).all()
        )


def test_two_managers_at_once_bill_the_hours_once(engine, project_id):
    with reading(engine) as session:
        seen = preview(session, MANAGER, Scope((project_id,), UNTIL)).seen

    def work(_: int) -> int:
        with transaction(engine) as session:
            return bill(session, project_id, seen).id or 0

    answers = at_once(work, 4)
    assert len([answer for answer in answers if isinstance(answer, int)]) == 1
    assert len([answer for answer in answers if isinstance(answer, DomainError)]) == 3
    assert sorted(live_claims(engine)) == sorted(set(live_claims(engine)))
    assert len(live_claims(engine)) == LOGS
    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Invoice)).one() == 1


def test_a_request_sent_twice_at_once_makes_one_invoice(engine, project_id):
    def work(_: int) -> int:
        with transaction(engine) as session:
            scope = Scope((project_id,), UNTIL)
            return drafts.create_from_time(session, MANAGER, scope, DraftHead(), request_key="once").id or 0

    assert len(set(at_once(work, 4))) == 1
    assert len(live_claims(engine)) == LOGS


def test_an_approval_withdrawn_while_the_wizard_is_open_bills_nothing(engine, project_id):
    with transaction(engine) as session:
        session.exec(select(Portal)).one().needs_approval = True
    with reading(engine) as session:
        seen = preview(session, MANAGER, Scope((project_id,), UNTIL)).seen
    with transaction(engine) as session:
        log = session.exec(select(TimeLog).limit(1)).one()
        log.approval, log.version = ApprovalState.SUBMITTED, log.version + 1
    with pytest.raises(DomainError, match=r"invoicing\.error\.changed"), transaction(engine) as session:
        bill(session, project_id, seen)
    assert live_claims(engine) == []


def test_numbers_of_twenty_at_once_have_no_gap(engine, project_id):
    with transaction(engine) as session:
        client_id = session.exec(select(Client.id)).one()
        ids = []
        for _ in range(20):
            invoice = drafts.create_blank(session, MANAGER, client_id, DraftHead())
            editing.save(
                session, MANAGER, invoice.id, 1, [editing.AddLine({"name": "Work", "unit_price": "9"})]
            )
            ids.append(invoice.id)

    def work(number: int) -> str | None:
        with transaction(engine) as session:
            return issuing.issue(session, MANAGER, ids[number]).number

    numbers = [int(str(number).rpartition("-")[2]) for number in at_once(work, 20)]
    assert sorted(numbers) == list(range(1, 21))


def test_the_same_invoice_issued_twice_at_once_takes_one_number(engine, project_id):
    with transaction(engine) as session:
        invoice_id = bill(session, project_id).id

    def work(_: int) -> str | None:
        with transaction(engine) as session:
            return issuing.issue(session, MANAGER, invoice_id).number

    answers = at_once(work, 5)
    assert len([answer for answer in answers if isinstance(answer, str)]) == 1
    assert {answer.code for answer in answers if isinstance(answer, DomainError)} == {
        "error.invoice.cannot_issue"
    }


_HANGS_BEFORE_COMMIT = """
import sys, time
from tests.services import test_invoicing_races as races
from finance_app.db import engine_for, transaction
with transaction(engine_for(sys.argv[1])) as session:
    races.bill(session, int(sys.argv[2]))
    print("claimed", flush=True)
    time.sleep(60)
"""


def test_a_process_killed_between_claim_and_commit_leaves_nothing(database_url, engine, project_id):
    process = subprocess.Popen(
        [sys.executable, "-c", _HANGS_BEFORE_COMMIT, database_url, str(project_id)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"claimed\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert live_claims(engine) == []
    deadline = time.monotonic() + 20
    while True:
        try:
            with transaction(engine) as session:
                assert len(drafts.lines_of(session, bill(session, project_id).id or 0)) == 1
            break
        except DomainError:  # PostgreSQL may take a moment to notice that the other side is gone
            assert time.monotonic() < deadline
    assert len(live_claims(engine)) == LOGS


def test_a_second_live_claim_is_refused_by_the_database(engine, project_id):
    with transaction(engine) as session:
        invoice = bill(session, project_id)
    with reading(engine) as session:
        claim = session.exec(select(TimeClaim)).first()
    copied = {name: getattr(claim, name) for name in TimeClaim.model_fields if name != "id"}
    with pytest.raises(Exception, match=r"(?i)unique"), transaction(engine) as session:
        session.add(TimeClaim(**{**copied, "invoice_id": invoice.id}))


def test_unbilled_time_is_found_by_its_index(engine, project_id):
    with transaction(engine) as session:
        log = session.exec(select(TimeLog).limit(1)).one()
        session.execute(insert(TimeLog), [log.model_dump(exclude={"id"}) for _ in range(3000)])
        session.execute(update(TimeLog).values(billable=col(TimeLog.id) % 100 == 0))
    asked: list[tuple[str, object]] = []

    def listen(_connection, _cursor, statement, parameters, *_more) -> None:
        asked.append((statement, parameters))

    with reading(engine) as session:
        event.listen(engine, "before_cursor_execute", listen)
        preview(session, MANAGER, Scope((project_id,), UNTIL))
        event.remove(engine, "before_cursor_execute", listen)
    statement, parameters = next(each for each in asked if "LEFT OUTER JOIN" in each[0])
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        plan = str(connection.exec_driver_sql(f"{explain} {statement}", parameters).all())
    assert "ix_time_log_unbilled" in plan
