"""A document of ours that is void at Zoho is reported, and brought back on request."""

import pytest
from sqlmodel import select

from finance_app.models import InvoiceLine
from finance_app.services.crediting import notes
from finance_app.services.estimating import deciding, orders
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from finance_app.services.zoho.sync import errors
from tests.harness import estimates
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_receiving import later
from tests.services.zoho_sync.test_sync import bill, one_database, summary
from tests.services.zoho_sync.test_vanishing import sync


def our_invoice(house: House) -> None:
    bill(house)


def our_order(house: House) -> None:
    def make(session):
        row = estimates.sent(session, house.actor, house.office)
        deciding.accept_by_hand(session, house.actor, row.id or 0, "Ann Lee")
        orders.from_estimate(session, house.actor, row.id or 0)

    house.change(make)


def our_note(house: House) -> None:
    invoice = bill(house)
    pay = Received(invoice.client_id, TODAY, "EUR", invoice.total_minor, "k")
    house.change(lambda session: recording.record(session, house.actor, pay))

    def make(session):
        line = session.exec(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)).all()[0]
        notes.create_partial(session, house.actor, invoice.id or 0, {line.id: line.amount_minor}, "too much")

    house.change(make)


OURS = {
    "invoice": ("/invoices", "invoice", our_invoice),
    "salesorder": ("/salesorders", "sales_order", our_order),
    "creditnote": ("/creditnotes", "credit_note", our_note),
}


@one_database
@pytest.mark.parametrize("one", OURS)
def test_ours_that_is_void_at_zoho_is_reported_and_comes_back_on_request(house: House, one: str) -> None:
    path, module, make = OURS[one]
    make(house)
    house.settle()
    [there] = house.remote.records(one)
    house.remote.ask("POST", f"{path}/{there[f'{one}_id']}/status/void", {})
    later(house)
    [found] = summary(house)
    assert (found.module, found.reason) == (module, "changed_at_zoho")
    assert house.remote.records(one)[0]["status"] == "void"
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert not summary(house)
    [again] = house.remote.records(one)
    for field in ("status", "total", "balance"):
        assert again.get(field) == there.get(field)
    sync(house)
    assert not summary(house)
