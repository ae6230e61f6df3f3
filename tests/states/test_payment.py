from datetime import timedelta

import pytest
from sqlalchemy import func, select

from finance_app import db
from finance_app.models import Client, Invoice, Payment, Portal
from finance_app.models.columns import now
from finance_app.models.kinds import InvoiceState, Role
from finance_app.services.portal import portal_of, today, today_in
from finance_app.states.clients.credit import ClientAccount
from finance_app.states.invoices.page import InvoicePage
from finance_app.states.payments.form import PaymentForm
from finance_app.states.payments.page import PaymentList, PaymentPage
from finance_app.states.payments.panel import PaymentPanel
from tests.harness.tabs import go


@pytest.fixture
def owed(database) -> list[int]:
    """Two open invoices of one client: 1,000.00 late, then 500.50."""
    with db.transaction() as session:
        session.add(Portal(name="P", base_currency="EUR"))
        client = Client(name="Atelier", currency="EUR")
        session.add(client)
        session.flush()
        today = today_in(portal_of(session))
        made = [
            Invoice(
                number=f"F-{number}",
                client_id=client.id or 0,
                state=InvoiceState.ISSUED,
                issue_date=today - timedelta(days=9),
                due_date=today + timedelta(days=days),
                currency="EUR",
                total_minor=total,
                issued_at=now(),
            )
            for number, days, total in ((1, -3, 100_000), (2, 9, 50_050))
        ]
        session.add_all(made)
        session.flush()
        return [client.id or 0, *(invoice.id or 0 for invoice in made)]


async def form_of(browser_of, cookie: str, client_id: int) -> PaymentForm:
    state = await browser_of(cookie, f"/payments/new?client={client_id}")(PaymentForm)
    await PaymentForm.load.fn(state)
    return state


def count(table) -> int:
    with db.reading() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


async def test_the_amount_goes_to_the_oldest_until_a_hand_corrects_it(owed, log_in, browser_of):
    state = await form_of(browser_of, log_in(Role.MANAGER), owed[0])
    await PaymentForm.type_amount.fn(state, "amount", "1,200.50")
    assert [row.share for row in state.rows] == ["1,000.00", "200.50"]
    assert [row.late for row in state.rows] == [True, False]
    assert state.left_kind == "exact"
    await PaymentForm.type_share.fn(state, owed[1], "900")
    assert (state.left_kind, state.left) == ("credit", "€100.00")
    await PaymentForm.type_amount.fn(state, "amount", "1000")
    assert (state.left_kind, state.left) == ("over", "€100.50")
    await PaymentForm.distribute.fn(state)
    assert [row.share for row in state.rows] == ["1,000.00", ""]


async def test_a_double_click_records_one_payment_with_the_shares_of_the_form(owed, log_in, browser_of):
    client, first, second = owed
    cookie = log_in(Role.MANAGER)
    state = await form_of(browser_of, cookie, client)
    data = {
        "amount": "1 300,00",
        "bank_charges": "10",
        "day": portal_today(),
        "method": "card",
        f"share_{first}": "1000",
        f"share_{second}": "250",
    }
    await PaymentForm.save.fn(state, data)
    await PaymentForm.save.fn(state, data)
    assert (state.errors, count(Payment)) == ({}, 1)
    listed = await browser_of(cookie, "/payments")(PaymentList)
    await PaymentList.load.fn(listed)
    row = listed.rows[0]
    assert (row.invoices, row.amount, row.unused, row.method) == ("F-1, F-2", "€1,300.00", "€60.00", "card")
    account = await browser_of(cookie, f"/clients/{client}", {"client_id": str(client)})(ClientAccount)
    await ClientAccount.load.fn(account)
    assert [(a.open, a.overdue, a.credit) for a in account.accounts] == [("€250.50", "", "€60.00")]


