from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select
from sqlmodel import col

from finance_app.domain.errors import DomainError
from finance_app.domain.profit import RevenueKind
from finance_app.domain.tax_due import TaxBasis
from finance_app.models import InvoiceLine, TaxEntry
from finance_app.services.invoicing import issuing, totals, voiding
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.profitability import posting
from finance_app.services.reports import tax_due
from finance_app.services.settings import portal as portal_settings
from tests.harness.invoices import TODAY, Office, draft, issued, office

LAST = TODAY + timedelta(days=2)
SPAN = {"period": "custom", "from": (TODAY - timedelta(days=900)).isoformat(), "until": LAST.isoformat()}
FULL = {"name": "TVA 20 %", "rate": "20", "category": "S"}
LOW = {"name": "TVA 5,5 %", "rate": "5.5", "category": "S"}


@pytest.fixture
def place(session) -> Office:
    return office(session, tasks=2)


def taxed(session, boss, place: Office, currency: str = "EUR", rate: str = "1"):
    """An issued invoice whose lines carry two rates."""
    invoice = draft(session, boss, place)
    found = select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice.id)
    lines = session.execute(found.order_by(col(InvoiceLine.name))).scalars().all()
    for line, tax in zip(lines, (FULL, LOW), strict=True):
        line.taxes = [tax]
    invoice.currency, invoice.exchange_rate = currency, Decimal(rate)
    totals.compute(invoice, lines)
    session.flush()
    return issuing.issue(session, boss, invoice.id or 0)


def pay(session, boss, invoice, minor: int, key: str, currency: str = "EUR"):
    return payments.record(
        session,
        boss,
        Received(
            invoice.client_id, TODAY, currency, minor, key, allocations={invoice.id or 0: minor},
            exchange_rate=invoice.exchange_rate,
        ),
    )  # fmt: skip


def report(session, boss, **filters):
    return tax_due.page(session, boss, replace(tax_due.ASKS.read({}), filters={**SPAN, **filters}, size=None))


def check(session, boss) -> dict[TaxBasis, dict[str, int]]:
    """The identity over all time by tax; each figure is the sum of its rows; written anew all is the same."""
    found = {basis: report(session, boss, basis=basis) for basis in TaxBasis}
    by_rate = {basis: {line.name: line.due_minor for line in each.rows} for basis, each in found.items()}
    rest = dict(
        session.execute(
            select(col(TaxEntry.name), func.sum(TaxEntry.tax_minor))
            .where(col(TaxEntry.kind) == RevenueKind.OPEN)
            .group_by(col(TaxEntry.name))
        ).all()
    )
    for name, due in by_rate[TaxBasis.INVOICE].items():
        lost = session.execute(
            select(func.coalesce(func.sum(TaxEntry.tax_minor), 0)).where(
                col(TaxEntry.kind) == RevenueKind.WRITE_OFF, col(TaxEntry.name) == name
            )
        ).scalar_one()
        assert by_rate[TaxBasis.RECEIPT].get(name, 0) == due - int(rest.get(name, 0)) + int(lost)
    for basis, each in found.items():
        for line in each.rows:
            asked = {
                **SPAN,
                "basis": basis,
                "tax": line.name,
                "rate": format(line.rate, "f"),
                "category": "S",
            }
            opened = tax_due.rows_page(
                session, boss, replace(tax_due.ROWS.read({}), filters=asked, size=None)
            )
            assert sum(row.tax_minor for row in opened.rows) == opened.totals["tax"] == line.due_minor
            assert sum(row.base_minor for row in opened.rows) == line.base_minor
            taken = tax_due.rows_page(
                session, boss, replace(tax_due.ROWS.read({}), filters={**asked, "part": "taken"}, size=None)
            )
            assert taken.totals["tax"] == line.taken_minor
        assert sum(minor for _, minor in each.totals["months"]) == each.totals["due"]
    columns = (TaxEntry.kind, TaxEntry.day, TaxEntry.name, TaxEntry.base_minor, TaxEntry.tax_minor)
    rows = sorted(session.execute(select(*columns)).all())
    posting.rebuild(session)
    assert sorted(session.execute(select(*columns)).all()) == rows
    return by_rate


