from sqlalchemy import func, select

from finance_app import db
from finance_app.models import Client, Portal, Project, ProjectMember, Task, TimeLog
from finance_app.models.kinds import Role, WorkKind
from finance_app.services import rates
from finance_app.services.accounts import identity as accounts
from finance_app.services.projects import form as project_form
from finance_app.services.projects import milestones
from finance_app.services.tasks import directory as tasks
from finance_app.services.time_tracking import logs as time_logs
from finance_app.states.projects.finance import ProjectFinance
from finance_app.states.projects.members import ProjectMembers
from finance_app.states.projects.milestone import MilestoneForm, MilestoneList, MilestonePage
from finance_app.states.projects.milestone_invoices import MilestoneBilling, MilestoneInvoices
from finance_app.states.projects.page import ProjectPage
from finance_app.states.tasks.form import DeleteForm, MoveForm, TaskForm
from finance_app.states.tasks.listing import WorkList
from finance_app.states.tasks.lists import TaskLists
from finance_app.states.tasks.page import TaskPage
from finance_app.states.time_tracking.listing import TimeList

PARAMS = {"project_id": "1"}


def begin(log_in, method: str = "task_hours") -> str:
    """Two projects of the owner; the first has two tasks and an issue. The cookie of the owner."""
    cookie = log_in(Role.OWNER)
    with db.transaction() as session:
        actor = accounts.actor_of(session, cookie.partition("=")[2])
        assert actor is not None
        data = {"code": "SIT", "billing_method": method, "bill_rate": "100"}
        first = project_form.create(session, actor, {"name": "Site", **data})
        project_form.create(
            session, actor, {"name": "Shop", "billing_method": "project_hours", "bill_rate": "60"}
        )
        for kind, name in ((WorkKind.TASK, "Design"), (WorkKind.TASK, "Build"), (WorkKind.ISSUE, "Crash")):
            tasks.create(session, actor, first.id or 0, kind, {"name": name, "billable": "on"})
    return cookie


def log_time(cookie: str, task_id: int, hours: str = "2") -> None:
    with db.transaction() as session:
        actor = accounts.actor_of(session, cookie.partition("=")[2])
        assert actor is not None
        time_logs.create(
            session, actor,
            {"project_id": "1", "task_id": str(task_id), "duration": hours, "day": "2026-03-02",
             "user_id": str(actor.user_id), "billable": "on"},
        )  # fmt: skip


def count(model, **where) -> int:
    with db.reading() as session:
        return session.execute(select(func.count()).select_from(model).filter_by(**where)).scalar_one()


async def test_tasks_and_issues_stand_on_their_own_tabs_under_headings(database, log_in, browser_of):
    cookie = begin(log_in)
    browser = browser_of(cookie, "/projects/1/tasks", PARAMS)
    lists, listed = await browser(TaskLists), await browser(WorkList)
    await TaskLists.show.fn(lists)
    await TaskLists.save.fn(lists, {"name": "Plan", "version": "0"})
    await WorkList.load.fn(listed)
    assert [(row.number, row.name) for row in listed.rows] == [("SIT-1", "Design"), ("SIT-2", "Build")]
    await WorkList.toggle_row.fn(listed, "1")
    move = await browser(MoveForm)
    await MoveForm.ask_selected.fn(move, "list")
    await MoveForm.save.fn(move, {"target": str(lists.rows[0].id)})
    await WorkList.load.fn(listed)
    assert [row.heading for row in listed.rows] == ["Plan", "No task list"]
    assert listed.rows[0].heading_note == "1 task"
    issues = await browser_of(cookie, "/projects/1/issues", PARAMS)(WorkList)
    await WorkList.load.fn(issues)
    assert [row.href for row in issues.rows] == ["/projects/1/issues/3"]


async def test_faults_of_the_form_stand_beside_their_fields(database, log_in, browser_of):
    cookie = begin(log_in)
    form = await browser_of(cookie, "/projects/1/tasks", PARAMS)(TaskForm)
    await TaskForm.open_new.fn(form, "task")
    await TaskForm.save.fn(
        form, {**form.values, "name": "", "percent_done": "130", "work_hours": "-2", "bill_rate": "-1"}
    )
    assert form.errors == {
        "name": "Please fill this in.",
        "percent_done": "130 % is not possible. Give a whole number from 0 to 100.",
        "work_hours": "Work hours cannot be negative.",
        "bill_rate": "A rate cannot be negative.",
    }
    assert form.form_open
    await TaskForm.save.fn(form, {**form.values, "name": "Test"})
    assert (form.form_open, count(Task, name="Test")) == (False, 1)


