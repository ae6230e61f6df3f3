from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.domain.money import CurrencyMismatch
from finance_app.domain.workflow import InvoiceState
from finance_app.models import Allocation, Client, Invoice, Payment, Portal
from finance_app.models.columns import now
from finance_app.models.kinds import AllocationKind, Role
from finance_app.services.clients import credit as client_credit
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.payments.settling import lock_invoices
from finance_app.services.portal import today
from tests.services.conftest import actor

DAY = date(2026, 3, 1)
PAID, ISSUED = InvoiceState.PAID, InvoiceState.ISSUED


@pytest.fixture
def client(session) -> int:
    session.add(Portal(name="Atelier", base_currency="EUR"))
    return new_client(session)


def new_client(session) -> int:
    client = Client(name="Foo", currency="EUR")
    session.add(client)
    session.flush()
    assert client.id
    return client.id


def issued(session, client_id: int, total: int, due: date = DAY, currency: str = "EUR") -> Invoice:
    invoice = Invoice(
        client_id=client_id,
        state=ISSUED,
        currency=currency,
        exchange_rate=Decimal("0.92") if currency != "EUR" else Decimal(1),
        issue_date=DAY,
        due_date=due,
        total_minor=total,
        issued_at=now(),
    )
    session.add(invoice)
    session.flush()
    return invoice


def received(client_id: int, amount: int, key: str = "k", **more) -> Received:
    return Received(client_id, DAY, more.pop("currency", "EUR"), amount, key, **more)


def settled_is_the_sum(session) -> None:
    for invoice in session.execute(select(Invoice)).scalars():
        live = session.execute(
            select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(
                col(Allocation.invoice_id) == invoice.id, col(Allocation.removed_at).is_(None)
            )
        ).scalar_one()
        assert invoice.settled_minor == live <= invoice.total_minor
        assert invoice.state is (PAID if live == invoice.total_minor else ISSUED)


def refused(code: str, call: Callable[[], object]) -> None:
    with pytest.raises(DomainError) as found:
        call()
    assert found.value.code == code


def test_oldest_first_and_the_rest_is_credit(session, owner, client):
    late = issued(session, client, 500, DAY + timedelta(days=1))
    early = issued(session, client, 300)
    payment = payments.record(session, owner, received(client, 1000))
    assert (early.state, late.state, payments.unused(session, payment)) == (PAID, PAID, 200)
    assert client_credit.credit_of(session, owner, client) == {"EUR": 200}
    settled_is_the_sum(session)


def test_partial_payment_then_deletion_restores_the_state(session, owner, client):
    first, second = issued(session, client, 500), issued(session, client, 500)
    shares = {first.id: 500, second.id: 100}
    payment = payments.record(session, owner, received(client, 600, allocations=shares))
    assert (first.state, second.state, second.settled_minor) == (PAID, ISSUED, 100)
    refused("payment.error.reason", lambda: payments.delete(session, owner, payment.id, " "))
    payments.delete(session, owner, payment.id, "Typed twice")
    payments.delete(session, owner, payment.id, "Again")
    assert (first.state, first.settled_minor, second.settled_minor) == (ISSUED, 0, 0)
    assert payments.unused(session, payment) == 0
    assert payment.delete_reason == "Typed twice"


def test_the_same_request_is_recorded_once(session, owner, client):
    issued(session, client, 500)
    once = payments.record(session, owner, received(client, 200))
    assert payments.record(session, owner, received(client, 200)).id == once.id
    assert session.execute(select(func.count()).select_from(Payment)).scalar_one() == 1


def test_bank_charges_and_withholding_settle_on_top_and_stay_their_kind(session, owner, client):
    invoice = issued(session, client, 1000)
    payment = payments.record(
        session, owner, received(client, 880, bank_charges_minor=20, withheld_minor=100)
    )
    rows = session.execute(select(col(Allocation.kind), col(Allocation.amount_minor)))
    assert {row.kind: row.amount_minor for row in rows} == {
        AllocationKind.PAYMENT: 880,
        AllocationKind.BANK_CHARGES: 20,
        AllocationKind.WITHHOLDING: 100,
    }
    assert (invoice.state, payments.unused(session, payment)) == (PAID, 0)


