"""The budget tab, the form with its rules, and the bell, as a browser meets them."""

from datetime import date
from decimal import Decimal

import pytest

from finance_app import db
from finance_app.models import Budget, BudgetPart, Project, Task, TimeLog, User
from finance_app.models.kinds import BudgetScope, BudgetType, Role
from finance_app.services import notices as notices_service
from finance_app.services import rates
from finance_app.states.notices import Bell, NoticeList
from finance_app.states.projects.budget import ProjectBudget
from finance_app.states.projects.form import ProjectForm
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.projects.page import ProjectList

HERE = {"project_id": "1"}


@pytest.fixture
def site(database) -> None:
    """16 h planned, 9 h logged of a budget of 10 h, at 100 an hour."""
    with db.transaction() as session:
        session.add(User(name="Ana"))
        session.add(Project(name="Site", currency="EUR", bill_rate=Decimal(100), start_date=date(2026, 3, 1)))
        session.flush()
        session.add(Task(project_id=1, name="Mock-ups", planned_seconds=16 * 3600))
        session.add(Budget(project_id=1, type=BudgetType.HOURS, seconds=36000, alerts=[80]))
        session.flush()
        session.add(TimeLog(project_id=1, task_id=1, user_id=1, day=date(2026, 3, 2), seconds=9 * 3600))
        session.flush()
        rates.price_logs(session)


async def opened(browser_of, cookie: str, query: str = ""):
    tab = browser_of(cookie, f"/projects/1/budget{query}", HERE)
    state = await tab(ProjectBudget)
    await ProjectBudget.load.fn(state)
    return state, await tab(ProjectFrame)


async def test_the_tab_shows_hours_money_and_health(site, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    state, frame = await opened(browser_of, cookie)
    assert (state.page_state, frame.health, state.unit, state.sees_money) == (
        "ready",
        "at_risk",
        "hours",
        True,
    )
    (row,) = state.rows
    assert (row.name, row.planned, row.actual, row.variance, row.tone) == (
        "Mock-ups",
        "16.00",
        "9.00",
        "−7.00",
        "green",
    )
    assert row.actual_href == "/projects/1/time?task=1"
    shown = {figure.label: (figure.value, figure.note) for figure in state.figures}
    assert shown["Budget"][0] == "10.00 h"
    assert shown["Actual"] == ("9.00 h", "90% used")
    assert shown["Remaining"] == ("1.00 h", "Within budget")
    assert shown["Forecast"] == ("16.00 h", "6.00 h above the budget")
    assert state.has_chart
    assert "50" not in state.rules
    assert "80%" in state.rules
    state, _ = await opened(browser_of, cookie, "?unit=money")
    assert (state.rows[0].planned, state.rows[0].actual) == ("€1,600.00", "€900.00")


async def test_a_team_member_sees_hours_only(site, log_in, browser_of):
    state, _ = await opened(browser_of, log_in(Role.MEMBER), "?unit=money")
    assert (state.page_state, state.unit, state.sees_money) == ("ready", "hours", False)
    assert "€" not in str(state.figures) + str(state.rows) + str(state.points)
    await ProjectBudget.ask_limit.fn(state, "1")
    assert not state.form_open


async def test_a_part_gets_its_own_limit(site, log_in, browser_of):
    with db.transaction() as session:
        session.get_one(Budget, 1).scope = BudgetScope.TASK
    state, _ = await opened(browser_of, log_in(Role.OWNER))
    await ProjectBudget.ask_limit.fn(state, "1")
    assert (state.form_open, state.limit_name) == (True, "Mock-ups")
    await ProjectBudget.save_limit.fn(state, {"limit": "-4"})
    assert state.errors == {"limit": "A budget cannot be negative."}
    await ProjectBudget.save_limit.fn(state, {"limit": "12"})
    assert not state.form_open
    with db.reading() as session:
        assert session.get_one(BudgetPart, 1).seconds == 43200


async def test_the_form_follows_what_is_chosen_and_warns_below_what_is_spent(site, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    form = await browser_of(cookie, "/projects/1/edit", HERE)(ProjectForm)
    await ProjectForm.load.fn(form)
    assert (form.chosen["budget_type"], form.spent_hours, form.spent_cost) == ("hours", "9.00 h", "€900.00")
    await ProjectForm.choose.fn(form, "budget_type", "none")
    await ProjectForm.choose.fn(form, "secret", "x")
    assert (form.chosen["budget_type"], "secret" in form.chosen) == ("none", False)
    await ProjectForm.save.fn(form, {"version": "1", "budget_threshold": "101"})
    assert list(form.errors) == ["budget_threshold"]
    await ProjectForm.save.fn(form, {"version": "1", "budget_hours": "6"})
    assert (form.errors, form.notice["kind"]) == ({}, "warning")
    assert "150%" in form.notice["text"]


async def test_crossing_rings_the_bell_of_the_manager(site, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    with db.transaction() as session:
        session.get_one(Project, 1).manager_id = 2
        session.get_one(Budget, 1).seconds = 72000
    with db.transaction() as session:
        session.get_one(Budget, 1).seconds = 30000
    bell = await browser_of(cookie)(Bell)
    await Bell.ring.fn(bell)
    assert bell.unread == "1"
    notices = await browser_of(cookie, "/notices")(NoticeList)
    await NoticeList.load.fn(notices)
    (row,) = notices.rows
    assert (row.text, row.read, row.href) == ("Site has used 108% of its hours", "no", "/projects/1/budget")
    await NoticeList.open_notice.fn(notices, row.id)
    await Bell.ring.fn(bell)
    assert bell.unread == ""
    await Bell.told.fn(bell)
    assert bell.notice == {}, "what was there before is not said again"
    with db.transaction() as session:
        notices_service.notify(
            session, [2], "estimate_accepted", {"client": "Ardent", "number": "E-1"}, "", "x"
        )
    await Bell.told.fn(bell)
    assert (bell.unread, bell.notice["text"]) == ("1", "Ardent has accepted estimate E-1")


async def test_the_list_has_the_budget_and_finds_what_is_at_risk(site, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/projects?health=at_risk")(ProjectList)
    await ProjectList.load.fn(state)
    (row,) = state.rows
    assert (row.used, row.bar, row.health, row.budget) == ("90%", "90%", "at_risk", "9.00 of 10.00 h")