async def test_a_rate_that_changes_unbilled_time_is_asked_about_first(database, log_in, browser_of):
    cookie = begin(log_in)
    log_time(cookie, 1)
    form = await browser_of(cookie, "/projects/1/tasks", PARAMS)(TaskForm)
    await TaskForm.open_task.fn(form, 1)
    await TaskForm.save.fn(form, {**form.values, "bill_rate": "80"})
    assert form.change_open
    assert [(row.before, row.after) for row in form.change_bills] == [("€200.00", "€160.00")]
    assert count(Task, bill_rate=None) == 3
    await TaskForm.confirm_rates.fn(form)
    assert (form.form_open, count(Task, bill_rate=None)) == (False, 2)


async def test_a_task_with_time_is_deleted_only_after_its_time_has_moved(database, log_in, browser_of):
    cookie = begin(log_in)
    log_time(cookie, 1)
    form = await browser_of(cookie, "/projects/1/tasks", PARAMS)(DeleteForm)
    await DeleteForm.ask.fn(form, 1)
    assert (form.logs, form.hours, form.billed) == (1, "2.00", False)
    await DeleteForm.save.fn(form, {"time_to": ""})
    assert form.errors["time_to"].startswith("Choose the task")
    await DeleteForm.save.fn(form, {"time_to": "1"})
    assert form.errors["time_to"].startswith("Choose another task")
    await DeleteForm.save.fn(form, {"time_to": "2"})
    assert (count(Task), count(TimeLog, task_id=2)) == (2, 1)


async def test_a_move_to_another_project_tells_before_what_it_does(database, log_in, browser_of):
    cookie = begin(log_in)
    log_time(cookie, 1)
    form = await browser_of(cookie, "/projects/1/tasks/1", {**PARAMS, "task_id": "1"})(MoveForm)
    await MoveForm.ask_task.fn(form, "project", 1)
    await MoveForm.look.fn(form, "2", "Shop")
    assert "Unbilled: €200.00 → €120.00" in form.effect
    assert count(Task, project_id=2) == 0
    await MoveForm.look.fn(form, "1", "Site")
    assert form.refused == "It is in this project already. Choose another."
    await MoveForm.save.fn(form, {"target": "2"})
    assert (count(Task, project_id=2), count(TimeLog, project_id=2)) == (1, 1)


async def test_the_page_of_a_task_shows_its_time_and_its_story(database, log_in, browser_of):
    cookie = begin(log_in)
    log_time(cookie, 1)
    page = await browser_of(cookie, "/projects/1/tasks/1", {**PARAMS, "task_id": "1"})(TaskPage)
    await TaskPage.set_state.fn(page, "closed")
    await TaskPage.load.fn(page)
    assert (page.page_state, page.state, page.details["percent"], page.log_count) == (
        "ready",
        "closed",
        "100%",
        1,
    )
    assert [event.what for event in page.history] == ["The owner closed it", "The owner created it"]
    other = await browser_of(cookie, "/projects/2/tasks/1", {"project_id": "2", "task_id": "1"})(TaskPage)
    await TaskPage.load.fn(other)
    assert other.page_state == "missing"


async def test_milestones_are_made_closed_and_deleted(database, log_in, browser_of):
    cookie = begin(log_in)
    browser = browser_of(cookie, "/projects/1/milestones", PARAMS)
    form, listed = await browser(MilestoneForm), await browser(MilestoneList)
    await MilestoneForm.open_milestone.fn(form, 0)
    await MilestoneForm.save.fn(form, {**form.values, "name": "One", "amount": "-1"})
    assert set(form.errors) == {"amount"}
    await MilestoneForm.save.fn(form, {**form.values, "name": "One", "amount": "900"})
    await MilestoneList.load.fn(listed)
    assert [(row.name, row.state, row.amount) for row in listed.rows] == [("One", "open", "€900.00")]
    page = await browser_of(cookie, "/projects/1/milestones/1", {**PARAMS, "milestone_id": "1"})(
        MilestonePage
    )
    await MilestonePage.set_closed.fn(page, True)
    await MilestonePage.load.fn(page)
    assert page.row.state == "closed"
    await MilestonePage.delete.fn(page)
    with db.reading() as session:
        actor = accounts.actor_of(session, cookie.partition("=")[2])
        assert actor is not None
        assert milestones.suggestions(session, actor, "", 5, "1") == []