def test_what_an_invoice_cannot_take_is_refused(session, owner, client):
    invoice, dollars = issued(session, client, 500), issued(session, client, 500, currency="USD")

    def attempt(**more):
        return lambda: payments.record(session, owner, replace(received(client, 600), **more))

    refused("error.payment.above_balance", attempt(allocations={invoice.id: 501}))
    refused("error.payment.over_allocated", attempt(amount_minor=400, allocations={invoice.id: 500}))
    refused("payment.error.future", attempt(paid_on=today(session) + timedelta(days=1)))
    refused("payment.error.charges_unallocated", attempt(bank_charges_minor=5, allocations={}))
    with pytest.raises(CurrencyMismatch):
        attempt(allocations={dollars.id: 500})()
    session.execute(select(Portal)).scalars().one().closed_until = DAY
    refused("payment.error.closed", attempt())
    assert not session.execute(select(Payment)).first()


def test_an_invoice_of_another_client_takes_nothing(session, owner, client):
    other = Client(name="Bar", currency="EUR")
    session.add(other)
    session.flush()
    theirs = issued(session, other.id, 500)
    ask = received(client, 500, allocations={theirs.id: 500})
    refused("error.payment.invoice_not_open", lambda: payments.record(session, owner, ask))


def test_a_foreign_payment_keeps_its_exchange_rate(session, owner, client):
    issued(session, client, 500, currency="USD")
    kept = payments.record(session, owner, received(client, 200, currency="USD"))
    given = payments.record(
        session, owner, received(client, 200, "l", currency="USD", exchange_rate=Decimal("0.9312"))
    )
    assert (kept.exchange_rate, given.exchange_rate) == (Decimal("0.92"), Decimal("0.9312"))


def test_credit_is_applied_later_and_refunded_within_what_is_left(session, owner, client):
    payment = payments.record(session, owner, received(client, 1000))
    invoice = issued(session, client, 600)
    allocation = client_credit.apply(session, owner, payment.id, invoice.id, 600, DAY)
    assert invoice.state is PAID
    refused(
        "error.payment.above_unused_credit",
        lambda: client_credit.refund(session, owner, payment.id, 401, DAY, "r"),
    )
    once = client_credit.refund(session, owner, payment.id, 400, DAY, "r")
    assert client_credit.refund(session, owner, payment.id, 400, DAY, "r").id == once.id
    assert client_credit.credit_of(session, owner, client) == {}
    refused("payment.error.refunded", lambda: payments.delete(session, owner, payment.id, "No"))
    payments.remove_allocation(session, owner, allocation.id, "Other invoice")
    assert (invoice.state, payments.unused(session, payment)) == (ISSUED, 600)
    settled_is_the_sum(session)


def test_a_small_rest_is_written_off_and_taken_back(session, owner, client):
    invoice = issued(session, client, 1000)
    payments.record(session, owner, received(client, 998))
    refused(
        "error.payment.write_off_above_balance",
        lambda: payments.write_off(session, owner, invoice.id, 3, DAY, "Rounding"),
    )
    allocation = payments.write_off(session, owner, invoice.id, 2, DAY, "Rounding")
    assert invoice.state is PAID
    payments.remove_allocation(session, owner, allocation.id, "They paid")
    assert (invoice.state, invoice.settled_minor) == (ISSUED, 998)


def test_a_member_may_do_nothing_of_this(session, member, client):
    invoice = issued(session, client, 500)
    for call in (
        lambda: payments.record(session, member, received(client, 500)),
        lambda: payments.delete(session, member, 1, "x"),
        lambda: payments.remove_allocation(session, member, 1, "x"),
        lambda: payments.write_off(session, member, invoice.id, 1, DAY, "x"),
        lambda: client_credit.apply(session, member, 1, invoice.id, 1, DAY),
        lambda: client_credit.refund(session, member, 1, 1, DAY, "x"),
        lambda: client_credit.credit_of(session, member, client),
    ):
        refused("common.error.not_allowed", call)


