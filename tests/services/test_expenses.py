from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.expense import ExpenseMove, ExpenseState
from finance_app.models import Client, Portal, Project, Task, Tax
from finance_app.models.kinds import ApprovalState, Role
from finance_app.services.audit import trail as audit
from finance_app.services.expenses import approving, categories, listing, report, saving
from finance_app.services.expenses.access import editable, get
from finance_app.services.listing import ListQuery
from tests.services.conftest import actor

DAY = "2026-03-14"
LUNCH = {
    "day": DAY,
    "merchant": "Chez Paul",
    "amount_0": "120,00",
    "tax_included": "on",
    "own_money": "on",
}


@pytest.fixture
def vat(session) -> Tax:
    session.add(Portal(base_currency="EUR", country="FR"))
    tax = Tax(name="TVA 20 %", rate=Decimal(20), is_default=True)
    session.add(tax)
    session.flush()
    return tax


@pytest.fixture
def project(session, vat) -> Project:
    client = Client(name="Ardent", currency="EUR")
    session.add(client)
    session.flush()
    project = Project(name="Website", client_id=client.id, currency="EUR")
    session.add(project)
    session.flush()
    return project


def made(session, who, data=LUNCH, **more):
    return saving.create(session, who, {**data, **more}, "en")


def faults(call) -> dict[str, str]:
    with pytest.raises(InvalidFields) as refusal:
        call()
    return {name: fault.code for name, fault in refusal.value.faults.items()}


def test_an_expense_with_tax_is_worked_out_and_kept(session, owner, vat, project):
    expense = made(
        session, owner, tax_id_0=str(vat.id), project_id=str(project.id), billable="on", mark_up_value="10"
    )
    session.expire_all()
    assert (expense.net_minor, expense.tax_minor, expense.gross_minor) == (100_00, 20_00, 120_00)
    assert (expense.cost_minor, expense.charge_minor, expense.mark_up_minor) == (100_00, 110_00, 10_00)
    assert expense.base_cost_minor == 100_00
    assert audit.history(session, "expense", expense.id)[0].action == "created"


def test_lines_sum_and_what_the_state_keeps_of_a_tax_is_cost(session, owner, vat):
    low = Tax(name="TVA 10 %", rate=Decimal(10))
    session.add(low)
    session.flush()
    expense = made(
        session,
        owner,
        tax_id_0=str(vat.id),
        tax_recoverable_0="0",
        amount_3="11",
        tax_id_3=str(low.id),
        description_3="Water",
    )
    lines = saving.lines_of(session, expense.id)
    assert [(line.position, line.net_minor, line.cost_minor) for line in lines] == [
        (1, 100_00, 120_00),
        (2, 10_00, 10_00),
    ]
    assert (expense.gross_minor, expense.cost_minor) == (131_00, 130_00)


def test_a_disbursement_is_no_cost_and_passes_at_gross(session, owner, vat, project):
    expense = made(
        session,
        owner,
        tax_id_0=str(vat.id),
        project_id=str(project.id),
        disbursement="on",
        mark_up_value="10",
    )
    assert (expense.billable, expense.cost_minor, expense.charge_minor) == (True, 0, 120_00)
    assert "disbursement" in faults(lambda: made(session, owner, disbursement="on"))


def test_mileage_is_distance_times_rate(session, owner, vat):
    data = {"day": DAY, "distance_0": "312.4", "distance_rate_0": "0.603"}
    assert made(session, owner, data).gross_minor == 188_38
    wrong = {"day": DAY, "distance_0": "-3", "distance_rate_0": "0.6"}
    assert faults(lambda: made(session, owner, wrong)) == {"distance_0": "expense.error.distance"}


