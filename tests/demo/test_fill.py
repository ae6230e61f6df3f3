import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Session, SQLModel, col

from finance_app import db, demo
from finance_app.demo.company import clock
from finance_app.domain.numbering import NumberPattern
from finance_app.domain.workflow import DisplayedState, InvoiceFacts, displayed_state
from finance_app.models import (
    Allocation,
    Client,
    CreditNote,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    TimeClaim,
    TimeLog,
    User,
)
from finance_app.services.audit import chain as audit_chain
from finance_app.services.invoicing.numbers import take_number

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def filled(sqlite_template, tmp_path_factory):
    """The demo company in an own SQLite file, and how many seconds it took."""
    file = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = db.engine_for(f"sqlite:///{file}")
    began = time.process_time()
    with db.transaction(engine) as session:
        demo.fill(session, TODAY)
    yield engine, time.process_time() - began
    engine.dispose()


@pytest.fixture
def company(filled):
    with Session(filled[0]) as session:
        yield session


def test_it_is_filled_while_one_waits(filled):
    assert filled[1] < 20  # seconds of the processor, so that what else runs does not count


def test_it_is_an_agency_with_two_years_of_work(company):
    def count(model, *where):
        return company.execute(select(func.count()).select_from(model).where(*where)).scalar_one()

    assert count(User) == 10
    assert count(Client) == 8
    assert count(Project) == 14
    assert 7_000 < count(TimeLog) < 12_000
    assert len(set(company.execute(select(Project.billing_method)).scalars())) == 4
    assert set(company.execute(select(Client.currency)).scalars()) == {"EUR", "CHF"}
    assert len(set(company.execute(select(Client.country)).scalars())) == 3
    assert {str(state) for state in company.execute(select(TimeLog.approval)).scalars()} == {
        "open",
        "submitted",
        "approved",
        "rejected",
    }
    first, last = company.execute(select(func.min(TimeLog.day), func.max(TimeLog.day))).one()
    assert (last - first).days > 700
    assert last == TODAY


def test_nobody_logs_more_than_a_day_holds(company):
    most = company.execute(select(func.sum(TimeLog.seconds)).group_by(TimeLog.user_id, TimeLog.day)).scalars()
    assert max(most) <= 12 * 3600


def test_nothing_happened_in_the_future(company):
    late = datetime(2026, 11, 26, tzinfo=UTC)
    for table in SQLModel.metadata.sorted_tables:
        if table.name == "profile":  # comes with the schema, on the day of the test
            continue
        for column in table.c:
            if column.name in ("created_at", "updated_at", "issued_at", "approved_at", "at", "sent_at"):
                newest = company.execute(select(func.max(column))).scalar_one()
                assert newest is None or newest < late, column


def test_what_was_to_come_later_in_the_day_has_been_done_by_now():
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert clock(tomorrow, 19) <= datetime.now(UTC)


def test_every_displayed_state_of_an_invoice_occurs(company):
    shown = {
        displayed_state(
            InvoiceFacts(
                invoice.total_minor,
                invoice.total_minor - invoice.settled_minor,
                invoice.issued_at,
                invoice.voided_at,
                invoice.viewed_at,
                invoice.due_date,
            ),
            TODAY,
        )
        for invoice in company.execute(select(Invoice)).scalars()
    }
    assert shown == set(DisplayedState)


def sums(company, by, what, *where):
    return dict(company.execute(select(by, func.sum(what)).where(*where).group_by(by)).all())


def test_sums_agree_from_the_hour_to_the_cent(company):
    lines = sums(company, InvoiceLine.invoice_id, InvoiceLine.amount_minor)
    settled = sums(company, Allocation.invoice_id, Allocation.amount_minor)
    for invoice in company.execute(select(Invoice)).scalars():
        assert lines[invoice.id] == invoice.subtotal_minor
        assert invoice.net_minor + invoice.tax_minor == invoice.total_minor
        assert invoice.settled_minor == settled.get(invoice.id, 0) <= invoice.total_minor
        assert (invoice.state == "paid") == (invoice.settled_minor == invoice.total_minor)
    claimed = sums(company, TimeClaim.invoice_line_id, TimeClaim.billed_seconds)
    logged = sums(company, TimeLog.invoice_line_id, TimeLog.seconds)
    for line in company.execute(select(InvoiceLine).where(InvoiceLine.kind == "time")).scalars():
        assert line.billed_seconds == claimed[line.id] == logged[line.id]


def test_a_log_is_billed_at_most_once(company):
    live = select(TimeClaim.time_log_id).where(col(TimeClaim.released_at).is_(None))
    claimed = company.execute(live).scalars().all()
    assert len(claimed) == len(set(claimed))
    marked = select(TimeLog.id).where(col(TimeLog.invoice_line_id).is_not(None))
    assert set(claimed) == set(company.execute(marked).scalars())


@pytest.mark.parametrize("kind", [Invoice, CreditNote])
def test_numbers_are_gapless_and_follow_the_dates(company, kind):
    series = {}
    for number, day in company.execute(
        select(kind.number, kind.issue_date).where(col(kind.number).is_not(None)).order_by(kind.number)
    ):
        series.setdefault(number[:-4], []).append((int(number[-4:]), day))
    assert series
    for found in series.values():
        assert [number for number, _ in found] == list(range(1, len(found) + 1))
        assert [day for _, day in found] == sorted(day for _, day in found)


def test_two_fills_are_equal(company, new_sqlite):
    engine = db.engine_for(new_sqlite())
    with db.transaction(engine) as session:
        demo.fill(session, TODAY)
    with Session(engine) as again:
        for table in ("client", "project", "task", "time_log", "invoice", "invoice_line", "payment"):
            columns = "*" if table != "invoice" else "number, client_id, state, total_minor, settled_minor"
            rows = text(f"select {columns} from {table} order by id")
            assert again.execute(rows).all() == company.execute(rows).all(), table
    engine.dispose()


def test_it_fills_postgresql_too(new_postgres):
    engine = db.engine_for(new_postgres())
    with db.transaction(engine) as session:
        demo.fill(session, TODAY)
    with Session(engine) as session:
        assert session.execute(select(func.count()).select_from(TimeLog)).scalar_one() > 7_000
    engine.dispose()


def test_the_next_documents_go_on_with_the_numbers(company):
    portal = company.execute(select(Portal)).scalar_one()
    for pattern, document in ((portal.invoice_pattern, Invoice), (portal.credit_note_pattern, CreditNote)):
        last = company.execute(
            select(func.max(document.number)).where(document.issue_date >= date(2026, 1, 1))
        ).scalar_one()
        following = NumberPattern(pattern).format(TODAY, int(last.rpartition("-")[2]) + 1)
        assert take_number(company, pattern, TODAY, True) == following
    company.rollback()


def test_its_audit_trail_holds(filled):
    with db.reading(filled[0]) as session:
        found = audit_chain.verify(session)
    assert found.fault == ""
    assert found.events > 100
