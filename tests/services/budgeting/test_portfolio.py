"""Budgets in the list of projects and in the form, on both databases."""

from datetime import date

import pytest

from finance_app.domain.budget import Health
from finance_app.domain.errors import InvalidFields
from finance_app.models import Budget, Client, Portal, TimeLog
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType, CostTracking
from finance_app.services import rates
from finance_app.services.audit import trail as audit
from finance_app.services.listing import ListQuery
from finance_app.services.projects import directory as projects
from finance_app.services.projects import form as project_form
from finance_app.services.projects import listing as project_list

HOURS = {"name": "Hours", "bill_rate": "100", "budget_type": "hours", "budget_hours": "10"}


def make(session, owner, seconds: int, **data):
    project = project_form.create(session, owner, {**HOURS, **data})
    if seconds:
        session.add(TimeLog(project_id=project.id, user_id=owner.user_id, day=date(2026, 3, seconds % 27 + 1),
                            seconds=seconds))  # fmt: skip
        session.flush()
        rates.price_logs(session)
    return project


@pytest.fixture
def three(session, owner):
    session.add(Portal(base_currency="EUR", time_zone="UTC"))
    session.flush()
    make(session, owner, 11 * 3600, name="Over")
    make(session, owner, 3600, name="Well")
    make(session, owner, 2 * 3600, name="Free", budget_type="none")
    make(session, owner, 9 * 3600, name="Cost", budget_type="amount", budget_hours="", budget_cost="1000")


def names(session, actor, **asks):
    return [row.name for row in project_list.page(session, actor, ListQuery(**{"sort": "name", **asks})).rows]


def test_the_list_shows_how_budgets_stand(session, owner, member, three):
    rows = {row.name: row for row in project_list.page(session, owner, ListQuery(sort="name")).rows}
    assert (str(rows["Over"].percent), rows["Over"].health, rows["Over"].limit) == (
        "110.0",
        Health.OVERRUN,
        36000,
    )
    assert (rows["Free"].percent, rows["Free"].health) == (None, None)
    assert (str(rows["Cost"].percent), rows["Cost"].spent, rows["Cost"].limit) == ("90.0", 90000, 100000)
    seen = {row.name: row for row in project_list.page(session, member, ListQuery(sort="name")).rows}
    assert (seen["Cost"].spent, seen["Cost"].limit, seen["Cost"].unbilled_minor) == (None, None, None)


def test_it_is_filtered_and_ordered_by_figures(session, owner, three):
    assert names(session, owner, filters={"health": "over"}) == ["Over"]
    assert names(session, owner, filters={"health": "surplus"}) == ["Cost", "Well"]
    assert names(session, owner, sort="used", descending=True) == ["Over", "Cost", "Well", "Free"]
    assert names(session, owner, sort="hours") == ["Well", "Free", "Cost", "Over"]
    assert names(session, owner, sort="unbilled", descending=True)[0] == "Over"
    assert names(session, owner, sort="last_day")[0] == "Cost"
    few = project_list.page(session, owner, ListQuery(sort="used", size=3, page=2))
    assert ([row.name for row in few.rows], few.total, few.pages) == (["Free"], 4, 2)