def committed(engine):
    with db.transaction(engine) as session:
        session.add(Portal(name="Atelier", base_currency="EUR"))
        owner, client_id = actor(session, Role.OWNER), new_client(session)
        return owner, client_id, issued(session, client_id, 1000).id


def outcomes(jobs: list[Callable[[], object]]) -> list[str]:
    def run(job: Callable[[], object]) -> str:
        try:
            job()
        except DomainError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(jobs)) as pool:
        return sorted(pool.map(run, jobs))


def test_payments_at_once_never_settle_more_than_the_balance(engine):
    owner, client_id, invoice_id = committed(engine)

    def pay(key: str):
        def job():
            with db.transaction(engine) as session:
                payments.record(session, owner, received(client_id, 600, key, allocations={invoice_id: 600}))

        return job

    assert outcomes([pay(str(n)) for n in range(5)]) == ["done"] + ["error.payment.above_balance"] * 4
    with db.reading(engine) as session:
        settled_is_the_sum(session)


def test_a_double_click_records_one_payment(engine):
    owner, client_id, _ = committed(engine)

    def job():
        with db.transaction(engine) as session:
            payments.record(session, owner, received(client_id, 400))

    assert outcomes([job] * 4) == ["done"] * 4
    with db.reading(engine) as session:
        assert session.execute(select(func.count()).select_from(Payment)).scalar_one() == 1


def test_of_a_payment_and_a_void_one_wins(engine):
    owner, client_id, invoice_id = committed(engine)

    def pay():
        with db.transaction(engine) as session:
            payments.record(session, owner, received(client_id, 400, allocations={invoice_id: 400}))

    def void():
        with db.transaction(engine) as session:
            invoice = lock_invoices(session, [invoice_id])[0]
            if invoice.settled_minor:
                raise DomainError("error.invoice.cannot_void")
            invoice.state, invoice.voided_at = InvoiceState.VOID, now()

    found = outcomes([pay, void])
    assert found in (["done", "error.invoice.cannot_void"], ["done", "error.payment.invoice_not_open"])


def test_credit_applied_at_once_is_spent_once(engine):
    owner, client_id, _ = committed(engine)
    with db.transaction(engine) as session:
        payment = payments.record(session, owner, received(client_id, 300, allocations={})).id
        invoices = [issued(session, client_id, 1000).id for _ in range(3)]

    def spend(invoice_id: int):
        def job():
            with db.transaction(engine) as session:
                client_credit.apply(session, owner, payment, invoice_id, 200, DAY)

        return job

    found = outcomes([spend(each) for each in invoices])
    assert found == ["done"] + ["error.payment.above_unused_credit"] * 2


def test_a_write_off_sent_twice_is_written_once(session, owner, client):
    invoice = issued(session, client, 500)
    day = today(session)
    once = payments.write_off(session, owner, invoice.id, 500, day, "Small rest", "twice")
    again = payments.write_off(session, owner, invoice.id, 500, day, "Small rest", "twice")
    assert again.id == once.id
    settled_is_the_sum(session)


def test_credit_counts_each_currency_for_itself(session, owner, client):
    issued(session, client, 300)
    payments.record(session, owner, received(client, 1000, "a"))
    dollars = payments.record(
        session, owner, received(client, 50, "b", currency="USD", exchange_rate=Decimal("0.9"))
    )
    taken_back = payments.record(session, owner, received(client, 40, "c"))
    payments.delete(session, owner, taken_back.id, "Typed twice")
    assert client_credit.credit_of(session, owner, client) == {"EUR": 700, "USD": 50}
    client_credit.refund(session, owner, dollars.id, 50, DAY, "r")
    assert client_credit.credit_of(session, owner, client) == {"EUR": 700}
