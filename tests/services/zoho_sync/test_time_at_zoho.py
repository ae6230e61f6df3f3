"""What of our time is at Zoho, and that work which is changed and then billed while Zoho fails is brought up
to date before the invoice: afterwards nobody can."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from finance_app import db
from finance_app.models import (
    Expense,
    ExpenseLine,
    Invoice,
    OutboxMessage,
    TimeLog,
    ZohoSyncError,
)
from finance_app.models.kinds import OutboxState
from finance_app.sandbox.faults import Faults
from finance_app.services.expenses import drafting
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.scope import Scope
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.bodies import work
from tests.harness.expenses import approved
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_sync import one_database, summary


def logged(house: House, *seconds: int) -> list[int]:
    def add(session):
        logs = [
            TimeLog(
                project_id=house.office.project.id,
                task_id=house.office.tasks[0].id,
                user_id=house.office.person.id,
                day=TODAY - timedelta(days=1),
                seconds=each,
                bill_rate=Decimal("95.50"),
            )
            for each in seconds
        ]
        session.add_all(logs)
        session.flush()
        return [log.id or 0 for log in logs]

    return house.change(add)


def shorten(house: House, log_id: int, seconds: int) -> None:
    def change(session):
        session.get_one(TimeLog, log_id).seconds = seconds

    house.change(change)


def bill(house: House) -> Invoice:
    scope = Scope(project_ids=(house.office.project.id,), until=TODAY)

    def make(session):
        invoice = drafts.create_from_time(session, house.actor, scope, DraftHead())
        return issuing.issue(session, house.actor, invoice.id)

    made = house.change(make)
    house.clock += timedelta(seconds=5)
    return made


def while_zoho_is_broken(house: House) -> None:
    """One attempt, which fails and is to be made again later."""
    house.clock += timedelta(seconds=5)
    house.remote.sandbox.faults = Faults(shares={"500": 1})
    house.work()
    house.remote.sandbox.faults = Faults()


def put_off(house: House, module: str) -> None:
    """Its changes are to be tried again later."""

    def change(session):
        messages = select(OutboxMessage).where(OutboxMessage.object_kind == f"zoho:{module}")
        for message in session.exec(messages):
            if message.state is OutboxState.PENDING:
                message.due_at = house.clock + timedelta(hours=3)

    house.change(change)


def minutes_there(house: House) -> int:
    clocks = [each["log_time"].split(":") for each in house.remote.records("time_entry")]
    return sum(int(hours) * 60 + int(minutes) for hours, minutes in clocks)


def tied(house: House) -> set[str]:
    [invoice] = house.remote.records("invoice")
    return {id for line in invoice["line_items"] for id in line.get("time_entry_ids", [])}


@one_database
@pytest.mark.parametrize(("seconds", "minutes", "entries"), [(3600, 70, 2), (20, 10, 1)])
def test_time_that_was_shortened_before_it_was_billed(
    house: House, seconds: int, minutes: int, entries: int
) -> None:
    """The second one to no minute."""
    first, _ = logged(house, 7200, 600)
    house.settle()
    shorten(house, first, seconds)
    while_zoho_is_broken(house)
    bill(house)
    house.work()
    assert (len(house.remote.records("invoice")), minutes_there(house)) == (1, minutes)
    house.settle()
    assert (minutes_there(house), len(tied(house)), summary(house)) == (minutes, entries, [])


@one_database
def test_an_expense_that_was_raised_before_it_was_billed(house: House) -> None:
    def spend(session):
        project, client = house.office.project.id, house.office.client.id
        made = approved(session, house.office.person.id, project, 4200, client_id=client, billable=True)
        return made.id

    def raised(session):
        expense = session.get_one(Expense, expense_id)
        expense.gross_minor = expense.net_minor = 5100
        [line] = session.exec(select(ExpenseLine).where(ExpenseLine.expense_id == expense_id))
        line.amount_minor = 5100

    expense_id = house.change(spend)
    house.settle()

    def charge(session):
        invoice = drafting.of_chosen(session, house.actor, [expense_id])
        issuing.issue(session, house.actor, invoice.id)

    house.change(raised)
    house.change(charge)
    house.clock += timedelta(seconds=5)
    put_off(house, "expense")
    house.work()
    [invoice], [expense] = house.remote.records("invoice"), house.remote.records("expense")
    assert [line.get("expense_id") for line in invoice["line_items"]] == [expense["expense_id"]]
    assert expense["total"] == 51
    house.settle()
    assert not summary(house)


@one_database
def test_an_invoice_of_more_time_than_anybody_has_sent_yet(house: House) -> None:
    house.settle()
    logged(house, *[600] * 230)

    bill(house)
    put_off(house, "time_log")
    house.work()
    assert len(tied(house)) == 230
    house.settle()
    assert (minutes_there(house), summary(house)) == (2300, [])


@pytest.mark.parametrize("answer", ["retry", "ignore"])
@one_database
def test_an_invoice_waits_for_time_that_zoho_refuses(
    house: House, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [log_id] = logged(house, 7200)
    house.settle()
    clock = work.clock
    monkeypatch.setattr(work, "clock", lambda minutes: "never")
    shorten(house, log_id, 3600)
    house.settle()
    [refused] = summary(house)
    assert refused.module == "time_log"
    bill(house)
    house.settle()
    assert house.remote.records("invoice") == []
    assert [(each.module, each.held) for each in summary(house)] == [("time_log", 1)]
    if answer == "retry":
        monkeypatch.setattr(work, "clock", clock)
        house.change(lambda session: errors.retry(session, house.actor, refused.id))
    else:
        house.change(lambda session: errors.ignore(session, house.actor, refused.id))
    house.settle()
    assert len(tied(house)) == 1
    assert minutes_there(house) == (60 if answer == "retry" else 120)
    with db.reading(house.engine) as session:
        stuck = session.exec(
            select(OutboxMessage.last_error).where(
                OutboxMessage.state == OutboxState.FAILED, OutboxMessage.object_kind == "zoho:invoice"
            )
        ).all()
        open_errors = session.exec(select(ZohoSyncError.id).where(col(ZohoSyncError.state) == "open")).all()
    assert (stuck, open_errors) == ([], [])


@one_database
def test_a_log_is_sent_as_it_is_while_another_of_the_person_waits(house: House) -> None:
    first, second = logged(house, 7200, 600)
    house.settle()
    shorten(house, first, 72_000)
    put_off(house, "time_log")
    shorten(house, second, 300)
    house.clock += timedelta(seconds=5)
    house.work()
    assert minutes_there(house) == 125

    def delete(session):
        session.delete(session.get_one(TimeLog, first))

    house.change(delete)
    house.settle()
    assert minutes_there(house) == 5


@one_database
def test_short_times_add_up_to_minutes(house: House) -> None:
    logged(house, *[20] * 9)
    house.settle()
    assert minutes_there(house) == 3
    [*_, last] = logged(house, *[20] * 3)
    house.settle()
    assert minutes_there(house) == 4
    shorten(house, last, 80)
    house.settle()
    assert (minutes_there(house), summary(house)) == (5, [])


@one_database
def test_time_that_zoho_billed_before_our_change_arrived_is_told_until_the_invoice_is_void(
    house: House,
) -> None:
    [log_id] = logged(house, 7200)
    house.settle()
    shorten(house, log_id, 3600)
    put_off(house, "time_log")
    [entry], [contact] = house.remote.records("time_entry"), house.remote.records("contact")
    line = {"name": "Work", "rate": 95.5, "quantity": 2, "time_entry_ids": [entry["time_entry_id"]]}
    body = {"customer_id": contact["contact_id"], "line_items": [line]}
    theirs = house.remote.ask("POST", "/invoices", body)["invoice"]
    house.remote.ask("POST", f"/invoices/{theirs['invoice_id']}/status/sent", {})
    house.clock += timedelta(minutes=11)
    house.settle()
    [told] = summary(house)
    assert (told.module, told.local_id, told.reason) == ("time_log", log_id, "billed_before")
    assert (told.details["ours"], told.details["theirs"]) == ("01:00", "02:00")
    house.remote.ask("POST", f"/invoices/{theirs['invoice_id']}/status/void", {})
    house.clock += timedelta(minutes=11)
    house.settle()
    house.change(lambda session: errors.retry(session, house.actor, told.id))
    house.settle()
    assert (minutes_there(house), summary(house)) == (60, [])