def test_a_foreign_amount_is_kept_as_typed_beside_its_worth(session, owner, vat):
    expense = made(session, owner, currency="chf", exchange_rate="1.05")
    assert (expense.currency, expense.gross_minor, expense.base_gross_minor) == ("CHF", 120_00, 126_00)
    again = made(session, owner, currency="CHF")
    assert again.exchange_rate == Decimal("1.05")


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"amount_0": ""}, "amount_0", "common.error.required"),
        ({"amount_0": "-5"}, "amount_0", "expense.error.negative"),
        ({"amount_0": "0"}, "amount_0", "expense.error.not_positive"),
        ({"amount_0": "much"}, "amount_0", "expense.error.number"),
        ({"amount_0": "1.005"}, "amount_0", "expense.error.too_fine"),
        ({"amount_0": "999999999999"}, "amount_0", "expense.error.too_large"),
        ({"day": ""}, "day", "expense.error.day"),
        ({"billable": "on"}, "billable", "expense.error.billed_to_nobody"),
        ({"day": "1066-10-14"}, "day", "expense.error.day"),
        ({"day": "2062-11-25"}, "day", "expense.error.far_day"),
        ({"currency": "USD"}, "exchange_rate", "expense.error.no_rate"),
        ({"currency": "USD", "exchange_rate": "0"}, "exchange_rate",
         "error.money.exchange_rate_not_positive"),
        ({"currency": "ZZZ"}, "currency", "error.money.unknown_currency"),
        ({"category_id_0": "99"}, "category_id_0", "common.error.unknown_choice"),
        ({"tax_id_0": "99"}, "tax_id_0", "common.error.unknown_choice"),
        ({"project_id": "99"}, "project_id", "expense.error.project"),
        ({"merchant": "x" * 201}, "merchant", "common.error.too_long"),
    ],
)  # fmt: skip
def test_a_refusal_stands_beside_its_field(session, owner, vat, given, field, code):
    assert faults(lambda: made(session, owner, **given)) == {field: code}


def test_a_day_in_a_closed_period_takes_no_expense_and_keeps_what_it_has(session, owner, vat):
    expense = made(session, owner)
    portal = session.exec(select(Portal)).one()
    portal.closed_until = date(2026, 3, 31)
    session.flush()
    assert faults(lambda: made(session, owner)) == {"day": "error.period.closed"}
    for call in (
        lambda: saving.change(session, owner, expense.id, LUNCH, 1, "en"),
        lambda: saving.delete_many(session, owner, [expense.id]),
    ):
        with pytest.raises(DomainError, match=r"error\.period\.closed"):
            call()


def test_of_several_to_delete_a_locked_one_is_named_and_keeps_the_others(session, owner, vat):
    free, locked = made(session, owner), made(session, owner, merchant="Brasserie")
    approving.pay_back(session, owner, [locked.id], locked.day)
    with pytest.raises(DomainError, match="locked_among") as refused, session.begin_nested():
        saving.delete_many(session, owner, [free.id, locked.id])
    assert refused.value.params["merchant"] == "Brasserie"
    session.refresh(free)
    assert free.deleted_at is None


def test_a_member_sees_and_changes_their_own_expenses_only(session, owner, member, vat):
    mine, others = made(session, member), made(session, owner)
    assert [row.id for row in listing.page(session, member, ListQuery()).rows] == [mine.id]
    assert {row.id for row in listing.page(session, owner, ListQuery()).rows} == {mine.id, others.id}
    with pytest.raises(NotFound):
        get(session, member, others.id)
    with pytest.raises(NotFound):
        saving.delete_many(session, member, [others.id])
    assert "user_id" in faults(lambda: made(session, member, user_id=str(owner.user_id)))
    with pytest.raises(DomainError):
        approving.pay_back(session, member, [mine.id])


def test_a_member_sets_no_mark_up_and_no_client(session, member, project):
    expense = made(
        session,
        member,
        project_id=str(project.id),
        billable="on",
        mark_up_value="50",
        client_id=str(project.client_id),
    )
    assert (expense.mark_up_value, expense.charge_minor) == (None, 120_00)


def test_a_task_belongs_to_the_project(session, owner, project):
    other = Project(name="Other", currency="EUR")
    session.add(other)
    session.flush()
    task = Task(project_id=other.id, name="Trip")
    session.add(task)
    session.flush()
    assert faults(lambda: made(session, owner, project_id=str(project.id), task_id=str(task.id))) == {
        "task_id": "expense.error.task_elsewhere"
    }


def test_a_client_beside_that_of_the_project_is_refused_and_not_dropped(session, owner, project):
    other = Client(name="Other", currency="EUR")
    session.add(other)
    session.flush()
    place = {"project_id": str(project.id)}
    assert faults(lambda: made(session, owner, **place, client_id=str(other.id))) == {
        "client_id": "expense.error.other_client"
    }
    assert made(session, owner, **place, client_id=str(project.client_id)).client_id is None
    before = made(session, owner, client_id=str(other.id))
    moved = {**LUNCH, **place, "client_id": str(other.id)}
    assert saving.change(session, owner, before.id, moved, 1, "en").client_id is None


