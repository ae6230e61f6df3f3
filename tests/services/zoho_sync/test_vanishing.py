"""What was deleted at Zoho is missing in its lists: it is reported, and made there again on request only."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.integrations.zoho.caller import PER_PAGE, Caller
from finance_app.models import Expense, Payment, Portal, ZohoLink, ZohoSync
from finance_app.models.kinds import SyncErrorState
from finance_app.services.expenses import drafting
from finance_app.services.invoicing import issuing, voiding
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from finance_app.services.zoho.sync import errors, starting
from tests.harness.expenses import approved
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_receiving import (
    all_of,
    contact,
    expense_body,
    later,
    made,
    our_estimate,
    writes,
)
from tests.services.zoho_sync.test_sync import bill, one_database, summary


def sync(house: House) -> None:
    house.change(lambda session: starting.start(session, house.actor))
    house.settle()


def delete(house: House, path: str, there: dict[str, Any], one: str) -> None:
    house.remote.ask("DELETE", f"{path}/{there[f'{one}_id']}", {})


def retry(house: House, found: errors.Shown) -> None:
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()


def reported(house: House, module: str) -> errors.Shown:
    [found] = summary(house)
    assert (found.module, found.reason, found.local_id > 0) == (module, "deleted_at_zoho", True)
    return found


OURS = {
    "invoice": ("/invoices", bill),
    "estimate": ("/estimates", our_estimate),
}
THEIRS = {
    "estimate": ("/estimates", "sent"),
    "salesorder": ("/salesorders", "open"),
    "invoice": ("/invoices", "sent"),
    "creditnote": ("/creditnotes", "open"),
}


@pytest.mark.parametrize("one", OURS)
def test_a_document_of_ours_deleted_at_zoho_is_reported_and_made_anew_on_request(
    house: House, one: str
) -> None:
    path, make = OURS[one]
    make(house)
    house.settle()
    [there] = house.remote.records(one)
    delete(house, path, there, one)
    later(house)
    assert not summary(house), "no list tells of it"
    before = writes(house)
    sync(house)
    found = reported(house, one)
    assert found.details["remote_id"] == there[f"{one}_id"]
    sync(house)
    house.clock += timedelta(days=1, minutes=1)
    house.settle()
    assert (house.remote.records(one), writes(house)) == ([], before), "no sync makes it there again"
    assert reported(house, one).label == there[f"{one}_number"]
    retry(house, found)
    [again] = house.remote.records(one)
    assert (again[f"{one}_number"], again["total"]) == (there[f"{one}_number"], there["total"])
    assert again["status"] == there["status"]
    assert not summary(house)
    sync(house)
    assert not summary(house)


@one_database
@pytest.mark.parametrize("one", THEIRS)
def test_a_document_of_zoho_that_is_gone_there_stays_here_and_is_reported(house: House, one: str) -> None:
    path, state = THEIRS[one]
    house.settle()
    there = made(house, path, one, state)
    later(house)
    delete(house, path, there, one)
    sync(house)
    module = {"salesorder": "sales_order", "creditnote": "credit_note"}.get(one, one)
    retry(house, reported(house, module))
    [again] = house.remote.records(one)
    assert (again[f"{one}_number"], again["total"]) == (there[f"{one}_number"], there["total"])
    [link] = [each for each in all_of(house, ZohoLink) if each.module == module]
    assert (link.remote_id, link.made_at_zoho) == (again[f"{one}_id"], False)
    later(house)
    sync(house)
    assert not summary(house)


@one_database
def test_an_expense_of_zoho_that_is_gone_there_is_made_anew_or_deleted_here(house: House) -> None:
    house.settle()
    there = house.remote.ask("POST", "/expenses", expense_body(house))["expense"]
    later(house)
    delete(house, "/expenses", there, "expense")
    sync(house)
    found = reported(house, "expense")
    retry(house, found)
    [again] = house.remote.records("expense")
    assert (again["total"], again["reference_number"]) == (60, f"M-E{found.local_id}")
    assert not summary(house)
    delete(house, "/expenses", again, "expense")
    sync(house)
    reported(house, "expense")

    def remove(session):
        session.exec(select(Expense)).one().deleted_at = house.clock

    house.change(remove)
    house.settle()
    assert not summary(house), "both sides agree"
    assert house.remote.records("expense") == []


@one_database
def test_what_is_ignored_stays_away_and_what_is_void_here_agrees(house: House) -> None:
    invoice = bill(house)
    house.settle()
    delete(house, "/invoices", house.remote.records("invoice")[0], "invoice")
    sync(house)
    found = reported(house, "invoice")
    house.change(lambda session: errors.ignore(session, house.actor, found.id))
    sync(house)
    assert (summary(house), house.remote.records("invoice")) == ([], [])
    with db.reading(house.engine) as session:
        listed = errors.listed(session, house.actor, 1, state=SyncErrorState.IGNORED)[0]
    assert [each.local_id for each in listed] == [invoice.id]
    house.change(lambda session: voiding.void(session, house.actor, invoice.id or 0, "Gone", plainly=True))
    house.settle()
    with db.reading(house.engine) as session:
        assert errors.listed(session, house.actor, 1, state=SyncErrorState.IGNORED)[1] == 0
    assert house.remote.records("invoice") == []


@pytest.mark.parametrize("is_known", [True, False])
@one_database
def test_an_invoice_goes_without_an_expense_that_was_deleted_there_once_that_is_ignored(
    house: House, is_known: bool
) -> None:
    def spend(session):
        project, client = house.office.project.id, house.office.client.id
        return approved(session, house.office.person.id, project, 4200, client_id=client, billable=True).id

    def charge(session):
        invoice = drafting.of_chosen(session, house.actor, [expense_id])
        issuing.issue(session, house.actor, invoice.id)

    expense_id = house.change(spend)
    house.settle()
    delete(house, "/expenses", house.remote.records("expense")[0], "expense")
    if is_known:
        sync(house)
    house.change(charge)
    house.settle()
    sync(house)
    found = reported(house, "expense")
    assert (house.remote.records("invoice"), found.held) == ([], 1)
    house.change(lambda session: errors.ignore(session, house.actor, found.id))
    house.settle()
    assert len(house.remote.records("invoice")) == 1
    assert not summary(house)


@one_database
def test_a_payment_waits_for_its_invoice_that_was_deleted_at_zoho(house: House) -> None:
    invoice = bill(house)
    house.settle()
    delete(house, "/invoices", house.remote.records("invoice")[0], "invoice")
    sync(house)
    pay = Received(invoice.client_id, TODAY, "EUR", invoice.total_minor, "k")
    house.change(lambda session: recording.record(session, house.actor, pay))
    house.settle()
    found = reported(house, "invoice")
    assert (found.held, house.remote.records("payment")) == (1, [])
    retry(house, found)
    assert house.remote.records("invoice")[0]["balance"] == 0
    assert not summary(house)


def requests_of(house: House, *, looking_through: bool) -> int:
    def look(session) -> None:
        row = session.get_one(ZohoSync, 1)
        row.pulled_at = None
        if looking_through:
            row.marks = {name: mark for name, mark in row.marks.items() if name != starting.LOOKED_THROUGH}

    before = house.remote.sandbox.requests["GET"]
    house.change(look)
    house.settle()
    return house.remote.sandbox.requests["GET"] - before


@one_database
def test_looking_through_costs_a_request_a_page_and_one_for_what_is_missing(house: House) -> None:
    house.settle()
    there = made(house, "/invoices", "invoice", "sent")
    stored = house.remote.sandbox.store
    old = {**there, "last_modified_time": "2020-01-01T00:00:00+0000"}
    del old["invoice_id"]
    with stored.transaction():
        for number in range(PER_PAGE):
            stored.add("10", "invoice", {**old, "invoice_number": f"OLD-{number}"}, id_field="invoice_id")
    later(house)
    usual = requests_of(house, looking_through=False)
    master = len(("contacts", "projects", "tasks of the project"))
    assert requests_of(house, looking_through=True) == usual + master + 2, "two pages"
    delete(house, "/invoices", there, "invoice")
    assert requests_of(house, looking_through=True) == usual + master + 2, "one page and the missing one"
    assert reported(house, "invoice")


@one_database
def test_what_a_page_did_not_show_is_not_taken_for_deleted(house: House, monkeypatch) -> None:
    """Pages move while they are read: what one of them has skipped is asked for by itself."""
    bill(house)
    house.settle()
    pages = Caller.pages

    async def blind(self, path: str, many: str, **query: Any):
        async for each in pages(self, path, many, **query):
            if query:
                yield each

    monkeypatch.setattr(Caller, "pages", blind)
    sync(house)
    assert not summary(house)


def paid_at_zoho(house: House) -> dict[str, Any]:
    body = {"customer_id": contact(house), "payment_mode": "check", "amount": 70, "date": TODAY.isoformat()}
    return house.remote.ask("POST", "/customerpayments", body)["payment"]


def close(house: House, until: Any) -> None:
    house.change(lambda session: setattr(session.exec(select(Portal)).one(), "closed_until", until))


@pytest.mark.parametrize("how", ["retry", "sync"])
def test_a_payment_deleted_at_zoho_in_a_closed_period_goes_once_that_is_open_again(
    house: House, how: str
) -> None:
    bill(house)
    house.settle()
    paid = paid_at_zoho(house)
    later(house)
    close(house, TODAY)
    delete(house, "/customerpayments", paid, "payment")
    for _ in range(2):
        sync(house)
        [found] = summary(house)
        assert (found.module, found.reason, found.page) == ("payment", "not_taken", "/payments/1")
    retry(house, found)
    assert summary(house), "it is still closed"
    assert all_of(house, Payment)[0].deleted_at is None
    close(house, None)
    retry(house, found) if how == "retry" else sync(house)
    assert all_of(house, Payment)[0].deleted_at is not None
    assert not summary(house)
    assert not [each for each in all_of(house, ZohoLink) if each.module == "payment"]