def test_part_payments_credit_notes_and_write_offs_keep_to_the_identity(session, owner, place) -> None:
    first, second = taxed(session, owner, place), taxed(session, owner, place)
    by_invoice = {row["name"]: row["tax_minor"] for row in first.totals["taxes"]}
    found = check(session, owner)
    assert found[TaxBasis.INVOICE] == {name: 2 * minor for name, minor in by_invoice.items()}
    assert found[TaxBasis.RECEIPT] == {}
    pay(session, owner, first, first.total_minor // 3, "a")
    check(session, owner)
    pay(session, owner, first, first.total_minor - first.total_minor // 3, "b")
    assert check(session, owner)[TaxBasis.RECEIPT] == by_invoice
    pay(session, owner, second, 1234, "c")
    payments.write_off(session, owner, second.id or 0, second.total_minor - 1234, TODAY, "gone", "w")
    check(session, owner)
    assert report(session, owner).totals["written_off"] > 0


def test_a_void_invoice_and_its_credit_note_cancel_out(session, owner, place) -> None:
    invoice = taxed(session, owner, place)
    voiding.void(session, owner, invoice.id or 0, "wrong client")
    found = check(session, owner)
    assert set(found[TaxBasis.INVOICE].values()) == {0}
    assert set(found[TaxBasis.RECEIPT].values()) <= {0}


def test_foreign_tax_counts_at_the_rate_of_the_document(session, owner, place) -> None:
    invoice = taxed(session, owner, place, "USD", "0.871234")
    pay(session, owner, invoice, 1000, "u", "USD")
    pay(session, owner, invoice, invoice.total_minor - 1000, "v", "USD")
    found = check(session, owner)
    assert found[TaxBasis.RECEIPT] == found[TaxBasis.INVOICE]


def test_the_portal_chooses_when_tax_is_due(session, owner, place) -> None:
    assert report(session, owner).totals["basis"] is TaxBasis.RECEIPT
    portal_settings.save(session, owner, "taxes", {"tax_basis": "invoice"})
    assert report(session, owner).totals["basis"] is TaxBasis.INVOICE
    assert report(session, owner, basis="receipt").totals["basis"] is TaxBasis.RECEIPT


def test_days_that_cannot_be_are_refused_in_words(session, owner, place) -> None:
    with pytest.raises(DomainError) as refused:
        report(session, owner, **{"from": "2026-03-02", "until": "2026-03-01"})
    assert refused.value.code == "profit.error.backwards"


def test_a_team_member_sees_no_tax(session, member, place) -> None:
    with pytest.raises(DomainError):
        report(session, member)


def test_sales_without_a_tax_have_a_row_of_their_own(session, owner, place) -> None:
    invoice = draft(session, owner, place)
    found = select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice.id)
    lines = session.execute(found.order_by(col(InvoiceLine.id))).scalars().all()
    lines[0].taxes, lines[1].taxes = [FULL], []
    totals.compute(invoice, lines)
    session.flush()
    issuing.issue(session, owner, invoice.id or 0)
    pay(session, owner, invoice, invoice.total_minor // 3, "a third")
    for basis in TaxBasis:
        shown = report(session, owner, basis=basis)
        untaxed = next(line for line in shown.rows if not line.name)
        assert (untaxed.rate, untaxed.due_minor) == (0, 0)
        rows = tax_due.rows_page(
            session, owner, replace(tax_due.ROWS.read({}), filters={**SPAN, "basis": basis, "tax": "~none"})
        )
        assert rows.totals["base"] == untaxed.base_minor > 0
        if basis is TaxBasis.INVOICE:
            assert shown.totals["base"] == invoice.net_minor
            assert untaxed.base_minor == sum(line.amount_minor for line in lines[1:])


def test_entries_written_anew_are_the_same(session, owner, place) -> None:
    """As `marge revenue rebuild` does, and the start after a migration that has emptied them."""
    first, second = taxed(session, owner, place, "CHF", "0.95"), issued(session, owner, place)
    pay(session, owner, first, 1_234, "a", "CHF")
    pay(session, owner, second, 777, "b")
    before = posting.fingerprint(session)
    assert len(before) > 10
    posting.rebuild(session)
    assert posting.fingerprint(session) == before
    session.execute(delete(TaxEntry))
    posting.ensure(session)
    assert posting.fingerprint(session) == before