def test_the_same_request_makes_one_expense(session, owner, vat):
    first = saving.create(session, owner, LUNCH, "en", request_key="k")
    assert saving.create(session, owner, LUNCH, "en", request_key="k").id == first.id


def test_a_change_needs_the_version_that_was_seen(session, owner, vat):
    expense = made(session, owner)
    saving.change(session, owner, expense.id, {**LUNCH, "amount_0": "60"}, 1, "en")
    assert expense.gross_minor == 60_00
    with pytest.raises(DomainError, match="changed_meanwhile"):
        saving.change(session, owner, expense.id, LUNCH, 1, "en")
    event = audit.history(session, "expense", expense.id)[0]
    assert (event.before["gross_minor"], event.after["gross_minor"]) == (120_00, 60_00)


def test_deleted_expenses_come_back_whole(session, owner, vat):
    expense = made(session, owner)
    gone = saving.delete_many(session, owner, [expense.id])
    assert listing.page(session, owner, ListQuery()).total == 0
    with pytest.raises(NotFound):
        get(session, owner, expense.id)
    assert saving.restore(session, owner, gone) == 1
    assert saving.restore(session, owner, gone) == 0
    assert get(session, owner, expense.id).gross_minor == 120_00


def test_a_duplicate_is_a_new_expense_of_today(session, owner, vat):
    expense = made(session, owner, tax_id_0=str(vat.id), amount_1="10")
    copy = saving.duplicate(session, owner, expense.id)
    assert copy.id != expense.id
    assert (copy.gross_minor, copy.day) == (expense.gross_minor, saving.today(session))
    assert len(saving.lines_of(session, copy.id)) == 2


def test_approval_locks_and_a_rejection_is_answered_by_a_change(session, owner, member, vat):
    session.exec(select(Portal)).one().expenses_need_approval = True
    expense = made(session, member)
    with pytest.raises(DomainError, match="note_needed"):
        approving.move(session, owner, [expense.id], ExpenseMove.REJECT)
    assert approving.move(session, owner, [expense.id], ExpenseMove.REJECT, "No receipt").moved
    assert (expense.approval, expense.approval_note) == (ApprovalState.REJECTED, "No receipt")
    saving.change(session, member, expense.id, LUNCH, expense.version, "en")
    assert expense.approval is ApprovalState.SUBMITTED
    outcome = approving.move(session, owner, [expense.id, 999], ExpenseMove.APPROVE)
    assert (outcome.moved, list(outcome.refused)) == ([expense.id], [999])
    with pytest.raises(DomainError, match=r"error\.approved"):
        editable(session, member, expense.id)
    approving.move(session, owner, [expense.id], ExpenseMove.UNAPPROVE)
    assert editable(session, member, expense.id) is expense


def test_an_employee_is_paid_back_once_and_the_firm_never(session, owner, vat):
    mine = made(session, owner)
    card = made(session, owner, own_money="")
    outcome = approving.pay_back(session, owner, [mine.id, card.id], date(2026, 3, 31))
    assert outcome.moved == [mine.id]
    assert outcome.refused[card.id].code == "expense.error.firm_paid"
    assert approving.pay_back(session, owner, [mine.id]).refused[mine.id].code == (
        "expense.error.already_paid_back"
    )
    with pytest.raises(DomainError, match=r"error\.paid_back"):
        editable(session, owner, mine.id)
    assert approving.undo_pay_back(session, owner, [mine.id]).moved == [mine.id]
    assert mine.paid_back_on is None


