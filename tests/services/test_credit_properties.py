"""Random payments, removals, credits and documents: what is settled is always the sum of what lives."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.domain.workflow import InvoiceState
from finance_app.models import (
    Allocation,
    Client,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Payment,
    Portal,
    Refund,
)
from finance_app.models.columns import now
from finance_app.models.kinds import DiscountKind, DiscountOn, PriceMode, Role, TaxRounding
from finance_app.services.accounts.identity import Actor
from finance_app.services.clients import credit as client_credit
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import remainder
from finance_app.services.crediting import use as credit_use
from finance_app.services.invoicing import totals
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from tests.services.conftest import actor

DAY = date(2026, 3, 1)
CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Office:
    engine: Any
    client_id: int
    owner: Actor


@pytest.fixture
def office(new_sqlite: Callable[[], str]):
    engine = db.engine_for(new_sqlite())
    with Session(engine) as session:
        session.add(Portal(name="Atelier", base_currency="EUR", strict_numbering=False))
        client = Client(name="Foo", currency="EUR")
        session.add(client)
        session.flush()
        found = Office(engine, client.id or 0, actor(session, Role.OWNER))
        session.commit()
    yield found
    engine.dispose()


def tax(rate: int, *, compound: bool = False) -> dict[str, Any]:
    return {"id": rate, "name": f"TVA {rate} %", "rate": str(rate), "category": "S" if rate else "Z",
            "exemption_reason": "", "compound": compound}  # fmt: skip


def invoice_of(session: Session, office: Office, rows: list[dict], **head: Any) -> Invoice:
    """An issued invoice with those lines, its figures by the engine."""
    invoice = Invoice(
        client_id=office.client_id,
        state=InvoiceState.ISSUED,
        currency="EUR",
        issue_date=DAY,
        due_date=DAY,
        issued_at=now(),
        **head,
    )
    lines = [InvoiceLine(invoice_id=0, position=place, **row) for place, row in enumerate(rows, start=1)]
    totals.compute(invoice, lines)
    if not invoice.total_minor:  # rounded to nothing: nothing is owed
        invoice.state = InvoiceState.PAID
    session.add(invoice)
    session.flush()
    for line in lines:
        line.invoice_id = invoice.id or 0
    session.add_all(lines)
    session.flush()
    return invoice


def check_everything(session: Session) -> int:
    """What lives settles each invoice, up to its total, and no credit is used twice. The unused payments."""
    session.flush()
    live = {
        row[0]: int(row[1])
        for row in session.execute(
            select(col(Allocation.invoice_id), func.sum(col(Allocation.amount_minor)))
            .where(col(Allocation.removed_at).is_(None))
            .group_by(col(Allocation.invoice_id))
        )
    }
    for invoice in session.execute(select(Invoice)).scalars():
        assert invoice.settled_minor == live.get(invoice.id, 0)
        assert 0 <= invoice.settled_minor <= invoice.total_minor
        paid = invoice.settled_minor == invoice.total_minor
        assert invoice.state is (InvoiceState.PAID if paid else InvoiceState.ISSUED)
    credit = 0
    for payment in session.execute(select(Payment)).scalars():
        rest = payments.unused(session, payment)
        assert 0 <= rest <= payment.amount_minor
        credit += rest
    for note in session.execute(select(CreditNote)).scalars():
        used = sum(
            int(session.execute(select(func.coalesce(func.sum(column), 0)).where(*which)).scalar_one())
            for column, which in (
                (
                    col(Allocation.amount_minor),
                    (col(Allocation.credit_note_id) == note.id, col(Allocation.removed_at).is_(None)),
                ),
                (col(Refund.amount_minor), (col(Refund.credit_note_id) == note.id,)),
            )
        )
        assert note.used_minor == used <= note.total_minor
    return credit


amounts = st.integers(1, 9_000)
picks = st.integers(0, 30)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), amounts, st.integers(0, 300), st.integers(0, 300)),
        st.tuples(st.just("pay_one"), amounts, picks, st.just(0)),
        st.tuples(st.just("delete"), picks, st.just(0), st.just(0)),
        st.tuples(st.just("remove"), picks, st.just(0), st.just(0)),
        st.tuples(st.just("write_off"), picks, amounts, st.just(0)),
        st.tuples(st.just("apply"), picks, picks, amounts),
        st.tuples(st.just("refund"), picks, amounts, st.just(0)),
        st.tuples(st.just("credit"), picks, amounts, st.just(0)),
        st.tuples(st.just("credit"), st.just(0), amounts, st.just(0)),
        st.tuples(st.just("apply_note"), picks, picks, amounts),
        st.tuples(st.just("refund_note"), picks, amounts, st.just(0)),
    ),
    min_size=8,
    max_size=30,
)


@CALM
@given(st.lists(st.integers(1, 8_000), min_size=1, max_size=4), steps)
def test_whatever_happens_what_is_settled_is_the_sum_of_what_lives(office, prices, steps):
    with Session(office.engine) as session:
        invoices = [
            invoice_of(session, office, [{"name": "Work", "unit_price": Decimal(cents) / 100}])
            for cents in prices
        ]
        for number, step in enumerate(steps):
            try:
                with session.begin_nested():
                    act(session, office, invoices, number, *step)
            except (DomainError, IndexError):
                session.expire_all()
            credit = check_everything(session)
            of_client = client_credit.credit_of(session, office.owner, office.client_id)
            assert of_client.get("EUR", 0) == credit
        session.rollback()


def act(session, office, invoices, number, kind, first, second, third) -> None:
    """One step; IndexError where there is nothing yet that it could be done to."""
    me, key = office.owner, f"step-{number}"
    invoice = invoices[(second if kind in ("pay_one", "apply", "apply_note") else first) % len(invoices)]

    def some(table) -> Any:
        found = session.execute(select(table).order_by(table.id)).scalars().all()
        if not found:
            raise IndexError
        return found[first % len(found)].id

    def part(wanted: int, most: int) -> int:
        """Mostly what can be, now and then too much."""
        return wanted if wanted % 7 == 0 or most <= 0 else 1 + wanted % most

    def pay(**more: Any) -> None:
        payments.record(session, me, Received(office.client_id, DAY, "EUR", first, key, **more))

    if kind == "pay":
        pay(bank_charges_minor=second, withheld_minor=third)
    elif kind == "pay_one":
        pay(allocations={invoice.id: first})
    elif kind == "delete":
        payments.delete(session, me, some(Payment), "Typed twice")
    elif kind == "remove":
        payments.remove_allocation(session, me, some(Allocation), "Wrong invoice")
    elif kind == "write_off":
        payments.write_off(session, me, invoice.id, second, DAY, "Small rest", key)
    elif kind == "apply":
        client_credit.apply(session, me, some(Payment), invoice.id, third, DAY)
    elif kind == "refund":
        payment = session.get_one(Payment, some(Payment))
        client_credit.refund(
            session, me, payment.id, part(second, payments.unused(session, payment)), DAY, key
        )
    elif kind == "credit":
        line = (
            session.execute(select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice.id))
            .scalars()
            .one()
        )
        amount = part(second, remainder.creditable(session, invoice, [line])[line.id])
        credit_notes.create_partial(session, me, invoice.id, {line.id: amount}, "Complaint")
    elif kind == "apply_note":
        credit_use.apply(session, me, some(CreditNote), invoice.id, third, DAY)
    elif kind == "refund_note":
        note = session.get_one(CreditNote, some(CreditNote))
        credit_use.refund(session, me, note.id, part(second, note.total_minor - note.used_minor), DAY, key)


prices = st.decimals("0.01", "999.99", places=2)
quantities = st.decimals("0.25", "40", places=2)
percents = st.decimals("0", "60", places=1)
taxes = st.lists(st.sampled_from([0, 7, 10, 19, 20]), max_size=2, unique=True).map(
    lambda rates: [tax(rate) for rate in rates]
)


@st.composite
def rows(draw) -> dict[str, Any]:
    percent = draw(st.none() | percents)
    return {
        "name": "Work",
        "quantity": draw(quantities),
        "unit_price": draw(prices),
        "taxes": draw(taxes),
        "discount_kind": None if percent is None else DiscountKind.PERCENT,
        "discount_value": percent,
    }


@st.composite
def heads(draw) -> dict[str, Any]:
    percent = draw(st.none() | percents)
    extra = draw(st.none() | prices)
    return {
        "price_mode": draw(st.sampled_from(PriceMode)),
        "tax_rounding": draw(st.sampled_from(TaxRounding)),
        "discount_kind": None if percent is None else DiscountKind.PERCENT,
        "discount_value": percent,
        "discount_on": draw(st.sampled_from(DiscountOn)),
        "surcharges": [] if extra is None else [
            {"name": "Travel", "amount": str(extra), "taxes": [tax(20)], "taxed": True}
        ],
        "total_rounding": draw(st.none() | st.just(Decimal("0.05"))),
    }  # fmt: skip


FIGURES = ("subtotal_minor", "net_minor", "tax_minor", "total_minor", "totals")


@CALM
@given(st.lists(rows(), min_size=1, max_size=6), heads())
def test_a_full_credit_note_comes_to_the_cent_of_its_invoice(office, rows, head):
    with Session(office.engine) as session:
        invoice = invoice_of(session, office, rows, **head)
        note = credit_notes.create_full(session, office.owner, invoice, "Cancelled", release_time=False)
        assert {name: getattr(note, name) for name in FIGURES} == {
            name: getattr(invoice, name) for name in FIGURES
        }
        session.rollback()


@CALM
@given(st.lists(rows(), min_size=1, max_size=4), heads(), st.data())
def test_parts_never_exceed_their_line_and_together_are_the_invoice(office, rows, head, data):
    with Session(office.engine) as session:
        invoice = invoice_of(session, office, rows, **head)
        lines = session.execute(
            select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice.id).order_by(col(InvoiceLine.id))
        ).scalars().all()  # fmt: skip
        for last in (False, False, True):
            left = remainder.creditable(session, invoice, lines)
            wanted = left if last else {line: data.draw(st.integers(0, most)) for line, most in left.items()}
            if not any(wanted.values()) or invoice.state is not InvoiceState.ISSUED:
                continue
            note = credit_notes.create_partial(session, office.owner, invoice.id, wanted, "Complaint")
            assert sum(row.amount_minor for row in lines_of_note(session, note)) == sum(wanted.values())
            after = remainder.creditable(session, invoice, lines)
            assert after == {line: most - wanted[line] for line, most in left.items()}
            check_everything(session)
        notes = session.execute(select(CreditNote).where(col(CreditNote.invoice_id) == invoice.id)).scalars()
        assert_together(list(notes), invoice)
        session.rollback()


def lines_of_note(session: Session, note: CreditNote) -> list[CreditNoteLine]:
    found = session.execute(select(CreditNoteLine).where(col(CreditNoteLine.credit_note_id) == note.id))
    return list(found.scalars())


def assert_together(notes: list[CreditNote], invoice: Invoice) -> None:
    """Notes over all of an invoice come to it, per rate."""
    if not notes or invoice.state is not InvoiceState.PAID:
        return
    assert sum(note.net_minor for note in notes) == invoice.net_minor
    assert sum(note.total_minor for note in notes) == invoice.total_minor
    for row in invoice.totals["taxes"]:
        same = [each for note in notes for each in note.totals["taxes"] if each["name"] == row["name"]]
        assert sum(each["tax_minor"] for each in same) == row["tax_minor"]
        assert sum(each["base_minor"] for each in same) == row["base_minor"]
