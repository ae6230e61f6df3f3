from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.models import Portal, Project, TimeLog, User, UserRate
from finance_app.models.kinds import BillingMethod, Role
from finance_app.services import rates
from finance_app.states.people.form import PersonForm
from finance_app.states.people.page import PersonList, PersonPage

DAY = date(2026, 3, 1)


@pytest.fixture
def ada(database) -> str:
    """Somebody with two hours on a project billed by person, at 90 and 40."""
    with db.transaction() as session:
        user = User(name="Ada Byron", email="ada@example.com", job_title="Engineer")
        work = Project(name="Site", currency="EUR", billing_method=BillingMethod.STAFF_HOURS)
        session.add_all([Portal(name="Atelier", base_currency="EUR"), user, work])
        session.flush()
        session.add(UserRate(user_id=user.id, valid_from=DAY, bill_rate=90, cost_rate=40))
        session.add(TimeLog(project_id=work.id, user_id=user.id, day=DAY, seconds=7200))
        rates.price_logs(session)
        return str(user.id)


async def page_of(browser_of, cookie: str, person_id: str) -> PersonPage:
    page = await browser_of(cookie, f"/settings/people/{person_id}", {"person_id": person_id})(PersonPage)
    await PersonPage.load.fn(page)
    return page


def stored() -> list[tuple[date, Decimal | None, Decimal | None]]:
    with db.reading() as session:
        rows = session.exec(select(UserRate).order_by(UserRate.valid_from)).all()
        return [(row.valid_from, row.bill_rate, row.cost_rate) for row in rows]


async def test_a_person_is_added_and_found(database, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    form = await browser_of(cookie, "/settings/people/new")(PersonForm)
    await PersonForm.load_new.fn(form)
    await PersonForm.create.fn(form, {**form.values, "name": "Ada", "email": "nowhere"})
    assert form.errors == {"email": "This is not an e-mail address, such as name@example.com."}
    assert await PersonForm.create.fn(form, {**form.values, "name": "Ada", "weekly_hours": "28"})
    people = await browser_of(cookie, "/settings/people?q=ada&log_in=no")(PersonList)
    await PersonList.load.fn(people)
    assert [(row.name, row.profile, row.month_hours, row.href) for row in people.rows] == [
        ("Ada", "Team member", "0.00", "/settings/people/2")
    ]


async def test_a_manager_sees_people_and_changes_rates_only(ada, log_in, browser_of):
    page = await page_of(browser_of, log_in(Role.MANAGER), ada)
    assert (page.page_state, page.name, page.context) == ("ready", "Ada Byron", "Engineer · Team member")
    assert [(row.bill, row.cost, row.current) for row in page.rate_rows] == [("€90.00", "€40.00", True)]
    await PersonPage.archive.fn(page)
    assert page.notice["kind"] == "error"
    with db.reading() as session:
        assert session.get_one(User, int(ada)).archived_at is None


async def test_a_new_rate_is_shown_before_it_is_saved(ada, log_in, browser_of):
    page = await page_of(browser_of, log_in(Role.MANAGER), ada)
    await PersonPage.open_rate.fn(page, page.rate_rows[0].id)
    assert (page.form_open, page.values["bill_rate"]) == (True, "90")
    given = {"valid_from": "2026-03-01", "bill_rate": "100", "cost_rate": "42,50"}
    assert await PersonPage.save_rate.fn(page, given) is None
    assert (page.change_open, page.form_open, stored()) == (True, True, [(DAY, 90, 40)])
    bills = [(row.name, row.hours, row.before, row.after, row.difference) for row in page.change_bills]
    assert bills == [("Site", "2.00", "€180.00", "€200.00", "+€20.00")]
    assert [(row.before, row.after) for row in page.change_costs] == [("€80.00", "€85.00")]
    assert await PersonPage.confirm_rates.fn(page)
    assert (page.change_open, page.form_open) == (False, False)
    assert stored() == [(DAY, 100, Decimal("42.5"))]


async def test_a_rate_of_the_same_day_is_refused_beside_the_field(ada, log_in, browser_of):
    page = await page_of(browser_of, log_in(Role.OWNER), ada)
    await PersonPage.open_rate.fn(page, 0)
    await PersonPage.save_rate.fn(page, {"valid_from": "2026-03-01", "bill_rate": "100"})
    assert page.errors == {
        "valid_from": "There is already a rate from 1 Mar 2026. Edit that one, or choose another day."
    }
    assert (page.change_open, page.form_open) == (False, True)


async def test_removing_a_rate_always_asks_and_warns_of_time_without_a_rate(ada, log_in, browser_of):
    page = await page_of(browser_of, log_in(Role.OWNER), ada)
    await PersonPage.remove_rate.fn(page, page.rate_rows[0].id)
    assert (page.change_open, page.change_title) == (True, "Remove the rate from 1 Mar 2026?")
    assert (page.change_unpriced, page.change_bills[0].after) == ("2.00", "€0.00")
    assert len(stored()) == 1
    await PersonPage.confirm_rates.fn(page)
    assert stored() == []


async def test_a_team_member_may_open_no_person(ada, log_in, browser_of):
    page = await page_of(browser_of, log_in(Role.MEMBER), ada)
    assert (page.page_state, page.name) == ("denied", "")