async def test_what_cannot_be_is_said_beside_its_field(owed, log_in, browser_of):
    client, first, _second = owed
    state = await form_of(browser_of, log_in(Role.MANAGER), client)
    await PaymentForm.save.fn(state, {"amount": "ten", "day": "", f"share_{first}": "1000.01"})
    assert set(state.errors) == {"amount", "day", f"share_{first}"}
    tomorrow = {"amount": "10", "day": "2999-01-01", f"share_{first}": "10"}
    await PaymentForm.save.fn(state, tomorrow)
    assert set(state.errors) == {"day"}
    over = {"amount": "10", "day": portal_today(), f"share_{first}": "20"}
    await PaymentForm.save.fn(state, over)
    assert (set(state.errors), count(Payment)) == ({"shares"}, 0)


async def test_credit_is_applied_refunded_and_the_payment_deleted(owed, log_in, browser_of):
    client, first, second = owed
    cookie = log_in(Role.OWNER)
    form = await form_of(browser_of, cookie, client)
    await PaymentForm.save.fn(form, {"amount": "1600", "day": portal_today(), f"share_{first}": "1000"})
    page = await browser_of(cookie, "/payments/1", {"payment_id": "1"})(PaymentPage)
    await PaymentPage.load.fn(page)
    assert (page.details["unused"], page.has_unused) == ("€600.00", True)
    await PaymentPage.open_apply.fn(page)
    await PaymentPage.save.fn(page, {"invoice": str(second), "amount": "600"})
    assert set(page.errors) == {"amount"}
    assert "€600.00" in page.errors["amount"]
    await PaymentPage.save.fn(page, {"invoice": str(second), "amount": ""})
    await PaymentPage.load.fn(page)
    assert (page.details["unused"], [part.amount for part in page.parts]) == (
        "€99.50",
        ["€1,000.00", "€500.50"],
    )
    await PaymentPage.open_delete.fn(page)
    await PaymentPage.save.fn(page, {"reason": " "})
    assert set(page.errors) == {"reason"}
    await PaymentPage.save.fn(page, {"reason": "Typed twice"})
    await PaymentPage.load.fn(page)
    assert (page.deleted, page.parts, page.delete_reason) == (True, [], "Typed twice")
    with db.reading() as session:
        assert {invoice.settled_minor for invoice in session.execute(select(Invoice)).scalars()} == {0}


async def test_a_write_off_sent_twice_and_its_reason_beside_the_field(owed, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    panel = await browser_of(cookie, f"/invoices/{owed[1]}")(PaymentPanel)
    panel.invoice_id = owed[1]
    await PaymentPanel.open_write_off.fn(panel)
    await PaymentPanel.save.fn(panel, {"amount": "400", "reason": ""})
    assert set(panel.errors) == {"reason"}
    await PaymentPanel.save.fn(panel, {"amount": "400", "reason": "Goodwill"})
    await PaymentPanel.save.fn(panel, {"amount": "400", "reason": "Goodwill"})
    with db.reading() as session:
        assert session.get_one(Invoice, owed[1]).settled_minor == 40_000


async def test_team_member_is_given_no_payment(owed, log_in, browser_of):
    cookie = log_in(Role.MEMBER)
    listed = await browser_of(cookie, "/payments")(PaymentList)
    await PaymentList.load.fn(listed)
    assert (listed.page_state, listed.rows) == ("denied", [])
    form = await form_of(browser_of, cookie, owed[0])
    assert (form.page_state, form.rows) == ("denied", [])


def portal_today() -> str:
    with db.reading() as session:
        return today(session).isoformat()


async def test_a_dialog_left_open_does_not_wait_on_the_next_invoice(owed, log_in, browser_of):
    _, first, second = owed
    cookie = log_in(Role.OWNER)
    browser = browser_of(cookie, f"/invoices/{first}", {"invoice_id": str(first)})
    page, panel = await browser(InvoicePage), await browser(PaymentPanel)
    await InvoicePage.load.fn(page)
    await PaymentPanel.open_payment.fn(panel)
    await InvoicePage.load.fn(page)
    assert panel._form_shows, "the page was only filled anew"

    go(page, cookie, f"/invoices/{second}", invoice_id=str(second))
    await InvoicePage.load.fn(page)
    assert (page.invoice_id, panel._form_shows) == (second, False)
