from datetime import date
from decimal import Decimal

from finance_app import db
from finance_app.models import Client, Project, TimeLog
from finance_app.models.kinds import Role
from finance_app.services import rates
from finance_app.states.projects.form import ProjectForm
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.projects.page import ProjectList, ProjectPage
from tests.harness.tabs import go

GIVEN = {"name": "Site", "billing_method": "project_hours", "bill_rate": "95,50"}


async def create(log_in, browser_of) -> str:
    cookie = log_in(Role.OWNER)
    form = await browser_of(cookie, "/projects/new")(ProjectForm)
    await ProjectForm.create.fn(form, GIVEN)
    assert form.errors == {}
    return cookie


async def test_a_new_project_stands_in_the_list_with_its_amount(database, log_in, browser_of):
    cookie = await create(log_in, browser_of)
    state = await browser_of(cookie, "/projects?q=si")(ProjectList)
    await ProjectList.load.fn(state)
    assert [(row.name, row.hours, row.unbilled, row.href) for row in state.rows] == [
        ("Site", "0.00", "€0.00", "/projects/1")
    ]


async def test_a_team_member_sees_the_project_without_amounts(database, log_in, browser_of):
    await create(log_in, browser_of)
    browser = browser_of(log_in(Role.MEMBER), "/projects/1", {"project_id": "1"})
    state, frame = await browser(ProjectPage), await browser(ProjectFrame)
    await ProjectPage.load.fn(state)
    assert (state.page_state, frame.name, state.unbilled) == ("ready", "Site", "")
    await ProjectFrame.archive.fn(frame)
    with db.reading() as session:
        assert session.get_one(Project, 1).archived_at is None


async def test_faults_stand_beside_their_fields_and_an_old_version_is_refused(database, log_in, browser_of):
    cookie = await create(log_in, browser_of)
    form = await browser_of(cookie, "/projects/1/edit", {"project_id": "1"})(ProjectForm)
    await ProjectForm.load.fn(form)
    assert (form.values["bill_rate"], form.chosen["billing_method"]) == ("95.5", "project_hours")
    await ProjectForm.save.fn(form, {**GIVEN, "bill_rate": "-1", "version": "1"})
    assert form.errors == {"bill_rate": "A rate cannot be negative."}
    await ProjectForm.save.fn(form, {**GIVEN, "name": "Late", "version": "7"})
    assert form.notice["kind"] == "error"
    with db.reading() as session:
        assert session.get_one(Project, 1).name == "Site"


async def test_the_form_of_a_new_project_leaves_the_currency_to_the_client(database, log_in, browser_of):
    with db.transaction() as session:
        session.add(Client(name="Lac", currency="CHF"))
    form = await browser_of(log_in(Role.OWNER), "/projects/new")(ProjectForm)
    await ProjectForm.load_new.fn(form)
    await ProjectForm.create.fn(form, {**form.values, **GIVEN, "client_id": "1"})
    with db.reading() as session:
        assert session.get_one(Project, 1).currency == "CHF"


async def test_a_change_of_the_rate_asks_first_and_again_when_time_has_changed(database, log_in, browser_of):
    cookie = await create(log_in, browser_of)

    def log() -> None:
        with db.transaction() as session:
            session.add(TimeLog(project_id=1, user_id=1, day=date(2026, 3, 1), seconds=3600))
            rates.price_logs(session)

    def rate() -> Decimal | None:
        with db.reading() as session:
            return session.get_one(Project, 1).bill_rate

    log()
    form = await browser_of(cookie, "/projects/1/edit", {"project_id": "1"})(ProjectForm)
    await ProjectForm.load.fn(form)
    dearer = {**GIVEN, "bill_rate": "100", "version": "1"}
    assert await ProjectForm.save.fn(form, dearer) is None
    assert (form.change_open, form.change_logs, rate()) == (True, 1, Decimal("95.5"))
    [row] = form.change_bills
    assert (row.name, row.hours, row.before, row.after) == ("Site", "1.00", "€95.50", "€100.00")
    log()
    await ProjectForm.confirm_rates.fn(form)
    assert (form.change_open, form.change_outdated, form.change_logs) == (True, True, 2)
    assert rate() == Decimal("95.5")
    assert await ProjectForm.confirm_rates.fn(form)
    assert (form.change_open, rate()) == (False, 100)
    assert form.notice["text"] == "Saved. 2 unbilled time logs have a new rate"


async def test_a_question_left_open_is_not_answered_on_another_page(database, log_in, browser_of):
    cookie = await create(log_in, browser_of)
    with db.transaction() as session:
        session.add(Project(name="Other", currency="EUR", bill_rate=Decimal(50)))
        session.add(TimeLog(project_id=1, user_id=1, day=date(2026, 3, 1), seconds=3600))
        session.flush()
        rates.price_logs(session)
    form = await browser_of(cookie, "/projects/1/edit", {"project_id": "1"})(ProjectForm)
    await ProjectForm.load.fn(form)
    await ProjectForm.save.fn(form, {**GIVEN, "bill_rate": "100", "version": "1"})
    assert form.change_open
    go(form._get_root_state(), cookie, "/projects/2/edit", project_id="2")
    await ProjectForm.confirm_rates.fn(form)
    assert (form.change_open, form.errors) == (False, {})
    assert "in the meantime" in form.notice["text"]
    with db.reading() as session:
        other = session.get_one(Project, 2)
        assert (other.name, other.bill_rate) == ("Other", Decimal(50))