async def test_people_join_and_their_rate_is_asked_about_before_it_changes_time(database, log_in, browser_of):
    cookie = begin(log_in, "staff_hours")
    log_in(Role.MEMBER)
    page = await browser_of(cookie, "/projects/1", PARAMS)(ProjectMembers)
    dashboard = await browser_of(cookie, "/projects/1", PARAMS)(ProjectPage)
    await ProjectPage.load.fn(dashboard)
    assert (dashboard.open_tasks, dashboard.open_issues, dashboard.months) == ("2", "1", [])
    await ProjectMembers.open_new.fn(page)
    await ProjectMembers.save.fn(page, {"user_id": "1", "bill_rate": "90"})
    assert count(ProjectMember) == 1
    log_time(cookie, 1)
    with db.transaction() as session:
        rates.price_logs(session, project_id=1)
    await ProjectMembers.open_rate.fn(page, 1)
    await ProjectMembers.save.fn(page, {"bill_rate": "100"})
    assert page.change_open
    assert [(row.before, row.after) for row in page.change_bills] == [("€180.00", "€200.00")]
    await ProjectMembers.confirm_rates.fn(page)
    await ProjectMembers.remove.fn(page, 1)
    assert page.change_open
    await ProjectMembers.confirm_rates.fn(page)
    assert count(ProjectMember) == 0


async def test_the_tabs_time_and_finance_are_those_of_the_project(database, log_in, browser_of):
    cookie = begin(log_in)
    log_time(cookie, 1)
    time = await browser_of(cookie, "/projects/2/time", {"project_id": "2"})(TimeList)
    await TimeList.load.fn(time)
    assert (time.total, time.narrowed) == (0, False)
    time = await browser_of(cookie, "/projects/1/time?task=1", PARAMS)(TimeList)
    await TimeList.load.fn(time)
    assert (time.total, time.narrowed) == (1, True)
    finance = await browser_of(cookie, "/projects/1/finance", PARAMS)(ProjectFinance)
    await ProjectFinance.load.fn(finance)
    assert (finance.unbilled, finance.sums) == ("€200.00", [])
    member = await browser_of(log_in(Role.MEMBER), "/projects/1/finance", PARAMS)(ProjectFinance)
    await ProjectFinance.load.fn(member)
    assert member.page_state == "denied"


async def test_a_milestone_is_billed_by_the_lines_of_the_wizard(database, log_in, browser_of):
    cookie = begin(log_in)
    with db.transaction() as session:
        actor = accounts.actor_of(session, cookie.partition("=")[2])
        portal = session.execute(select(Portal)).scalars().first() or Portal()
        portal.milestone_invoicing = True
        client = Client(name="Ardent", currency="EUR")
        session.add_all([portal, client])
        session.flush()
        session.get_one(Project, 1).client_id = client.id
        milestones.save(session, actor, 1, None, {"name": "Design", "amount": "1000"})
    browser = browser_of(cookie, "/projects/1/milestones/1", {**PARAMS, "milestone_id": "1"})
    dialog = await browser(MilestoneBilling)
    await MilestoneBilling.open_billing.fn(dialog, 1, "Design")
    assert (dialog.refused, dialog.form_open) == ("", True)
    assert [each["value"] for each in dialog.options] == ["rest", "fixed", "custom"]
    await MilestoneBilling.set_basis.fn(dialog, "custom")
    given = {**dialog.values, "since": "2026-10-01", "until": "2026-10-31"}
    for fault, field in (
        ({"amount": "much"}, "amount"), ({"amount": "-5"}, "amount"), ({"since": "2026-11-01"}, "since"),
        ({"until": ""}, "until"), ({"amount": "5", "name_project": "", "name_milestone": ""}, "name_project"),
    ):  # fmt: skip
        dialog.errors = {}
        await MilestoneBilling.preview.fn(dialog, {**given, **fault})
        assert list(dialog.errors) == [field], fault
    went = await MilestoneBilling.preview.fn(dialog, {**given, "amount": "40 %", "time": "on"})
    address = str(went.args[0][1])
    assert "phases=1~percent~40~t" in address.replace("%7E", "~")
    assert "since=2026-10-01" in address
    assert not dialog.form_open
    listed = await browser(MilestoneInvoices)
    await MilestoneInvoices.load.fn(listed)
    assert (listed.shown, listed.rows) == (True, [])