def test_the_form_keeps_a_whole_budget(session, owner):
    given = {
        **HOURS, "budget_type": "amount", "budget_cost": "12 500,50", "budget_hours": "120:30",
        "budget_period": "month",
        "budget_revenue": "20000", "budget_threshold": "75", "budget_alerts": "90; 50 %, 100",
        "daily_cap": "7:30",
        "rounding_mode": "up", "rounding_step_minutes": "15", "rounding_scope": "line",
    }  # fmt: skip
    project = project_form.create(session, owner, given)
    budget = session.get_one(Budget, project.id)
    assert (budget.type, budget.scope, budget.period) == (
        BudgetType.AMOUNT,
        BudgetScope.PROJECT,
        BudgetPeriod.MONTH,
    )
    assert (budget.seconds, budget.cost_minor, budget.revenue_minor) == (433800, 1250050, 2000000)
    assert (budget.threshold, budget.alerts, project.daily_cap_seconds) == (75, [50, 90, 100], 27000)
    values = project_form.form_values(session, owner, project.id)
    assert (values["budget_hours"], values["budget_cost"], values["daily_cap"]) == (
        "120.5",
        "12500.50",
        "7.5",
    )
    project_form.update(session, owner, project.id, {"budget_hours": "200", "budget_threshold": ""}, 1)
    assert (budget.seconds, budget.threshold, budget.cost_minor) == (720000, None, 1250050)
    actions = [event.action for event in audit.history(session, "project", project.id)]
    assert actions.count("budget_changed") == 2


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"budget_hours": ""}, "budget_hours", "budget.error.hours_needed"),
        ({"budget_hours": "-5"}, "budget_hours", "budget.error.negative"),
        ({"budget_hours": "many"}, "budget_hours", "error.duration.unreadable"),
        ({"budget_type": "amount"}, "budget_cost", "budget.error.cost_needed"),
        ({"budget_type": "amount", "budget_cost": "-1"}, "budget_cost", "budget.error.negative"),
        ({"budget_type": "amount", "budget_cost": "0"}, "budget_cost", "budget.error.zero"),
        ({"budget_threshold": "120"}, "budget_threshold", "budget.error.threshold"),
        ({"budget_threshold": "half"}, "budget_threshold", "budget.error.threshold"),
        ({"budget_alerts": "50, 300"}, "budget_alerts", "budget.error.alerts"),
        ({"budget_alerts": "soon"}, "budget_alerts", "budget.error.alerts"),
        ({"billing_method": "fixed_cost", "price": "9", "budget_type": "amount", "budget_cost": "5"},
         "budget_type", "budget.error.fixed_cost"),
        ({"billing_method": "fixed_cost", "price": "9", "cost_tracking": "project_rate"}, "tracking_rate",
         "budget.error.tracking_rate_needed"),
        ({"budget_type": "gold"}, "budget_type", "common.error.unknown_choice"),
        ({"bill_rate": "-1"}, "bill_rate", "rate.error.negative"),
        ({"daily_cap": "25"}, "daily_cap", "project.error.daily_cap"),
    ],
)  # fmt: skip
def test_what_a_budget_cannot_be_is_said_beside_its_field(session, owner, data, field, code):
    with pytest.raises(InvalidFields) as caught:
        project_form.create(session, owner, {**HOURS, **data})
    assert caught.value.faults[field].code == code


def test_all_that_is_wrong_is_said_at_once(session, owner):
    wrong = {"currency": "XXL", "bill_rate": "-1", "budget_hours": "-5", "budget_threshold": "120"}
    with pytest.raises(InvalidFields) as caught:
        project_form.create(session, owner, {**HOURS, **wrong})
    assert set(caught.value.faults) == set(wrong)


def test_a_fixed_cost_counts_hours_at_its_own_rate(session, owner):
    session.add(Portal(base_currency="EUR", time_zone="UTC"))
    data = {
        "billing_method": "fixed_cost",
        "price": "9000",
        "cost_tracking": "project_rate",
        "tracking_rate": "45",
    }
    project = make(session, owner, 2 * 3600, **data)
    assert session.get_one(Budget, project.id).cost_tracking is CostTracking.PROJECT_RATE
    seen = project_form.figures_to_now(session, owner, project.id)
    assert (seen.seconds, seen.cost_minor, seen.is_billed) == (7200, 9000, False)


def test_a_budget_below_what_is_spent_is_allowed_and_an_empty_project_goes_with_its_budget(session, owner):
    session.add(Client(name="Acme", currency="EUR"))
    project = make(session, owner, 8 * 3600)
    project_form.update(session, owner, project.id, {"budget_hours": "5"}, 1)
    assert session.get_one(Budget, project.id).seconds == 18000
    empty = make(session, owner, 0, name="Empty")
    projects.delete(session, owner, empty.id)
    assert session.get(Budget, empty.id) is None


def test_who_may_not_see_costs_cannot_change_them(session, owner, member):
    project = make(session, owner, 0, budget_type="amount", budget_cost="5000")
    lead = member.__class__(
        **{
            **member.__dict__,
            "permissions": member.permissions | {p for p in owner.permissions if p == "projects_edit"},
        }
    )
    assert project_form.form_values(session, lead, project.id)["budget_cost"] == ""
    project_form.update(session, lead, project.id, {"name": "New", "budget_cost": "", "bill_rate": ""}, 1)
    assert session.get_one(Budget, project.id).cost_minor == 500000
    assert project.bill_rate == 100
