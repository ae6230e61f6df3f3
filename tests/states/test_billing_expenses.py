"""Expenses in the first step of the wizard: each choice stands in the address and is billed from there."""

from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

import finance_app.finance_app  # noqa: F401 - making the draft leads on to a page
from finance_app import db
from finance_app.models import Client, Expense, Invoice, Portal, Tax
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.expenses import saving
from finance_app.states.billing.choices import choices_of, expenses_of, scope_of, with_expense
from finance_app.states.billing.wizard import Billing
from finance_app.states.session import SESSION_COOKIE

IDS = st.lists(st.integers(1, 99), max_size=5, unique=True)


@given(IDS, st.booleans(), st.integers(1, 99))
def test_a_choice_of_expenses_survives_the_address_and_ticking_twice(ids, whole, id_):
    wish = {"all": True, "but": ids} if whole else {"only": ids} if ids else {}
    scope = scope_of({"client": "1", "until": "2026-11-26"})
    scope = scope if not wish else type(scope)((), scope.until, client_id=1, charges={"expense": wish})
    text = choices_of(scope, 1)["expenses"]
    assert expenses_of(text) == wish
    twice = expenses_of(with_expense(with_expense(text, id_), id_))
    assert {name: set(map(int, each)) if name != "all" else each for name, each in twice.items()} == {
        name: set(each) if name != "all" else each for name, each in wish.items()
    }


@pytest.mark.parametrize("text", ["", "x", "-3", "0", "3;drop", ",,"])
def test_what_is_no_choice_is_none(text):
    assert expenses_of(text) == {}


def address(event) -> dict[str, str]:
    """The query of the page that a handler leads on to."""
    text = str(event.args[0][1]) if hasattr(event, "args") else str(event)
    return dict(parse_qsl(urlsplit(text.strip("\"'`")).query))


async def test_ticking_expenses_bills_them(database, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    with db.transaction() as session:
        session.add(Portal(base_currency="EUR"))
        session.add(Tax(name="TVA 20 %", rate=Decimal(20), is_default=True))
        client = Client(name="Ardent", currency="EUR")
        session.add(client)
        session.flush()
        actor = accounts.actor_of(session, cookie.removeprefix(f"{SESSION_COOKIE}="))
        ids = [
            saving.create(
                session,
                actor,
                {"day": "2026-11-02", "amount_0": amount, "billable": "on", "client_id": str(client.id)},
                "en",
            ).id
            for amount in ("100", "20")
        ]
        client_id = str(client.id)

    wizard = await browser_of(cookie, f"/invoices/new?client={client_id}&until=2026-11-26")(Billing)
    await Billing.load.fn(wizard)
    assert (wizard.choices["expenses"], wizard.expenses_chosen) == ("all", 2), "there is nothing else to bill"
    assert (wizard.amount, wizard.expense_sums["total"], wizard.ready) == ("€120.00", "€144.00", True)
    asked = address(await Billing.toggle_expense.fn(wizard, ids[0]))
    assert asked["expenses"] == f"all,-{ids[0]}"
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    wizard = await browser_of(cookie, f"/invoices/new/lines?{query}")(Billing)
    await Billing.load_lines.fn(wizard)
    assert [line.amount for line in wizard.lines] == ["€20.00"]
    assert not wizard.by_price
    await Billing.make_draft.fn(wizard)
    with db.reading() as session:
        invoice = session.exec(select(Invoice)).one()
        assert invoice.net_minor == 20_00
        assert invoice.billing["charges"] == {"expense": {"all": True, "but": [ids[0]]}}
        left = session.exec(select(Expense.id).where(Expense.invoice_line_id == None)).all()  # noqa: E711
        assert left == [ids[0]]
    back = await browser_of(cookie, f"/invoices/new?draft={invoice.id}")(Billing)
    await Billing.load.fn(back)
    assert [(row.id, row.chosen) for row in back.expenses] == [(ids[0], False), (ids[1], True)]
