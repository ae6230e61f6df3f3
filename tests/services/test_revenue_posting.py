from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.profit import KINDS, Basis, RevenueKind
from finance_app.models import Portal, RevenueEntry, TimeLog, User
from finance_app.models.kinds import AllocationKind, Role
from finance_app.services.clients import credit as client_credit
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import use as credit_use
from finance_app.services.invoicing import issuing, voiding
from finance_app.services.invoicing.drafts import lines_of
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.profitability import posting
from tests.harness.invoices import TODAY, Office, draft, issued, office
from tests.services.conftest import actor


@pytest.fixture
def place(session) -> Office:
    return office(session)


@pytest.fixture
def boss(session):
    return actor(session, Role.OWNER)


def sums(session: Session) -> Counter:
    rows = session.execute(
        select(col(RevenueEntry.kind), func.sum(col(RevenueEntry.amount_minor))).group_by(
            col(RevenueEntry.kind)
        )
    )
    return Counter({kind: int(amount) for kind, amount in rows if amount})


def check(session: Session) -> Counter:
    """The identity of both bases, and that writing everything anew changes nothing."""
    found = sums(session)
    accrual = sum(found[kind] for kind in KINDS[Basis.ACCRUAL])
    cash = sum(found[kind] for kind in KINDS[Basis.CASH])
    assert accrual - cash == found[RevenueKind.OPEN]
    rows = _rows(session)
    posting.rebuild(session)
    assert _rows(session) == rows
    return found


def _rows(session: Session) -> list:
    columns = (RevenueEntry.kind, RevenueEntry.day, RevenueEntry.project_id, RevenueEntry.user_id)
    rows = session.execute(
        select(*(col(each) for each in columns), func.sum(col(RevenueEntry.amount_minor)))
        .group_by(*(col(each) for each in columns))
        .order_by(*(col(each) for each in columns))
    ).all()
    return [tuple(row) for row in rows if row[-1]]


def pay(session, boss, invoice, amount: int, key: str):
    return payments.record(
        session,
        boss,
        Received(invoice.client_id, TODAY, "EUR", amount, key, allocations={invoice.id: amount}),
    )


def test_an_invoice_earns_when_issued_and_is_received_in_parts(session, place, boss) -> None:
    invoice = draft(session, boss, place)
    assert check(session) == {}
    issuing.issue(session, boss, invoice.id or 0)
    assert check(session)[RevenueKind.INVOICE] == invoice.net_minor
    third = invoice.total_minor // 3
    for number, amount in enumerate((third, third, invoice.total_minor - 2 * third)):
        pay(session, boss, invoice, amount, str(number))
        check(session)
    assert sums(session)[RevenueKind.RECEIPT] == invoice.net_minor
    assert sums(session)[RevenueKind.OPEN] == 0


def test_a_deleted_payment_was_never_received(session, place, boss) -> None:
    invoice = issued(session, boss, place)
    payment = pay(session, boss, invoice, 1000, "a")
    payments.delete(session, boss, payment.id or 0, "typing error")
    assert check(session)[RevenueKind.RECEIPT] == 0


def test_each_person_earns_by_the_worth_of_their_time(session, place, boss) -> None:
    other = User(name="Paul")
    session.add(other)
    session.flush()
    session.add(
        TimeLog(
            project_id=place.project.id,
            task_id=place.tasks[0].id,
            user_id=other.id,
            day=TODAY - timedelta(days=3),
            seconds=3601,
            bill_rate=Decimal("95.50"),
        )
    )
    invoice = issued(session, boss, place)
    rows = dict(
        session.execute(
            select(col(RevenueEntry.user_id), func.sum(col(RevenueEntry.amount_minor)))
            .where(col(RevenueEntry.kind) == RevenueKind.INVOICE)
            .group_by(col(RevenueEntry.user_id))
        ).all()
    )
    assert set(rows) == {place.person.id, other.id}
    assert sum(rows.values()) == invoice.net_minor
    assert abs(rows[other.id] - 9553) <= 1


@pytest.mark.parametrize("strict", [True, False])
def test_a_void_invoice_earns_nothing(session, place, boss, strict: bool) -> None:
    session.execute(select(Portal)).scalars().one().strict_numbering = strict
    invoice = issued(session, boss, place)
    voiding.void(session, boss, invoice.id or 0, "wrong client")
    found = check(session)
    assert found[RevenueKind.INVOICE] + found[RevenueKind.CREDIT_NOTE] == 0
    assert found[RevenueKind.OPEN] == 0
    assert found[RevenueKind.INVOICE] == (invoice.net_minor if strict else 0)


def test_credits_write_offs_and_refunds(session, place, boss) -> None:
    invoice = issued(session, boss, place)
    lines = lines_of(session, invoice.id or 0)
    credit_notes.create_partial(session, boss, invoice.id or 0, {lines[0].id or 0: 2000}, "late")
    found = check(session)
    assert found[RevenueKind.CREDIT_NOTE] == -2000
    balance = invoice.total_minor - invoice.settled_minor
    pay(session, boss, invoice, balance - 500, "a")
    payments.write_off(session, boss, invoice.id or 0, 500, TODAY, "rest")
    found = check(session)
    assert found[RevenueKind.OPEN] == 0
    assert -418 <= found[RevenueKind.WRITE_OFF] <= -416
    second = credit_notes.create_partial(session, boss, invoice.id or 0, {lines[1].id or 0: 3000}, "late")
    assert check(session)[RevenueKind.OPEN] == -3000
    credit_use.refund(session, boss, second.id or 0, second.total_minor, TODAY, "r")
    found = check(session)
    assert (found[RevenueKind.OPEN], found[RevenueKind.REFUND]) == (0, -3000)


def test_over_payment_is_no_revenue_until_it_settles(session, place, boss) -> None:
    first = issued(session, boss, place)
    payment = payments.record(
        session, boss, Received(first.client_id, TODAY, "EUR", first.total_minor + 1200, "k")
    )
    assert check(session)[RevenueKind.RECEIPT] == first.net_minor
    second = issued(session, boss, place)
    client_credit.apply(session, boss, payment.id or 0, second.id or 0, 1200, TODAY)
    assert check(session)[RevenueKind.RECEIPT] == first.net_minor + 1000


def test_bank_charges_and_tax_withheld_are_received(session, place, boss) -> None:
    invoice = issued(session, boss, place)
    received = Received(
        invoice.client_id,
        TODAY,
        "EUR",
        invoice.total_minor - 700,
        "k",
        bank_charges_minor=200,
        withheld_minor=500,
    )
    payments.record(session, boss, received)
    kinds = {each.kind for each in payments.allocations_of(session, 1)}
    assert AllocationKind.WITHHOLDING in kinds
    assert check(session)[RevenueKind.RECEIPT] == invoice.net_minor


def test_foreign_currency_counts_at_the_document_s_rate(session, place, boss) -> None:
    invoice = draft(session, boss, place)
    invoice.currency, invoice.exchange_rate = "USD", Decimal("0.9")
    issuing.issue(session, boss, invoice.id or 0)
    received = Received(
        invoice.client_id, TODAY, "USD", invoice.total_minor, "k", exchange_rate=Decimal("0.8")
    )
    payments.record(session, boss, received)
    found = check(session)
    assert found[RevenueKind.INVOICE] == found[RevenueKind.RECEIPT] == round(invoice.net_minor * 0.9)
    assert abs(found[RevenueKind.EXCHANGE] + invoice.total_minor * 0.1) <= 1