def test_the_list_finds_what_its_filters_ask(session, owner, member, project, vat):
    categories.add_usual(session, owner, "en")
    meals = next(each for each in categories.in_use(session, owner) if each.name == "Meals")
    lunch = made(session, owner, category_id_0=str(meals.id))
    ride = made(
        session,
        member,
        merchant="Taxi 9",
        amount_0="30",
        own_money="",
        project_id=str(project.id),
        billable="on",
        day=str(saving.today(session)),
    )

    def ids(search="", sort="day", **filters):
        query = ListQuery(search=search, sort=sort, descending=True, filters=filters)
        return [row.id for row in listing.page(session, owner, query).rows]

    assert ids(sort="amount") == [lunch.id, ride.id]
    assert ids(search="taxi") == [ride.id]
    assert ids(search="ardent") == [ride.id]
    assert ids(category=str(meals.id)) == [lunch.id]
    assert ids(category="none") == [ride.id]
    assert ids(state=ExpenseState.UNBILLED) == [ride.id]
    assert ids(state=ExpenseState.NON_BILLABLE) == [lunch.id]
    assert ids(client=str(project.client_id)) == [ride.id]
    assert ids(period="this_month") == [ride.id]
    assert ids(until="2026-03-31") == [lunch.id]
    assert ids(person=str(member.user_id)) == [ride.id]
    assert ids(repay="owed") == [lunch.id]
    assert ids(receipt="yes") == []
    found = listing.page(session, owner, ListQuery())
    assert found.totals["base_gross_minor"] == 150_00
    choices = listing.choices(session, owner)
    assert [name for _, name in choices.projects] == ["Website"]
    assert listing.merchants(session, owner) == ["Chez Paul", "Taxi 9"]
    assert listing.merchants(session, member) == ["Taxi 9"]
    known = listing.last_of_merchant(session, owner, "chez paul")
    assert known is not None
    assert known.category_id == meals.id


def test_categories_are_managed(session, owner, member, vat):
    assert categories.add_usual(session, owner, "fr") == len(categories.USUAL)
    lodging = next(each for each in categories.in_use(session, member) if each.recoverable == 0)
    assert lodging.name == "Hébergement"
    with pytest.raises(DomainError, match="categories_exist"):
        categories.add_usual(session, owner, "fr")
    given = {"name": "Fonts", "recoverable": "80", "tax_id": str(vat.id), "billable": "on"}
    fonts = categories.save(session, owner, None, given, "en")
    assert (fonts.recoverable, fonts.tax_id, fonts.version) == (80, vat.id, 1)
    assert faults(lambda: categories.save(session, owner, None, {**given, "recoverable": "120"}, "en")) == {
        "name": "expense.error.category_taken",
        "recoverable": "expense.error.recoverable",
    }
    assert categories.archive(session, owner, [fonts.id]) == 1
    assert fonts not in categories.in_use(session, owner)
    for call in (
        lambda: categories.save(session, member, None, given, "en"),
        lambda: categories.archive(session, member, [fonts.id]),
    ):
        with pytest.raises(DomainError, match="not_allowed"):
            call()


def test_a_person_who_left_takes_no_new_expense(session, owner, vat):
    gone = actor(session, Role.MANAGER)
    from finance_app.models import User

    session.get(User, gone.user_id).archived_at = saving.now() - timedelta(days=1)
    assert faults(lambda: made(session, owner, user_id=str(gone.user_id))) == {
        "user_id": "expense.error.person"
    }


def test_the_report_sums_the_same_cost_by_everything(session, owner, member, project):
    categories.add_usual(session, owner, "en")
    meals = next(each for each in categories.in_use(session, owner) if each.name == "Meals")
    day = str(saving.today(session))
    made(session, owner, day=day, category_id_0=str(meals.id), amount_1="5", project_id=str(project.id))
    made(session, member, day=day, amount_0="30")
    gone = made(session, owner, day=day, amount_0="999")
    saving.delete_many(session, owner, [gone.id])
    costs = {}
    for by in report.BY:
        found = report.page(session, owner, ListQuery(filters={"by": by, "period": "last_6_months"}))
        costs[by] = {row.name: row.cost_minor for row in found.rows}
        assert found.totals["cost_minor"] == 155_00
        for row in found.rows:
            key = f"{row.month.year}-{row.month.month:02d}" if row.month else str(row.id or report.NONE)
            asked = {"by": by, "period": "last_6_months", "key": key}
            opened = report.rows_page(session, owner, ListQuery(filters=asked, size=None))
            assert sum(each.cost_minor for each in opened.rows) == opened.totals["cost"] == row.cost_minor
            assert opened.total == row.count
    assert costs["category"] == {"Meals": 120_00, "": 35_00}
    assert costs["project"] == {"Website": 125_00, "": 30_00}
    assert costs["client"] == {"Ardent": 125_00, "": 30_00}
    assert len(report.months(session, owner, ListQuery(filters={"period": "last_6_months"}))) == 6
    mine = report.rows_page(session, member, ListQuery(filters={"period": "last_6_months"}))
    assert [(row.person, row.cost_minor) for row in mine.rows] == [("The member", 30_00)]
    own = report.page(session, member, ListQuery(filters={"by": "person"}))
    assert [row.cost_minor for row in own.rows] == [30_00]
