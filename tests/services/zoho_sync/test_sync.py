"""What the sync does in one case each; the whole is tried in `test_random_changes`."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Cause, Product, ZohoError
from finance_app.integrations.zoho.pacing import Quota
from finance_app.jobs.zoho import pacing
from finance_app.models import (
    Client,
    Invoice,
    Item,
    OutboxMessage,
    Payment,
    Project,
    TimeLog,
    ZohoLink,
    ZohoSync,
    ZohoSyncError,
    ZohoSyncRun,
)
from finance_app.models.columns import at
from finance_app.models.kinds import OutboxState, SyncErrorState, SyncReason
from finance_app.sandbox.faults import Faults
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from finance_app.services.zoho.sync import errors, runs, starting
from finance_app.services.zoho.sync.bodies.work import rounded_minutes, share_of
from tests.harness.invoices import TODAY, issued
from tests.services.zoho_sync.conftest import House

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def summary(house: House) -> list[errors.Shown]:
    with db.reading(house.engine) as session:
        return errors.listed(session, house.actor, 1)[0]


def bill(house: House) -> Invoice:
    return house.change(lambda session: issued(session, house.actor, house.office))


@one_database
@pytest.mark.parametrize("faults", [["drop"], ["", "drop", "500"], ["", "", "drop", "drop"]])
def test_a_lost_answer_makes_no_second_record(house: House, faults: list[str]) -> None:
    house.settle()
    house.remote.sandbox.faults = Faults(next=list(faults))
    invoice = bill(house)
    house.settle()
    assert [each["invoice_number"] for each in house.remote.records("invoice")] == [invoice.number]
    assert not house.remote.doubled("time_entry", "notes")
    assert not summary(house)


@one_database
def test_what_is_there_already_is_not_sent_again(house: House) -> None:
    bill(house)
    house.settle()
    before = dict(house.remote.sandbox.requests)
    house.change(lambda session: starting.start(session, house.actor))
    house.settle()
    after = house.remote.sandbox.requests
    assert (after["POST"], after.get("PUT")) == (before["POST"], before.get("PUT"))


@one_database
def test_a_connection_with_the_same_organisation_doubles_nothing(house: House) -> None:
    bill(house)
    house.settle()
    counts = house.remote.sandbox.store.count()
    again = starting.Setup(2, Product.BOOKS, "10", "EUR")
    house.change(lambda session: starting.stop(session, 1))
    house.change(lambda session: starting.begin(session, house.actor, again))
    house.settle()
    assert house.remote.sandbox.store.count() == counts


@one_database
def test_a_project_without_a_client_is_reported_and_what_waits_for_it_follows(house: House) -> None:
    def work_for_nobody(session):
        project = Project(name="Nobody's", currency="EUR")
        session.add(project)
        session.flush()
        for _ in range(3):
            log = TimeLog(project_id=project.id, user_id=house.office.person.id, day=TODAY, seconds=3600)
            session.add(log)
        return project.id

    project_id = house.change(work_for_nobody)
    house.settle()
    [found] = summary(house)
    assert (found.module, found.reason, found.label, found.held) == ("project", "no_client", "Nobody's", 3)
    assert found.page == f"/projects/{project_id}"

    def give(session):
        session.get(Project, project_id).client_id = house.office.client.id

    house.change(give)
    house.settle()
    assert not summary(house)
    assert len(house.remote.records("time_entry")) == 3


@one_database
def test_a_total_that_differs_by_a_cent_is_an_error(house: House) -> None:
    def odd(session):
        invoice = issued(session, house.actor, house.office)
        invoice.total_minor += 1

    house.change(odd)
    house.settle()
    [found] = summary(house)
    assert (found.module, found.reason) == ("invoice", "total_differs")
    assert Decimal(found.details["ours"]) - Decimal(found.details["theirs"]) == Decimal("0.01")


@one_database
def test_an_error_is_ignored_until_it_is_another_and_retried_on_request(house: House) -> None:
    house.settle()
    [contact] = house.remote.records("contact")

    def unlike(session):
        session.add(Item(name="x" * 200, unit_price=Decimal(1), currency="EUR"))
        project = Project(name="Homeless", currency="EUR")
        session.add(project)

    house.change(unlike)
    house.settle()
    [found] = summary(house)
    house.change(lambda session: errors.ignore(session, house.actor, found.id))
    assert not summary(house)
    house.change(lambda session: starting.start(session, house.actor))
    house.settle()
    assert not summary(house), "the same failure stays ignored"
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    [again] = summary(house)
    assert again.attempts > found.attempts
    assert contact["contact_name"] == "Ardent"


@one_database
def test_a_number_that_zoho_gave_to_another_invoice_is_not_taken_over(house: House) -> None:
    house.settle()
    [contact] = house.remote.records("contact")
    house.remote.ask(
        "POST",
        "/invoices",
        {
            "customer_id": contact["contact_id"],
            "invoice_number": f"INV-{TODAY.year}-0001",
            "line_items": [{"name": "Theirs", "rate": 1}],
        },
        ignore_auto_number_generation="true",
    )
    invoice = bill(house)
    assert invoice.number == f"INV-{TODAY.year}-0001"
    house.settle()
    found = {each.reason for each in summary(house) if each.module == "invoice"}
    assert found == {"number_taken"}


def test_a_payment_entered_at_zoho_settles_our_invoice_once(house: House) -> None:
    invoice = bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    paid = house.remote.ask(
        "POST",
        "/customerpayments",
        {
            "customer_id": there["customer_id"],
            "payment_mode": "banktransfer",
            "amount": there["total"],
            "date": TODAY.isoformat(),
            "reference_number": "VIR 9",
            "invoices": [{"invoice_id": there["invoice_id"], "amount_applied": there["total"]}],
        },
    )["payment"]
    for _ in range(2):
        house.clock += timedelta(minutes=11)
        house.settle()
    with db.reading(house.engine) as session:
        [payment] = session.exec(select(Payment)).all()
        assert (payment.amount_minor, payment.reference) == (invoice.total_minor, "VIR 9")
        assert session.get_one(Invoice, invoice.id).state == "paid"
    assert [each["payment_id"] for each in house.remote.records("payment")] == [paid["payment_id"]]
    assert not summary(house)


@one_database
def test_an_invoice_made_at_zoho_is_ours_with_its_number_and_its_time(house: House) -> None:
    def log(session):
        project, task = house.office.project, house.office.tasks[0]
        session.add(
            TimeLog(
                project_id=project.id,
                task_id=task.id,
                user_id=house.office.person.id,
                day=TODAY,
                seconds=7200,
            )
        )

    house.change(log)
    house.settle()
    [entry], [contact] = house.remote.records("time_entry"), house.remote.records("contact")
    line = {"name": "Work", "rate": 95.5, "quantity": 2, "time_entry_ids": [entry["time_entry_id"]]}
    body = {"customer_id": contact["contact_id"], "line_items": [line]}
    theirs = house.remote.ask("POST", "/invoices", body)["invoice"]
    house.remote.ask("POST", f"/invoices/{theirs['invoice_id']}/status/sent", {})
    before = house.remote.sandbox.requests.get("PUT", 0)
    house.clock += timedelta(minutes=11)
    house.settle()
    with db.reading(house.engine) as session:
        [invoice] = session.exec(select(Invoice)).all()
        assert (invoice.number, invoice.total_minor, invoice.state) == ("INV-000001", 19100, "issued")
        [worked] = session.exec(select(TimeLog)).all()
        assert worked.invoice_line_id is not None
    assert house.remote.sandbox.requests.get("PUT", 0) == before, "what was fetched is not sent back"
    assert not summary(house)


@one_database
def test_a_payment_of_somebody_unknown_is_reported(house: House) -> None:
    house.settle()
    stranger = house.remote.ask("POST", "/contacts", {"contact_name": "Stranger"})["contact"]
    house.remote.ask(
        "POST",
        "/customerpayments",
        {
            "customer_id": stranger["contact_id"],
            "payment_mode": "cash",
            "amount": 5,
            "date": TODAY.isoformat(),
        },
    )
    house.clock += timedelta(minutes=11)
    house.settle()
    [found] = summary(house)
    assert (found.module, found.reason, found.details["name"]) == ("payment", "unknown_client", "Stranger")
    house.change(lambda session: session.add(Client(name="Stranger", currency="EUR")))
    house.settle()
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert not summary(house)
    with db.reading(house.engine) as session:
        assert [each.amount_minor for each in session.exec(select(Payment))] == [500]


@one_database
def test_a_change_of_ours_at_zoho_is_reported_and_overwritten_on_request(house: House) -> None:
    invoice = bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    lines = [{"name": "Other", "rate": 1, "quantity": 1}]
    house.remote.ask("PUT", f"/invoices/{there['invoice_id']}", {"line_items": lines})
    house.clock += timedelta(minutes=11)
    house.settle()
    [found] = summary(house)
    assert (found.reason, found.details["number"]) == ("changed_at_zoho", invoice.number)
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert not summary(house)
    [there] = house.remote.records("invoice")
    assert Decimal(str(there["total"])) * 100 == invoice.total_minor


@one_database
def test_a_payment_taken_back_here_opens_the_invoice_there(house: House) -> None:
    invoice = bill(house)
    received = Received(invoice.client_id, TODAY, "EUR", invoice.total_minor, "k")
    payment = house.change(lambda session: recording.record(session, house.actor, received))
    house.settle()
    [there] = house.remote.records("invoice")
    assert there["balance"] == 0
    house.change(lambda session: recording.delete(session, house.actor, payment.id or 0, "wrong client"))
    house.settle()
    [there] = house.remote.records("invoice")
    assert (there["balance"], house.remote.records("payment")) == (there["total"], [])


@one_database
def test_every_day_at_the_time_of_the_setup(house: House) -> None:
    house.settle()
    with db.reading(house.engine) as session:
        due = session.get_one(ZohoSync, 1).next_run_at
    assert due is not None
    house.clock = due + timedelta(days=2, minutes=5)
    house.settle()
    with db.reading(house.engine) as session:
        reasons = [each.reason for each in session.exec(select(ZohoSyncRun))]
        assert session.get_one(ZohoSync, 1).next_run_at == due + timedelta(days=3)
        history = runs.history(session, house.actor)
    assert reasons == [SyncReason.FIRST, SyncReason.DAILY]
    assert all(not run.running for run in history)
    assert {step.module: step.total for step in history[-1].steps}["project"] == 1


@one_database
def test_a_revoked_access_stalls_the_sync_and_says_so(house: House) -> None:
    house.remote.refresh_token = "revoked"
    house.work()
    with db.reading(house.engine) as session:
        progress = runs.progress(session, house.actor)
        pending = session.exec(
            select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.PENDING)
        ).all()
    assert progress is not None
    assert progress.stalled == "signed_out"
    assert [(each.module, each.reason) for each in summary(house)] == [("connection", "signed_out")]
    assert pending, "nothing is lost"
    assert not house.work()
    house.remote.refresh_token = "sandbox"
    house.change(lambda session: starting.start(session, house.actor))
    house.settle()
    assert house.remote.records("contact")


@one_database
def test_without_the_right_nothing_is_shown_or_begun(house: House) -> None:
    from dataclasses import replace

    nobody = replace(house.actor, permissions=frozenset())
    with db.reading(house.engine) as session:
        for ask in (
            lambda: runs.progress(session, nobody),
            lambda: starting.start(session, nobody),
            lambda: errors.listed(session, nobody, 1),
            lambda: errors.retry_all(session, nobody, 1),
        ):
            with pytest.raises(DomainError):
                ask()


def test_requests_keep_within_the_minute_and_the_day(house: House) -> None:
    """Two workers that never wait together stay below both limits."""
    quota, clock, sent = Quota(per_minute=40, per_day=120), datetime(2026, 1, 5, 8, tzinfo=UTC), []
    while True:
        with db.transaction(house.engine) as session:
            try:
                wait = pacing.reserve(session, 1, quota, clock)
            except ZohoError as error:
                fault = error
                break
        if not wait:
            sent.append(clock)
        clock += timedelta(seconds=max(wait, 0.01))
    assert fault.cause is Cause.THROTTLED
    assert (fault.wait or 0) > 3600
    assert len(sent) == 120
    for moment in sent:
        assert sum(moment <= other < moment + timedelta(seconds=60) for other in sent) <= 40


def test_time_is_rounded_over_the_sum_of_a_person_and_task() -> None:
    there: list[tuple[int, int]] = []
    for _ in range(90):
        minutes = share_of(there, 20)
        there.append((20, minutes))
    assert sum(minutes for _, minutes in there) == 30
    assert {minutes for _, minutes in there} == {0, 1}
    assert [rounded_minutes(seconds) for seconds in (0, 29, 30, 90, 149, 150)] == [0, 0, 1, 2, 2, 3]


@one_database
def test_time_before_the_first_day_is_not_offered_for_billing(house: House) -> None:
    early, late = TODAY - timedelta(days=40), TODAY

    def log(session):
        session.get_one(ZohoSync, 1).bill_from = date(TODAY.year, TODAY.month, 1)
        for day in (early, late):
            session.add(
                TimeLog(
                    project_id=house.office.project.id,
                    user_id=house.office.person.id,
                    day=day,
                    seconds=600,
                )
            )

    house.change(log)
    house.settle()
    offered = {each["log_date"]: each["is_billable"] for each in house.remote.records("time_entry")}
    assert offered == {early.isoformat(): False, late.isoformat(): True}


@one_database
def test_a_contact_of_the_same_name_is_cloned_or_taken(house: House) -> None:
    def prefer_clones(session):
        session.get_one(ZohoSync, 1).clone_contacts = True

    house.change(prefer_clones)
    house.remote.ask("POST", "/contacts", {"contact_name": "Ardent", "company_name": "Theirs"})
    house.remote.sandbox.faults = Faults(next=["", "", "", "drop"])
    house.settle()
    names = sorted(each["contact_name"] for each in house.remote.records("contact"))
    assert names == ["Ardent", "Ardent (Marge)"]
    [theirs] = [each for each in house.remote.records("contact") if each["contact_name"] == "Ardent"]
    assert theirs["company_name"] == "Theirs"


@one_database
def test_the_summary_counts_by_module_and_links_stay_single(house: House) -> None:
    house.change(lambda session: session.add(Project(name="Homeless", currency="EUR")))
    house.settle()
    with at(house.clock), db.reading(house.engine) as session:
        assert errors.counts(session, house.actor, 1) == {"project": 1}
        assert session.exec(select(ZohoSyncError.state)).all() == [SyncErrorState.OPEN]
        links = session.exec(select(ZohoLink.module, ZohoLink.local_id)).all()
    assert len(links) == len(set(links))
