"""What settles invoices, on its way to Zoho: write-offs, tax kept back, refunds; and receipts of expenses."""

from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.models import ExpenseReceipt, Invoice, Refund
from finance_app.models.columns import now
from finance_app.sandbox.faults import Faults
from finance_app.services import files
from finance_app.services.clients import credit
from finance_app.services.crediting import notes
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from tests.harness.expenses import approved
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_sync import bill, one_database, summary


def pay(house: House, invoice: Invoice, amount: int, key: str = "k", **more):
    allocations = more.pop("allocations", {invoice.id: amount + more.get("withheld_minor", 0)})
    received = Received(invoice.client_id, TODAY, "EUR", amount, key, allocations=allocations, **more)
    return house.change(lambda session: recording.record(session, house.actor, received))


def write_off(house: House, invoice: Invoice, amount: int, key: str = "off"):
    return house.change(
        lambda session: recording.write_off(
            session, house.actor, invoice.id or 0, amount, TODAY, "they are gone", key
        )
    )


def there(house: House) -> dict:
    [found] = house.remote.records("invoice")
    return found


@one_database
@pytest.mark.parametrize("faults", [[], ["", "drop"], ["drop", "500", "", "drop"]])
def test_a_rest_that_is_given_up_is_given_up_at_zoho(house: House, faults: list[str]) -> None:
    invoice = bill(house)
    house.settle()
    house.remote.sandbox.faults = Faults(next=list(faults))
    pay(house, invoice, invoice.total_minor - 1234)
    write_off(house, invoice, 1234)
    house.settle()
    found = there(house)
    assert (found["status"], found["balance"]) == ("paid", 0)
    assert Decimal(str(found["write_off_amount"])) == Decimal("12.34")
    assert not summary(house)


@one_database
def test_a_part_given_up_waits_for_the_rest_and_can_be_taken_back(house: House) -> None:
    invoice = bill(house)
    off = write_off(house, invoice, 1000)
    house.settle()
    [found] = summary(house)
    assert (found.module, found.reason, found.label) == ("write_off", "part_written_off", invoice.number)
    assert found.page == f"/invoices/{invoice.id}"
    pay(house, invoice, invoice.total_minor - 1000)
    house.settle()
    assert there(house)["status"] == "paid"
    assert not summary(house)
    house.change(
        lambda session: recording.remove_allocation(session, house.actor, off.id or 0, "paid after all")
    )
    house.settle()
    assert (there(house)["write_off_amount"], there(house)["balance"]) == (0, 10)
    assert not summary(house)


@one_database
def test_tax_that_the_client_keeps_back_settles_the_invoice_there_too(house: House) -> None:
    invoice = bill(house)
    payment = pay(house, invoice, invoice.total_minor - 1500, withheld_minor=1500)
    house.settle()
    found = there(house)
    assert (found["status"], found["tax_amount_withheld"]) == ("paid", 15)
    [received] = house.remote.records("payment")
    assert Decimal(str(received["amount"])) * 100 == payment.amount_minor
    assert not summary(house)
    house.change(lambda session: recording.delete(session, house.actor, payment.id or 0, "wrong client"))
    house.settle()
    assert (there(house)["balance"], there(house)["tax_amount_withheld"]) == (there(house)["total"], 0)


@one_database
@pytest.mark.parametrize("faults", [[], ["", "drop"], ["drop", "", "500"]])
def test_money_given_back_out_of_a_payment_or_a_credit_note(house: House, faults: list[str]) -> None:
    invoice = bill(house)
    payment = pay(house, invoice, invoice.total_minor + 5000, allocations={invoice.id: invoice.total_minor})
    note = house.change(
        lambda session: notes.create_partial(
            session, house.actor, invoice.id or 0, {_first_line(session, invoice): 2000}, "too much"
        )
    )
    house.settle()
    house.remote.sandbox.faults = Faults(next=list(faults))
    house.change(lambda session: credit.refund(session, house.actor, payment.id or 0, 3000, TODAY, "r1"))
    house.change(lambda session: notes.refund(session, house.actor, note.id or 0, 700, TODAY, "r2"))
    house.settle()
    [of_payment] = house.remote.records("payment_refund")
    [of_note] = house.remote.records("creditnote_refund")
    assert (of_payment["amount"], of_note["amount"]) == (30, 7)
    assert of_payment["reference_number"] == "[M-R1]"
    [received] = house.remote.records("payment")
    assert (received["unused_amount"], received["amount_refunded"]) == (20, 30)
    [credited] = house.remote.records("creditnote")
    assert Decimal(str(credited["balance"])) * 100 == note.total_minor - 700
    assert not summary(house)

    def take_back(session):
        session.get_one(Refund, 1).removed_at = now()

    house.change(take_back)
    house.settle()
    assert house.remote.records("payment_refund") == []
    assert not summary(house)


def _first_line(session, invoice: Invoice) -> int:
    from finance_app.models import InvoiceLine

    return session.exec(select(InvoiceLine.id).where(InvoiceLine.invoice_id == invoice.id)).first()


def receipt_of(house: House, expense: dict) -> tuple[str, bytes] | None:
    found = house.remote.sandbox.store.attached(expense["expense_id"])
    return (found[0], found[2]) if found else None


@one_database
@pytest.mark.parametrize("faults", [[], ["", "drop"], ["500", "", "drop", "500"]])
def test_an_expense_goes_with_its_newest_receipt(house: House, faults: list[str]) -> None:
    house.settle()
    house.remote.sandbox.faults = Faults(next=list(faults))

    def spend(session):
        return approved(session, house.office.person.id, house.office.project.id, 4200).id

    def attach(session, name: str, content: bytes) -> None:
        with files.Incoming(1000) as incoming:
            incoming.write(content)
            kept = incoming.keep()
        stored = files.record(
            session, house.actor, kept, name=name, media_type="application/pdf", size=9, purpose="receipt"
        )
        session.add(ExpenseReceipt(expense_id=expense_id, owner_id=house.office.person.id, file_id=stored.id))

    expense_id = house.change(spend)
    house.change(lambda session: attach(session, "ticket.pdf", b"%PDF-1 first"))
    house.settle()
    [found] = house.remote.records("expense")
    assert (found["total"], found["account_name"]) == (42, "Travel Expense")
    assert receipt_of(house, found) == ("ticket.pdf", b"%PDF-1 first")
    house.change(lambda session: attach(session, "photo.heic", b"%PDF-1 second"))
    house.settle()
    assert receipt_of(house, found) == ("photo.pdf", b"%PDF-1 second")

    def remove(session):
        for each in session.exec(select(ExpenseReceipt)):
            each.removed_at = now()

    house.change(remove)
    house.settle()
    assert receipt_of(house, found) is None
    assert not summary(house)
