"""The pages of expenses as the browser drives them."""

from decimal import Decimal

import pytest
from sqlmodel import select

import finance_app.finance_app  # noqa: F401 - saving leads on to a page
from finance_app import db
from finance_app.models import Client, Expense, ExpenseCategory, Portal, Project, Tax, User
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.states.expenses.form import ExpenseForm
from finance_app.states.expenses.listing import ExpenseList, ExpenseRejection, PayingBack
from finance_app.states.expenses.page import ExpensePage
from finance_app.states.session import SESSION_COOKIE


@pytest.fixture
def place(database):
    with db.transaction() as session:
        session.add(Portal(base_currency="EUR"))
        vat = Tax(name="TVA 20 %", rate=Decimal(20), is_default=True)
        client = Client(name="Ardent", currency="EUR")
        session.add_all([vat, client])
        session.flush()
        project = Project(name="Website", client_id=client.id, currency="EUR")
        meals = ExpenseCategory(name="Meals", tax_id=vat.id, recoverable=Decimal(80))
        car = ExpenseCategory(name="Car", distance_rate=Decimal("0.606"), billable=False)
        session.add_all([project, meals, car])
        session.flush()
        return {"project": project.id, "meals": meals.id, "car": car.id, "vat": vat.id}


@pytest.fixture
async def form(place, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/expenses/new")(ExpenseForm)
    await ExpenseForm.load_new.fn(state)
    assert state.page_state == "ready"
    return state


def typed(form: ExpenseForm, **more: str) -> dict[str, str]:
    """What the browser would send: the values at the start, and what is typed over them."""
    return {**form.values, **more}


def kept() -> list[Expense]:
    with db.reading() as session:
        return list(session.exec(select(Expense)).all())


async def test_a_receipt_becomes_an_expense_with_amount_and_category_alone(form, place):
    await ExpenseForm.choose_category.fn(form, "0", str(place["meals"]))
    assert form.values["tax_id_0"] == str(place["vat"])
    assert form.values["tax_recoverable_0"] == "80"
    await ExpenseForm.save.fn(form, typed(form, amount_0="24,00"))
    [expense] = kept()
    assert (expense.gross_minor, expense.tax_minor, expense.cost_minor) == (24_00, 4_00, 20_80)
    await ExpenseForm.save.fn(form, typed(form, amount_0="24,00"))
    assert len(kept()) == 1, "a second click makes no second expense"


async def test_mileage_asks_for_a_distance(form, place):
    await ExpenseForm.choose_category.fn(form, "0", str(place["car"]))
    assert form.by_distance["0"]
    data = {name: text for name, text in typed(form, distance_0="100").items() if name != "amount_0"}
    await ExpenseForm.save.fn(form, data)
    assert kept()[0].gross_minor == 60_60


async def test_a_known_merchant_brings_its_category(form, place):
    await ExpenseForm.choose_category.fn(form, "0", str(place["meals"]))
    await ExpenseForm.save.fn(form, typed(form, amount_0="24", merchant="Chez Paul"))
    await ExpenseForm.load_new.fn(form)
    assert form.merchants == ["Chez Paul"]
    await ExpenseForm.merchant_typed.fn(form, "chez paul")
    assert form.values["category_id_0"] == str(place["meals"])


async def test_an_expense_is_split_into_lines(form, place):
    await ExpenseForm.add_line.fn(form)
    await ExpenseForm.add_line.fn(form)
    await ExpenseForm.remove_line.fn(form, "1")
    await ExpenseForm.save.fn(form, typed(form, amount_0="10", amount_1="99", amount_2="5"))
    assert kept()[0].gross_minor == 15_00


async def test_a_fault_stands_beside_its_field_and_nothing_is_kept(form):
    await ExpenseForm.save.fn(form, typed(form, amount_0="-3", currency="USD"))
    assert "negative" in form.errors["amount_0"]
    assert "USD" in form.errors["exchange_rate"]
    assert kept() == []


async def test_what_no_form_sends_is_refused(form):
    await ExpenseForm.choose_category.fn(form, "7", "1")
    assert form.notice["kind"] == "error"
    await ExpenseForm.receipt_added.fn(form, '{"id": 99}')
    assert form.receipts == []
    await ExpenseForm.receipt_added.fn(form, "nonsense")
    assert form.receipts == []


async def test_the_list_approves_pays_back_deletes_and_undoes(form, place, log_in, browser_of):
    await ExpenseForm.save.fn(form, typed(form, amount_0="24", own_money="on"))
    with db.transaction() as session:
        session.exec(select(Portal)).one().expenses_need_approval = True
    with db.reading() as session:
        person = session.exec(select(Expense.user_id)).one()
    assert person
    with db.transaction() as session:
        cookie = f"{SESSION_COOKIE}={accounts.open_session(session, session.get_one(User, person))}"
    tab = browser_of(cookie, "/expenses")
    rows = await tab(ExpenseList)
    await ExpenseList.load.fn(rows)
    [row] = rows.rows
    assert (row.amount, row.approval, row.repay) == ("€24.00", "submitted", "owed")
    await ExpenseList.toggle_row.fn(rows, str(row.id))
    await ExpenseList.reject_selected.fn(rows)
    rejection = await tab(ExpenseRejection)
    await ExpenseRejection.save.fn(rejection, {"note": ""})
    assert rejection.form_open
    assert rejection.errors["note"]
    await ExpenseRejection.save.fn(rejection, {"note": "Blurred"})
    await ExpenseList.toggle_row.fn(rows, str(row.id))
    await ExpenseList.approve_selected.fn(rows)
    await ExpenseList.toggle_row.fn(rows, str(row.id))
    await ExpenseList.pay_back_selected.fn(rows)
    paying = await tab(PayingBack)
    assert paying.values["day"]
    await PayingBack.save.fn(paying, dict(paying.values))
    await ExpenseList.load.fn(rows)
    assert (rows.rows[0].approval, rows.rows[0].repay) == ("approved", "paid_back")
    await ExpenseList.delete.fn(rows, row.id)
    assert "locked" in rows.notice["text"]
    await ExpenseList.toggle_row.fn(rows, str(row.id))
    await ExpenseList.undo_pay_back_selected.fn(rows)
    await ExpenseList.toggle_row.fn(rows, str(row.id))
    await ExpenseList.unapprove_selected.fn(rows)
    await ExpenseList.delete.fn(rows, row.id)
    await ExpenseList.load.fn(rows)
    assert (rows.total, rows.undo_ids) == (0, [row.id])
    await ExpenseList.undo.fn(rows)
    await ExpenseList.load.fn(rows)
    assert rows.total == 1
    page = await browser_of(cookie, f"/expenses/{row.id}", {"expense_id": str(row.id)})(ExpensePage)
    await ExpensePage.load.fn(page)
    assert page.page_state == "ready"
    assert page.amounts["gross"] == "€24.00"
    assert page.history[0].what == "Brought back"


async def test_the_first_project_of_an_expense_makes_it_billable_where_its_category_is(form, place):
    assert form.values["billable"] == ""
    await ExpenseForm.choose_project.fn(form, str(place["project"]), "Website")
    assert form.values["billable"] == "on"
    await ExpenseForm.choose_project.fn(form, "", "")
    await ExpenseForm.choose_category.fn(form, "0", str(place["car"]))
    await ExpenseForm.choose_project.fn(form, str(place["project"]), "Website")
    assert form.values["billable"] == ""
