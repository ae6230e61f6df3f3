"""What was changed at Zoho of a document of ours stays as it is there until somebody says otherwise."""

from datetime import timedelta
from typing import Any

import pytest

from finance_app import db
from finance_app.models import Invoice, ZohoLink
from finance_app.services.payments import recording
from finance_app.services.zoho.sync import errors, starting
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_receiving import all_of, later
from tests.services.zoho_sync.test_sync import bill, one_database, summary
from tests.services.zoho_sync.test_vanishing import sync


def conflict(house: House) -> errors.Shown:
    [there] = house.remote.records("invoice")
    lines = [{"name": "Design", "rate": 200, "quantity": 1}]
    house.remote.ask("PUT", f"/invoices/{there['invoice_id']}", {"line_items": lines})
    later(house)
    [found] = summary(house)
    assert (found.module, found.reason) == ("invoice", "changed_at_zoho")
    return found


@one_database
def test_the_sync_that_is_asked_for_tells_of_what_was_changed_at_zoho(house: House) -> None:
    """Its own look at every record keeps none from being compared."""
    bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    lines = [{"name": "Design", "rate": 200, "quantity": 1}]
    house.remote.ask("PUT", f"/invoices/{there['invoice_id']}", {"line_items": lines})
    sync(house)
    [found] = summary(house)
    assert (found.module, found.reason) == ("invoice", "changed_at_zoho")
    with db.reading(house.engine) as session:
        assert not starting.is_open(session, 1)


def total(house: House) -> float:
    return house.remote.records("invoice")[0]["total"]


@one_database
@pytest.mark.parametrize("ignored", [False, True])
def test_no_sync_overwrites_what_was_changed_at_zoho(house: House, ignored: bool) -> None:
    invoice = bill(house)
    house.settle()
    found = conflict(house)
    if ignored:
        house.change(lambda session: errors.ignore(session, house.actor, found.id))
    sync(house)
    house.clock += timedelta(days=1, minutes=1)
    house.settle()
    assert total(house) == 200
    assert len(summary(house)) == (not ignored)
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert total(house) * 100 == invoice.total_minor
    assert not summary(house)


@one_database
def test_a_change_here_goes_and_one_undone_there_is_settled(house: House) -> None:
    invoice = bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    conflict(house)
    asked = {field: there[field] for field in ("line_items", "adjustment") if field in there}
    house.remote.ask("PUT", f"/invoices/{there['invoice_id']}", asked)
    later(house)
    assert not summary(house), "it says the same again"
    conflict(house)
    house.change(lambda session: setattr(session.get_one(Invoice, invoice.id), "notes", "Thank you"))
    house.settle()
    assert total(house) * 100 == invoice.total_minor
    assert house.remote.records("invoice")[0]["notes"] == "Thank you"
    assert not summary(house)


def given_up(house: House) -> dict[str, Any]:
    """An invoice as it is at Zoho, written off by both sides."""
    invoice = bill(house)
    house.settle()

    def give_up(session):
        recording.write_off(session, house.actor, invoice.id or 0, invoice.total_minor, TODAY, "Gone")

    house.change(give_up)
    house.settle()
    return next(row for row in house.remote.records("invoice") if row["invoice_number"] == invoice.number)


@one_database
def test_a_write_off_undone_at_zoho_is_that_of_its_invoice_whatever_its_number(house: House) -> None:
    """A write-off has no id at Zoho; what stands for it is no id of an invoice there."""
    given_up(house)
    there = given_up(house)
    first, second = (each for each in all_of(house, ZohoLink) if each.module == "write_off")

    def alike(session):
        session.get_one(ZohoLink, first.id).remote_id = there["invoice_id"]

    house.change(alike)
    house.remote.ask("POST", f"/invoices/{there['invoice_id']}/writeoff/cancel", {})
    later(house)
    [found] = summary(house)
    assert (found.module, found.reason, found.local_id) == ("write_off", "changed_at_zoho", second.local_id)


@one_database
def test_a_write_off_of_ours_undone_at_zoho_is_reported_until_it_goes_there_again(house: House) -> None:
    there = given_up(house)
    house.remote.ask("POST", f"/invoices/{there['invoice_id']}/writeoff/cancel", {})
    later(house)
    sync(house)
    [found] = summary(house)
    assert (found.module, found.reason) == ("write_off", "changed_at_zoho")
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert house.remote.records("invoice")[0]["balance"] == 0
    assert not summary(house)
