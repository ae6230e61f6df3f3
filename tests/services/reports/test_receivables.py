from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError
from finance_app.models import Client, Invoice
from finance_app.models.kinds import Role
from finance_app.services.clients import credit as client_credit
from finance_app.services.invoicing import issuing, listing
from finance_app.services.listing import ListQuery
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.reports import receivables
from tests.harness.invoices import TODAY, Office, draft, office
from tests.services.conftest import actor

AGES = (-12, 0, 1, 30, 31, 60, 61, 90, 91, 400)


@pytest.fixture
def place(session) -> Office:
    return office(session, tasks=1)


def owes(session, boss, place: Office, late: int, currency: str = "EUR", rate: str = "1") -> Invoice:
    invoice = issuing.issue(session, boss, draft(session, boss, place).id or 0)
    invoice.due_date = TODAY - timedelta(days=late)
    invoice.currency, invoice.exchange_rate = currency, Decimal(rate)
    session.add(invoice)
    session.flush()
    return invoice


def report(session, boss, **query):
    return receivables.page(session, boss, replace(receivables.ASKS.read({}), **query))


def test_each_band_opens_the_invoices_that_sum_to_it(session, owner, place) -> None:
    for late in AGES:
        owes(session, owner, place, late)
    part = owes(session, owner, place, 45)
    payments.record(
        session, owner, Received(part.client_id, TODAY, "EUR", 1000, "k", allocations={part.id or 0: 1000})
    )
    found = report(session, owner)
    (line,) = found.rows
    day = found.totals["today"]
    for band, minor in zip(receivables.BANDS, line.bands, strict=True):
        first, last = (each.isoformat() if each else "" for each in band.days(day))
        asked = {"state": "open", "client": str(line.client_id), "currency": "EUR",
                 "due_from": first, "due_until": last}  # fmt: skip
        rows = listing.page(session, owner, ListQuery(filters=asked, sort="due", size=None)).rows
        assert sum(row.balance_minor for row in rows) == minor > 0
    invoices = session.exec(select(Invoice)).all()
    assert line.owed_minor == sum(each.total_minor - each.settled_minor for each in invoices)
    assert found.totals["bands"] == line.bands


def test_credit_stands_apart_and_foreign_debts_count_at_their_rate(session, owner, place) -> None:
    owes(session, owner, place, 5)
    abroad = owes(session, owner, place, 5, "USD", "0.9")
    other = Client(name="Zed", currency="EUR")
    session.add(other)
    session.flush()
    paid = payments.record(session, owner, Received(other.id or 0, TODAY, "EUR", 7000, "a"))
    client_credit.refund(session, owner, paid.id or 0, 500, TODAY, "r")
    found = report(session, owner, sort="client", descending=False)
    names = [(line.client, line.currency) for line in found.rows]
    assert names == [("Ardent", "EUR"), ("Ardent", "USD"), ("Zed", "EUR")]
    assert [line.credit_minor for line in found.rows] == [0, 0, 6500]
    assert found.rows[2].owed_minor == 0
    in_base = round(Decimal(abroad.total_minor) * Decimal("0.9"))
    assert found.rows[1].base_owed_minor == in_base
    assert sum(found.totals["bands"]) == found.rows[0].owed_minor + in_base
    assert found.totals["credit"] == 6500
    assert found.totals["foreign"]
    assert [line.client for line in report(session, owner, search="ze").rows] == ["Zed"]


def test_a_team_member_sees_no_debts(session, member, place) -> None:
    with pytest.raises(DomainError):
        report(session, member)


def test_an_accountant_does(session, place) -> None:
    assert report(session, actor(session, Role.ACCOUNTANT)).total == 0


def test_every_figure_opens_rows_that_sum_to_it_to_the_cent(session, owner, place) -> None:
    for late in AGES:
        owes(session, owner, place, late)
        owes(session, owner, place, late, "USD", "0.9137")
    for number, (currency, rate) in enumerate((("EUR", None), ("USD", "0.8971"), ("USD", "0.8971"))):
        given = Received(
            place.client.id or 0, TODAY, currency, 7001, f"p{number}", allocations={},
            exchange_rate=Decimal(rate) if rate else None,
        )  # fmt: skip
        paid = payments.record(session, owner, given)
        client_credit.refund(session, owner, paid.id or 0, 500, TODAY, f"r{number}")
    found = report(session, owner)

    def opened(**filters):
        query = replace(receivables.ROWS.read({}), filters=filters, size=None)
        rows = receivables.rows_page(session, owner, query)
        assert sum(row.base_minor for row in rows.rows) == rows.totals["sum"]
        return rows

    assert opened().totals["sum"] == sum(found.totals["bands"])
    for band, minor in zip(receivables.BANDS, found.totals["bands"], strict=True):
        assert opened(band=band.name).totals["sum"] == minor > 0
    credits = opened(part=receivables.CREDIT)
    assert credits.totals["sum"] == found.totals["credit"] == 6501 + 2 * round(6501 * 0.8971)
    for line in found.rows:
        whose = {"client": str(line.client_id), "currency": line.currency}
        assert opened(**whose).totals["sums"] == {line.currency: line.owed_minor}
        for band, minor in zip(receivables.BANDS, line.bands, strict=True):
            assert opened(**whose, band=band.name).totals["sums"] == {line.currency: minor}
        credit = opened(**whose, part=receivables.CREDIT)
        assert credit.totals["sums"] == {line.currency: line.credit_minor}
