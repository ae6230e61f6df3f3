from datetime import date, timedelta

import pytest

from finance_app import db
from finance_app.models import Client, Invoice, Portal
from finance_app.models.kinds import InvoiceState, Role
from finance_app.services.portal import portal_of, today_in
from finance_app.states.invoices.listing import InvoiceList, due_note


@pytest.fixture
def late_invoice(database) -> None:
    with db.transaction() as session:
        session.add(Portal(name="P"))
        client = Client(name="Atelier", currency="EUR")
        session.add(client)
        session.flush()
        today: date = today_in(portal_of(session))
        session.add(
            Invoice(
                number="INV-2026-0001",
                client_id=client.id or 0,
                state=InvoiceState.ISSUED,
                issue_date=today,
                due_date=today - timedelta(days=3),
                currency="EUR",
                total_minor=1234_50,
            )
        )


async def test_list_shows_the_state_the_delay_and_the_sum(late_invoice, log_in, browser_of):
    state = await browser_of(log_in(Role.MANAGER), "/invoices")(InvoiceList)
    await InvoiceList.load.fn(state)
    row = state.rows[0]
    assert (row.number, row.state, row.due_note, row.late) == (
        "INV-2026-0001",
        "overdue",
        "3 days late",
        True,
    )
    assert [(s.total, s.balance) for s in state.sums] == [("€1,234.50", "€1,234.50")]
    assert (state.counts["all"], state.counts["overdue"], state.counts["paid"]) == ("1", "1", "0")


async def test_odd_address_narrows_nothing_or_says_so(late_invoice, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    state = await browser_of(cookie, "/invoices?from=yesterday&client=99999999999999999999")(InvoiceList)
    await InvoiceList.load.fn(state)
    assert (state.page_state, state.total) == ("ready", 1)


async def test_team_member_is_given_no_invoice(late_invoice, log_in, browser_of):
    state = await browser_of(log_in(Role.MEMBER), "/invoices")(InvoiceList)
    await InvoiceList.load.fn(state)
    assert (state.page_state, state.rows, state.sums) == ("denied", [], [])


def test_due_note_counts_in_words():
    assert [due_note(left, "en") for left in (-1, 0, 2)] == ["1 day late", "due today", "due in 2 days"]
