"""Syncs that are asked for, what goes first in them, and how long they take; the summary of what failed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from finance_app import db, routes
from finance_app.i18n import messages
from finance_app.integrations.zoho import Product
from finance_app.models import OutboxMessage, Project, Task, TimeLog, ZohoSync, ZohoSyncRun
from finance_app.models.columns import at
from finance_app.models.kinds import OutboxState, SyncErrorState, SyncReason
from finance_app.services.zoho.sync import errors, leases, queue, runs, starting
from finance_app.services.zoho.sync.labels import pages_of, remedy_page
from finance_app.services.zoho.sync.leases import LEASE, QUIET
from finance_app.services.zoho.sync.modules import object_kind
from finance_app.services.zoho.sync.standing import Standing
from tests.harness.invoices import issued
from tests.harness.zoho import ORGANISATION
from tests.services.zoho_sync.conftest import House

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def progress_of(house: House) -> runs.Progress:
    with at(house.clock), db.reading(house.engine) as session:
        found = runs.progress(session, house.actor)
    assert found is not None
    return found


def homeless(house: House, *names: str) -> None:
    """Projects that cannot go, for they have no client."""
    house.change(lambda session: session.add_all([Project(name=name, currency="EUR") for name in names]))


def listed(house: House, state: SyncErrorState) -> list[str]:
    with db.reading(house.engine) as session:
        return sorted(each.label for each in errors.listed(session, house.actor, 1, state=state)[0])


def test_a_sync_that_runs_is_joined_and_takes_up_what_failed(house: House) -> None:
    contact = col(OutboxMessage.object_kind) == object_kind("contact")
    house.change(
        lambda session: session.execute(
            update(OutboxMessage).where(contact).values(state=OutboxState.FAILED, last_error="refused: ")
        )
    )
    joined = house.change(lambda session: starting.start(session, house.actor))
    with db.reading(house.engine) as session:
        [run] = session.exec(select(ZohoSyncRun)).all()
        failed = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.FAILED)).all()
        pulled = session.get_one(ZohoSync, 1).pulled_at
    assert (joined.id, run.finished_at, run.reason) == (run.id, None, SyncReason.FIRST)
    assert not failed
    assert pulled is None, "Zoho is looked at once more"
    house.settle()
    assert house.change(lambda session: starting.start(session, house.actor)).id != run.id


def test_what_is_changed_during_a_sync_goes_before_the_rest_of_it(house: House) -> None:
    house.change(lambda session: issued(session, house.actor, house.office))
    house.clock += timedelta(seconds=60)
    taken = []
    while (kind := house.change(lambda session: taking(session, house))) != object_kind("contact"):
        taken.append(kind)
    assert set(taken[: taken.index(object_kind("invoice"))]) == {object_kind("time_log")}


def taking(session: Session, house: House) -> str:
    message = queue.lease(session, queue.upcoming(session, 1, house.clock)[0], "one", house.clock)
    assert message is not None
    return message.object_kind


@one_database
def test_the_time_that_is_left_is_told_while_a_sync_runs(house: House) -> None:
    before = progress_of(house)
    assert before.seconds_left is not None
    assert before.seconds_left == pytest.approx(before.pending / 95 * 60)
    house.settle()
    assert progress_of(house).seconds_left is None


@one_database
def test_retry_all_concerns_the_errors_that_are_shown(house: House) -> None:
    homeless(house, "Attic", "Cellar", "Studio")
    house.settle()
    with db.reading(house.engine) as session:
        rows = {each.label: each.id for each in errors.listed(session, house.actor, 1)[0]}
    for name in ("Attic", "Cellar"):
        house.change(lambda session, name=name: errors.ignore(session, house.actor, rows[name]))

    def retry(state: SyncErrorState) -> int:
        return house.change(lambda session: errors.retry_all(session, house.actor, 1, "project", state))

    assert retry(SyncErrorState.RESOLVED) == 0
    assert retry(SyncErrorState.IGNORED) == 2
    assert listed(house, SyncErrorState.IGNORED) == []
    assert listed(house, SyncErrorState.OPEN) == ["Attic", "Cellar", "Studio"]
    assert retry(SyncErrorState.OPEN) == 3
    for name in ("Attic", "Cellar"):
        house.change(lambda session, name=name: errors.ignore(session, house.actor, rows[name]))
    run = progress_of(house).run
    assert run is not None
    assert {each.module: each.failed for each in run.steps if each.failed} == {"project": 1}, "as it is now"


@one_database
def test_what_waits_for_a_failed_record_is_counted(house: House) -> None:
    def with_task(session):
        project = Project(name="Studio", currency="EUR")
        session.add(project)
        session.flush()
        session.add(Task(project_id=project.id, name="Sweep"))

    house.change(with_task)
    house.settle()
    assert progress_of(house).held == 1


@one_database
def test_each_error_leads_to_the_page_of_its_record(house: House) -> None:
    place = house.office
    records = [
        ("connection", 0),
        ("user", place.person.id),
        ("task", place.tasks[0].id),
        ("task", -(place.project.id or 0)),
        ("time_log", 7),
        ("payment", 8),
        ("invoice", -461),
        ("currency", 5),
    ]
    with db.reading(house.engine) as session:
        pages = pages_of(session, records)
    assert pages == [
        routes.ZOHO,
        routes.person(place.person.id),
        f"/projects/{place.project.id}/tasks/{place.tasks[0].id}",
        routes.project(place.project.id),
        routes.time_log(7),
        routes.payment(8),
        "",
        "",
    ]


@one_database
def test_the_remedy_of_an_error_leads_to_the_form_in_which_it_is_entered(house: House) -> None:
    homeless(house, "Harbour")
    house.settle()
    with db.reading(house.engine) as session:
        [found] = errors.listed(session, house.actor, 1)[0]
    assert found.form == routes.project_edit(found.local_id)
    for locale in ("en", "fr"):
        assert found.form_text in messages(locale)
    assert remedy_page("invoice", "changed_at_zoho", 1) == ""


@one_database
def test_the_error_of_the_access_goes_once_it_works_again(house: House) -> None:
    house.remote.refresh_token = "revoked"
    house.work()
    assert listed(house, SyncErrorState.OPEN) == [""]
    house.remote.refresh_token = "sandbox"
    with db.reading(house.engine) as session:
        [error] = errors.listed(session, house.actor, 1)[0]
    house.change(lambda session: errors.retry(session, house.actor, error.id))
    assert progress_of(house).stalled == ""
    house.settle()
    assert listed(house, SyncErrorState.OPEN) == []
    assert listed(house, SyncErrorState.RESOLVED) == [""]


@one_database
def test_a_bill_from_day_leaves_alone_what_is_billed_and_can_be_moved(house: House) -> None:
    early = date(2020, 1, 6)

    def log(session):
        place = house.office
        made = TimeLog(
            project_id=place.project.id, user_id=place.person.id, day=early, seconds=3600, billable=True
        )
        session.add(made)

    def begin(day: date | None) -> None:
        wanted = starting.Setup(1, Product.BOOKS, ORGANISATION, "EUR", bill_from=day)
        house.change(lambda session: starting.begin(session, house.actor, wanted))
        house.settle()

    def billable() -> list[bool]:
        entries = house.remote.records("time_entry")
        return [each["is_billable"] for each in entries if each["log_date"] == early.isoformat()]

    house.change(log)
    invoice = house.change(lambda session: issued(session, house.actor, house.office))
    begin(date(2030, 1, 1))
    assert listed(house, SyncErrorState.OPEN) == []
    assert [each["invoice_number"] for each in house.remote.records("invoice")] == [invoice.number]
    assert billable() == [False]
    begin(date(2019, 1, 1))
    assert billable() == [True]
    begin(date(2021, 1, 1))
    assert billable() == [False]


@one_database
def test_a_worker_that_died_is_told_from_one_that_works(house: House) -> None:
    def look() -> tuple[Standing, bool]:
        with at(house.clock), db.reading(house.engine) as session:
            found = runs.progress(session, house.actor)
            assert found is not None
            assert (found.seconds_left is not None) == (found.standing is Standing.RUNNING)
            return found.standing, leases.is_interrupted(session)

    assert look() == (Standing.RUNNING, False), "nobody has begun yet"
    house.change(lambda session: leases.claim(session, 1, "one"))
    house.clock += QUIET
    assert look() == (Standing.RUNNING, False)
    house.clock += timedelta(seconds=1)
    assert look() == (Standing.INTERRUPTED, True)
    house.clock += LEASE
    house.settle()
    assert look() == (Standing.IDLE, False)


@one_database
def test_zoho_invoice_is_not_asked_for_what_it_does_not_have(house: House) -> None:
    def modules() -> set[str]:
        run = progress_of(house).run
        assert run is not None
        return {each.module for each in run.steps}

    assert "sales_order" in modules()
    house.change(lambda session: starting.stop(session, 1))
    house.change(
        lambda session: starting.begin(
            session, house.actor, starting.Setup(2, Product.INVOICE, ORGANISATION, "EUR")
        )
    )
    assert modules() >= {"contact", "invoice", "payment"}
    assert "sales_order" not in modules()
