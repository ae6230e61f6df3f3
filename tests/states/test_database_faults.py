"""A database that does not answer is told in words, and nothing of the work is kept."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from finance_app import db
from finance_app.models import Client
from finance_app.models.kinds import Role
from finance_app.services.invoicing import listing
from finance_app.states.invoices.listing import InvoiceList


@pytest.fixture
def impatient(new_sqlite, monkeypatch):
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    engine = db.engine_for(new_sqlite())
    yield engine
    engine.dispose()


def test_a_locked_database_is_told_and_nothing_is_kept(impatient):
    with (
        impatient.execution_options(writes=True).connect() as other,
        other.begin(),
        pytest.raises(OperationalError) as locked,
        db.transaction(impatient) as session,
    ):
        session.add(Client(name="Late", currency="EUR"))
    refusal = db.told(locked.value)
    assert refusal is not None
    assert refusal.code == "common.error.database_busy"
    with db.reading(impatient) as session:
        assert session.execute(text("select count(*) from client")).scalar_one() == 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("canceling statement due to lock timeout", "common.error.database_busy"),
        ("deadlock detected", "common.error.database_busy"),
        ("database or disk is full", "common.error.database_full"),
        ("could not extend file: No space left on device", "common.error.database_full"),
        ("connection to server at 127.0.0.1 failed: Connection refused", "common.error.database_gone"),
        ("server closed the connection unexpectedly", "common.error.database_gone"),
    ],
)
def test_each_fault_of_a_database_has_its_words(said, code):
    refusal = db.told(OperationalError("insert", {}, Exception(said)))
    assert refusal is not None
    assert refusal.code == code


def test_a_fault_of_ours_stays_one():
    assert db.told(OperationalError("select", {}, Exception("no such column: nonsense"))) is None


async def test_a_page_says_that_the_database_is_busy(log_in, browser_of, monkeypatch):
    state = await browser_of(log_in(Role.OWNER), "/invoices")(InvoiceList)

    def busy(*_args, **_kwargs):
        raise OperationalError("select", {}, Exception("database is locked"))

    monkeypatch.setattr(listing, "page", busy)
    await InvoiceList.load.fn(state)
    assert state.page_state == "refused"
    assert state.page_message.startswith("The database is busy")
