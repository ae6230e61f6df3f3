"""What is made and changed at Zoho comes over: each document, its answers, what settles it, and conflicts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.models import (
    Allocation,
    CreditNote,
    Estimate,
    Expense,
    ExpenseLine,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    SalesOrder,
    ZohoLink,
    ZohoSync,
)
from finance_app.services.crediting import notes
from finance_app.services.estimating import deciding
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from finance_app.services.zoho.sync import errors, starting
from tests.harness import estimates
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_sync import bill, one_database, summary

LINES = [{"name": "Design", "rate": 120.5, "quantity": 1.5}, {"name": "Hosting", "rate": 10, "quantity": 3}]


def later(house: House) -> None:
    house.clock += timedelta(minutes=11)
    house.settle()


def contact(house: House) -> str:
    [found] = house.remote.records("contact")
    return found["contact_id"]


def made(house: House, path: str, one: str, state: str = "", **body: Any) -> dict[str, Any]:
    """Made by hand at Zoho, and brought to its state."""
    body = {"customer_id": contact(house), "line_items": LINES, **body}
    record = house.remote.ask("POST", path, body)[one]
    if state:
        house.remote.ask("POST", f"{path}/{record[f'{one}_id']}/status/{state}", {})
    return record


def all_of(house: House, model: type) -> list[Any]:
    with db.reading(house.engine) as session:
        rows = session.exec(select(model).order_by(model.id)).all()
        session.expunge_all()
    return list(rows)


def writes(house: House) -> dict[str, int]:
    return {method: house.remote.sandbox.requests.get(method, 0) for method in ("POST", "PUT", "DELETE")}


def tax(house: House, name: str, rate: float) -> str:
    body = {"tax_name": name, "tax_percentage": rate, "tax_type": "tax"}
    return house.remote.ask("POST", "/settings/taxes", body)["tax"]["tax_id"]


@one_database
def test_an_estimate_of_zoho_comes_with_its_answer_and_follows(house: House) -> None:
    house.settle()
    there = made(house, "/estimates", "estimate", "sent", expiry_date=(TODAY + timedelta(9)).isoformat())
    made(house, "/estimates", "estimate")  # a draft is nobody's business yet
    before = writes(house)
    later(house)
    [row] = all_of(house, Estimate)
    assert (row.number, row.total_minor, row.accepted_at) == (there["estimate_number"], 21075, None)
    assert row.expires_on == TODAY + timedelta(9)
    assert writes(house) == before, "what was fetched is not sent back"
    changed = [{"name": "Design", "rate": 200, "quantity": 1}]
    house.remote.ask("PUT", f"/estimates/{there['estimate_id']}", {"line_items": changed})
    later(house)
    assert [each.total_minor for each in all_of(house, Estimate)] == [20000]
    house.remote.ask("POST", f"/estimates/{there['estimate_id']}/status/accepted", {})
    before = writes(house)
    later(house)
    [row] = all_of(house, Estimate)
    assert row.accepted_at is not None
    assert (row.decision["by_hand"], row.decision["name"]) == ("Zoho", "Ardent")
    assert writes(house) == before
    assert not summary(house)


def our_estimate(house: House) -> Estimate:
    row = house.change(lambda session: estimates.sent(session, house.actor, house.office))
    house.settle()
    return row


@one_database
@pytest.mark.parametrize("answer", ["accepted", "declined"])
def test_the_answer_that_zoho_got_to_ours_is_the_answer(house: House, answer: str) -> None:
    row = our_estimate(house)
    [there] = house.remote.records("estimate")
    house.remote.ask("POST", f"/estimates/{there['estimate_id']}/status/{answer}", {})
    before = writes(house)
    later(house)
    [row] = all_of(house, Estimate)
    assert bool(row.accepted_at) is (answer == "accepted")
    assert bool(row.declined_at) is (answer == "declined")
    at = row.accepted_at or row.declined_at
    assert abs(at.date() - TODAY) <= timedelta(days=1)
    assert writes(house) == before
    assert not summary(house)


@one_database
def test_two_answers_that_differ_are_reported_and_ours_goes_on_request(house: House) -> None:
    row = our_estimate(house)
    [there] = house.remote.records("estimate")

    def accept(session):
        deciding.accept_by_hand(session, house.actor, row.id or 0, "Ann Lee")

    house.change(accept)
    house.settle()
    house.remote.ask("POST", f"/estimates/{there['estimate_id']}/status/declined", {})
    later(house)
    [found] = summary(house)
    assert (found.module, found.reason, found.details["number"]) == (
        "estimate",
        "changed_at_zoho",
        row.number,
    )
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert house.remote.records("estimate")[0]["status"] == "accepted"
    assert not summary(house)


@one_database
def test_a_sales_order_of_zoho_comes_over_and_is_void_when_it_is_there(house: House) -> None:
    house.settle()
    there = made(house, "/salesorders", "salesorder", "open")
    later(house)
    [row] = all_of(house, SalesOrder)
    assert (row.number, row.total_minor, row.voided_at) == (there["salesorder_number"], 21075, None)
    house.remote.ask("POST", f"/salesorders/{there['salesorder_id']}/status/void", {})
    before = writes(house)
    later(house)
    assert all_of(house, SalesOrder)[0].voided_at is not None
    assert writes(house) == before
    assert not summary(house)


@one_database
def test_taxes_and_discounts_of_zoho_come_over_to_the_cent(house: House) -> None:
    house.settle()
    gst, pst = tax(house, "GST 5 %", 5), tax(house, "PST 7 %", 7)
    group = house.remote.ask(
        "POST", "/settings/taxgroups", {"tax_group_name": "Both", "taxes": f"{gst},{pst}"}
    )["tax_group"]["tax_group_id"]
    house.change(lambda session: setattr(session.get_one(type(house.office.portal), 1), "country", "CA"))
    lines = [
        {"name": "One", "rate": 33.33, "quantity": 3, "tax_id": group},
        {"name": "Two", "rate": 19.99, "quantity": 1, "tax_id": gst},
        {"name": "Three", "rate": 5, "quantity": 1},
    ]
    made(house, "/invoices", "invoice", "sent", line_items=lines, discount="10%", adjustment=-0.01)
    priced = [{**lines[0], "discount": "12.5%"}, {**lines[1], "discount": 1.25}]
    made(
        house, "/invoices", "invoice", "sent", line_items=priced, discount_type="item_level",
        is_inclusive_tax=True, shipping_charge=4.9,
    )  # fmt: skip
    before = writes(house)
    later(house)
    assert not summary(house)
    theirs = [Decimal(str(each["total"])) * 100 for each in house.remote.records("invoice")]
    assert [each.total_minor for each in all_of(house, Invoice)] == theirs
    assert writes(house) == before


@one_database
def test_a_credit_note_of_zoho_with_what_it_settles_and_gives_back(house: House) -> None:
    invoice = bill(house)
    house.settle()
    [bill_there] = house.remote.records("invoice")
    there = made(house, "/creditnotes", "creditnote", "open")
    path = f"/creditnotes/{there['creditnote_id']}"
    later(house)
    [note] = all_of(house, CreditNote)
    assert (note.number, note.total_minor, note.used_minor) == (there["creditnote_number"], 21075, 0)
    part = {"invoice_id": bill_there["invoice_id"], "amount_applied": 50}
    house.remote.ask("POST", f"{path}/invoices", {"invoices": [part]})
    refund = {"date": TODAY.isoformat(), "amount": 20, "refund_mode": "cash", "reference_number": "R 7"}
    house.remote.ask("POST", f"{path}/refunds", refund)
    before = writes(house)
    later(house)
    [note] = all_of(house, CreditNote)
    assert note.used_minor == 7000
    assert all_of(house, Invoice)[0].settled_minor == 5000
    [given] = all_of(house, Refund)
    assert (given.amount_minor, given.method, given.reference) == (2000, "cash", "R 7")
    assert writes(house) == before
    house.remote.ask("PUT", path, {"notes": "seen again"})
    later(house)
    assert all_of(house, CreditNote)[0].used_minor == 7000, "nothing is taken back that is there"
    [applied] = house.remote.ask("GET", f"{path}/invoices", {})["invoices_credited"]
    [refunded] = house.remote.ask("GET", f"{path}/refunds", {})["creditnote_refunds"]
    house.remote.ask("DELETE", f"{path}/invoices/{applied['creditnote_invoice_id']}", {})
    house.remote.ask("DELETE", f"{path}/refunds/{refunded['creditnote_refund_id']}", {})
    before = writes(house)
    later(house)
    assert all_of(house, CreditNote)[0].used_minor == 0
    assert all_of(house, Invoice)[0].settled_minor == 0
    assert all_of(house, Refund)[0].removed_at is not None
    assert writes(house) == before
    assert invoice.number
    assert not summary(house)


@one_database
def test_our_credit_note_that_is_used_at_zoho_is_used_here(house: House) -> None:
    invoice = bill(house)
    pay = Received(invoice.client_id, TODAY, "EUR", invoice.total_minor, "k")
    house.change(lambda session: recording.record(session, house.actor, pay))
    with db.reading(house.engine) as session:
        line = session.exec(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)).all()[0]
    note = house.change(
        lambda session: notes.create_partial(
            session, house.actor, invoice.id or 0, {line.id: line.amount_minor}, "too much"
        )
    )
    other = bill(house)
    house.settle()
    [there] = house.remote.records("creditnote")
    [owed] = [each for each in house.remote.records("invoice") if each["invoice_number"] == other.number]
    part = {"invoice_id": owed["invoice_id"], "amount_applied": there["balance"]}
    house.remote.ask("POST", f"/creditnotes/{there['creditnote_id']}/invoices", {"invoices": [part]})
    before = writes(house)
    later(house)
    assert not summary(house)
    [row] = all_of(house, CreditNote)
    assert row.used_minor == note.total_minor
    assert writes(house) == before
    assert not summary(house)


def expense_body(house: House, **more: Any) -> dict[str, Any]:
    accounts = {each["account_name"]: each["account_id"] for each in house.remote.records("account")}
    return {
        "account_id": accounts["Travel Expense"],
        "paid_through_account_id": accounts["Petty Cash"],
        "date": TODAY.isoformat(),
        "amount": 60,
        "description": "Train to Lyon",
        **more,
    }


@one_database
def test_an_expense_of_zoho_comes_over_follows_and_is_billed_by_zohos_invoice(house: House) -> None:
    house.settle()
    [project] = house.remote.records("project")
    more = {"customer_id": contact(house), "project_id": project["project_id"], "is_billable": True}
    vat = {"tax_id": tax(house, "VAT 10 %", 10), "is_inclusive_tax": True}
    there = house.remote.ask("POST", "/expenses", expense_body(house, **more, **vat))["expense"]
    before = writes(house)
    later(house)
    [row] = all_of(house, Expense)
    assert (row.merchant, row.gross_minor, row.tax_minor, row.billable) == ("Train to Lyon", 6000, 545, True)
    assert (row.project_id, row.own_money, row.approval) == (house.office.project.id, False, "approved")
    assert writes(house) == before
    house.remote.ask("PUT", f"/expenses/{there['expense_id']}", {"amount": 66})
    later(house)
    assert [each.gross_minor for each in all_of(house, Expense)] == [6600]
    assert len(all_of(house, ExpenseLine)) == 1
    line = {"name": "Train", "rate": 66, "quantity": 1, "expense_id": there["expense_id"]}
    made(house, "/invoices", "invoice", "sent", line_items=[line])
    before = writes(house)
    later(house)
    assert all_of(house, Expense)[0].invoice_line_id is not None
    assert writes(house) == before
    assert not summary(house)


@one_database
def test_an_expense_of_zoho_is_not_changed_from_here(house: House) -> None:
    house.settle()
    house.remote.ask("POST", "/expenses", expense_body(house))
    later(house)

    def edit(session, merchant: str):
        session.exec(select(Expense)).one().merchant = merchant

    house.change(lambda session: edit(session, "Bus"))
    house.settle()
    [found] = summary(house)
    assert (found.module, found.reason) == ("expense", "made_at_zoho")
    house.change(lambda session: edit(session, "Train to Lyon"))
    house.settle()
    assert not summary(house)
    [there] = house.remote.records("expense")
    assert there["description"] == "Train to Lyon"


@one_database
def test_an_invoice_of_zoho_follows_and_is_void_when_it_is_there(house: House) -> None:
    house.settle()
    there = made(house, "/invoices", "invoice", "sent")
    later(house)
    path = f"/invoices/{there['invoice_id']}"
    house.remote.ask("PUT", path, {"line_items": [{"name": "Design", "rate": 80, "quantity": 2}]})
    before = writes(house)
    later(house)
    assert [(each.total_minor, each.state) for each in all_of(house, Invoice)] == [(16000, "issued")]
    house.remote.ask("POST", f"{path}/status/void", {})
    before = writes(house)
    later(house)
    assert [each.state for each in all_of(house, Invoice)] == ["void"]
    assert all_of(house, CreditNote) == [], "voided as in Zoho, without a note of our series"
    assert writes(house) == before
    assert not summary(house)


@one_database
def test_an_estimate_that_became_an_invoice_at_zoho_is_billed(house: House) -> None:
    row = our_estimate(house)
    [there] = house.remote.records("estimate")
    house.remote.ask("POST", f"/estimates/{there['estimate_id']}/status/accepted", {})
    said = ("name", "rate", "quantity", "tax_id")
    lines = [{name: each[name] for name in said} for each in there["line_items"]]
    body = {"invoiced_estimate_id": there["estimate_id"], "line_items": lines}
    made(house, "/invoices", "invoice", "sent", **body)
    later(house)
    [invoice] = all_of(house, Invoice)
    assert (invoice.estimate_id, invoice.part_minor) == (row.id, row.total_minor)
    assert not summary(house)


@one_database
def test_a_payment_is_given_back_and_taken_back_at_zoho(house: House) -> None:
    invoice = bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    body = {
        "customer_id": contact(house),
        "payment_mode": "cash",
        "amount": there["total"] + 10,
        "date": TODAY.isoformat(),
        "invoices": [
            {
                "invoice_id": there["invoice_id"],
                "amount_applied": there["total"] - 5,
                "tax_amount_withheld": 5,
            }
        ],
    }
    paid = house.remote.ask("POST", "/customerpayments", body)["payment"]
    path = f"/customerpayments/{paid['payment_id']}"
    house.remote.ask("POST", f"{path}/refunds", {"date": TODAY.isoformat(), "amount": 4})
    before = writes(house)
    later(house)
    kinds = {each.kind: each.amount_minor for each in all_of(house, Allocation)}
    assert kinds == {"payment": invoice.total_minor - 500, "withholding": 500}
    assert [each.amount_minor for each in all_of(house, Refund)] == [400]
    assert writes(house) == before
    house.remote.ask("DELETE", path, {})
    later(house)
    assert all_of(house, Payment)[0].deleted_at is not None
    assert all_of(house, Refund)[0].removed_at is not None
    assert all_of(house, Invoice)[0].settled_minor == 0
    assert not summary(house)


@one_database
def test_a_payment_deleted_at_zoho_opens_the_invoice_here(house: House) -> None:
    bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    part = {"invoice_id": there["invoice_id"], "amount_applied": there["total"]}
    body = {"customer_id": contact(house), "payment_mode": "check", "amount": there["total"]}
    day = {"date": TODAY.isoformat(), "invoices": [part]}
    paid = house.remote.ask("POST", "/customerpayments", body | day)["payment"]
    later(house)
    assert all_of(house, Invoice)[0].state == "paid"
    house.remote.ask("DELETE", f"/customerpayments/{paid['payment_id']}", {})
    before = writes(house)
    later(house)
    assert all_of(house, Invoice)[0].state == "issued"
    assert all_of(house, Payment)[0].deleted_at is not None
    assert writes(house) == before
    assert not summary(house)


@one_database
def test_a_payment_deleted_at_zoho_gives_way_to_a_credit_note(house: House) -> None:
    """The balance stays the same, and yet another thing settles the invoice."""
    bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    part = {"invoice_id": there["invoice_id"], "amount_applied": 100}
    body = {"customer_id": contact(house), "payment_mode": "check", "amount": 100}
    day = {"date": TODAY.isoformat(), "invoices": [part]}
    paid = house.remote.ask("POST", "/customerpayments", body | day)["payment"]
    rest = {**part, "amount_applied": round(there["total"] - 100, 2)}
    house.remote.ask(
        "POST", "/customerpayments", body | day | {"amount": rest["amount_applied"], "invoices": [rest]}
    )
    later(house)
    assert all_of(house, Invoice)[0].state == "paid"
    house.remote.ask("DELETE", f"/customerpayments/{paid['payment_id']}", {})
    note = made(house, "/creditnotes", "creditnote", "open")
    house.remote.ask("POST", f"/creditnotes/{note['creditnote_id']}/invoices", {"invoices": [part]})
    later(house)
    assert all_of(house, CreditNote)[0].used_minor == 10000
    assert all_of(house, Invoice)[0].state == "paid"
    assert all_of(house, Payment)[0].deleted_at is not None
    assert not summary(house)


@one_database
def test_a_payment_of_no_invoice_that_was_deleted_at_zoho_goes_at_the_next_sync(house: House) -> None:
    bill(house)
    house.settle()
    body = {"customer_id": contact(house), "payment_mode": "check", "amount": 70, "date": TODAY.isoformat()}
    paid = house.remote.ask("POST", "/customerpayments", body)["payment"]
    later(house)
    assert all_of(house, Payment)[0].deleted_at is None
    house.remote.ask("DELETE", f"/customerpayments/{paid['payment_id']}", {})
    later(house)
    house.change(lambda session: starting.start(session, house.actor))
    house.settle()
    assert all_of(house, Payment)[0].deleted_at is not None
    assert not summary(house)


@one_database
def test_a_payment_changed_within_the_second_it_came_over_in_follows(house: House) -> None:
    bill(house)
    house.settle()
    body = {"customer_id": contact(house), "payment_mode": "check", "amount": 70, "date": TODAY.isoformat()}
    paid = house.remote.ask("POST", "/customerpayments", body)["payment"]
    for amount in (70, 71, 70):
        house.remote.ask("PUT", f"/customerpayments/{paid['payment_id']}", {"amount": amount})
        later(house)
        [live] = [each for each in all_of(house, Payment) if each.deleted_at is None]
        assert live.amount_minor == amount * 100
    assert not summary(house)


@one_database
def test_an_invoice_is_void_whose_payment_was_deleted_at_zoho_just_before(house: House) -> None:
    house.settle()
    there = made(house, "/invoices", "invoice", "sent")
    part = {"invoice_id": there["invoice_id"], "amount_applied": 50}
    body = {"customer_id": contact(house), "payment_mode": "check", "amount": 50, "date": TODAY.isoformat()}
    paid = house.remote.ask("POST", "/customerpayments", {**body, "invoices": [part]})["payment"]
    later(house)
    assert all_of(house, Invoice)[0].settled_minor == 5000
    house.remote.ask("DELETE", f"/customerpayments/{paid['payment_id']}", {})
    house.remote.ask("POST", f"/invoices/{there['invoice_id']}/status/void", {})
    later(house)
    assert all_of(house, Invoice)[0].voided_at is not None
    assert all_of(house, Payment)[0].deleted_at is not None
    assert not summary(house)


@one_database
def test_our_payment_deleted_at_zoho_is_reported_and_made_anew_on_request(house: House) -> None:
    invoice = bill(house)
    pay = Received(invoice.client_id, TODAY, "EUR", invoice.total_minor, "k")
    house.change(lambda session: recording.record(session, house.actor, pay))
    house.settle()
    [paid] = house.remote.records("payment")
    house.remote.ask("DELETE", f"/customerpayments/{paid['payment_id']}", {})
    later(house)
    [found] = summary(house)
    assert (found.module, found.reason) == ("payment", "deleted_at_zoho")
    house.change(lambda session: errors.retry(session, house.actor, found.id))
    house.settle()
    assert house.remote.records("invoice")[0]["balance"] == 0
    assert not summary(house)


@one_database
def test_a_rest_given_up_at_zoho_is_given_up_here_until_it_is_taken_back(house: House) -> None:
    invoice = bill(house)
    house.settle()
    [there] = house.remote.records("invoice")
    path = f"/invoices/{there['invoice_id']}"
    house.remote.ask("POST", f"{path}/writeoff", {})
    before = writes(house)
    later(house)
    [off] = all_of(house, Allocation)
    assert (off.kind, off.amount_minor) == ("write_off", invoice.total_minor)
    assert writes(house) == before
    house.remote.ask("POST", f"{path}/writeoff/cancel", {})
    before = writes(house)
    later(house)
    assert all_of(house, Invoice)[0].settled_minor == 0
    assert writes(house) == before
    assert not summary(house)


@one_database
def test_a_number_that_is_ours_is_not_taken_for_ours(house: House) -> None:
    row = our_estimate(house)
    there = made(house, "/estimates", "estimate", "sent")
    stored = house.remote.sandbox.store
    kept = stored.get("10", "estimate", there["estimate_id"]) or {}
    body = {**kept, "estimate_number": row.number}
    with stored.transaction():
        stored.save("10", "estimate", there["estimate_id"], body)
    later(house)
    [found] = summary(house)
    assert (found.module, found.reason) == ("estimate", "number_taken_here")
    assert len(all_of(house, Estimate)) == 1


@one_database
def test_the_day_of_the_organisation_may_be_ahead_of_ours(house: House) -> None:
    """Entered in Auckland, where it is tomorrow: it comes over as soon as that day has begun here."""
    house.settle()
    house.clock = (house.clock + timedelta(days=1)).replace(hour=10)
    tomorrow = house.clock.date() + timedelta(days=1)
    body = {"customer_id": contact(house), "payment_mode": "cash", "amount": 5, "date": tomorrow.isoformat()}
    house.remote.ask("POST", "/customerpayments", body)
    later(house)
    assert (all_of(house, Payment), summary(house)) == ([], [])
    house.clock += timedelta(days=1)
    later(house)
    assert [each.paid_on for each in all_of(house, Payment)] == [tomorrow]


@one_database
def test_what_was_taken_over_is_linked_once_and_never_again(house: House) -> None:
    house.settle()
    for path, one, state in (
        ("/estimates", "estimate", "sent"),
        ("/creditnotes", "creditnote", "open"),
        ("/salesorders", "salesorder", "open"),
        ("/invoices", "invoice", "sent"),
    ):
        made(house, path, one, state)
    house.remote.ask("POST", "/expenses", expense_body(house))
    for _ in range(3):
        later(house)

        def rewind(session):
            session.get_one(ZohoSync, 1).marks = {}

        house.change(rewind)
    for model in (Estimate, CreditNote, SalesOrder, Invoice, Expense):
        assert len(all_of(house, model)) == 1, model
    links = all_of(house, ZohoLink)
    assert len({(each.module, each.remote_id) for each in links if each.made_at_zoho}) == 5
    assert not summary(house)
