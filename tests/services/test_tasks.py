from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.models import (
    AuditEvent,
    BudgetPart,
    Client,
    Invoice,
    InvoiceLine,
    Portal,
    ProjectMember,
    Task,
    TimeClaim,
    TimeLog,
)
from finance_app.models.kinds import BudgetScope, LineKind, Recurrence, WorkKind, WorkState
from finance_app.services import rates
from finance_app.services.listing import ListQuery
from finance_app.services.projects import directory as projects
from finance_app.services.projects import form as project_form
from finance_app.services.projects import members as project_members
from finance_app.services.projects import milestones
from finance_app.services.tasks import directory as tasks
from finance_app.services.tasks import listing as task_listing
from finance_app.services.tasks import lists as task_lists
from finance_app.services.tasks import moves as task_moves
from finance_app.services.tasks import progress as task_progress

DAY = date(2026, 3, 2)
DATA = {"name": "Site", "code": "SIT", "bill_rate": "100", "billing_method": "task_hours"}


@pytest.fixture
def project(session, owner):
    return project_form.create(session, owner, DATA)


def make(session, owner, project, name="Design", kind=WorkKind.TASK, **data) -> Task:
    return tasks.create(session, owner, project.id, kind, {"name": name, "billable": "on", **data})


def log(session, owner, project, task, seconds=3600, **columns) -> TimeLog:
    row = TimeLog(
        project_id=project.id, task_id=task.id, user_id=owner.user_id, day=DAY, seconds=seconds, **columns
    )
    session.add(row)
    rates.price_logs(session, project_id=project.id)
    session.refresh(row)
    return row


def bill(session, project, row: TimeLog, number: str | None = "INV-1") -> InvoiceLine:
    client = Client(name="Ardent", currency=project.currency)
    session.add(client)
    session.flush()
    invoice = Invoice(
        client_id=client.id, issue_date=DAY, due_date=DAY, currency=project.currency, number=number
    )
    session.add(invoice)
    session.flush()
    line = InvoiceLine(invoice_id=invoice.id, project_id=project.id, kind=LineKind.TIME)
    session.add(line)
    session.flush()
    row.invoice_line_id = line.id
    session.add(
        TimeClaim(
            time_log_id=row.id,
            invoice_id=invoice.id,
            invoice_line_id=line.id,
            tracked_seconds=row.seconds,
            billed_seconds=row.seconds,
            bill_rate=row.bill_rate or Decimal(0),
        )
    )
    session.flush()
    return line


def listed(session, actor, project, kind=WorkKind.TASK, **filters):
    sort = filters.pop("sort", "number")
    search = filters.pop("search", "")
    size = filters.pop("size", 50)
    query = ListQuery(search=search, sort=sort, filters={"project": str(project.id), **filters}, size=size)
    return task_listing.page(session, actor, kind, query)


def test_tasks_and_issues_take_the_next_number_and_their_owner_joins(session, owner, member, project):
    task = make(session, owner, project, owner_id=str(member.user_id))
    issue = make(session, owner, project, "Crash", WorkKind.ISSUE)
    assert (task.number, issue.number) == ("SIT-1", "SIT-2")
    joined = session.execute(select(ProjectMember.user_id)).scalars().all()
    assert joined == [member.user_id]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": " "}, "name", "common.error.required"),
        ({"name": "x" * 501}, "name", "common.error.too_long"),
        ({"percent_done": "101"}, "percent_done", "task.error.percent_range"),
        ({"percent_done": "-1"}, "percent_done", "task.error.percent_range"),
        ({"percent_done": "half"}, "percent_done", "task.error.percent_unreadable"),
        ({"work_hours": "-4"}, "work_hours", "task.error.hours_negative"),
        ({"recurrence": "monthly", "occurrences": "0"}, "occurrences", "task.error.occurrences"),
        ({"recurrence": "hourly"}, "recurrence", "common.error.unknown_choice"),
        ({"bill_rate": "-1"}, "bill_rate", "rate.error.negative"),
        ({"owner_id": "999"}, "owner_id", "common.error.unknown_choice"),
        ({"task_list_id": "999"}, "task_list_id", "common.error.unknown_choice"),
        (
            {"start_date": "2026-03-02", "due_date": "2026-03-01"},
            "due_date",
            "project.error.end_before_start",
        ),
        ({"state": "lost"}, "state", "common.error.unknown_choice"),
    ],
)
def test_a_fault_names_its_field(session, owner, project, changes, field, code):
    with pytest.raises(InvalidFields) as refusal:
        make(session, owner, project, **changes)
    assert {name: fault.code for name, fault in refusal.value.faults.items()} == {field: code}


def test_an_issue_never_has_a_rate_and_a_task_only_where_tasks_are_billed(session, owner, project):
    other = project_form.create(session, owner, {**DATA, "name": "Shop", "billing_method": "project_hours"})
    for where, kind, code in (
        (project, WorkKind.ISSUE, "task.error.issue_rate"),
        (other, WorkKind.TASK, "task.error.rate_method"),
    ):
        with pytest.raises(InvalidFields) as refusal:
            make(session, owner, where, kind=kind, bill_rate="80")
        assert refusal.value.faults["bill_rate"].code == code


def test_a_rate_on_a_task_prices_its_unbilled_time_and_can_be_seen_before(session, owner, project):
    task = make(session, owner, project)
    row = log(session, owner, project, task)
    issue_log = log(session, owner, project, make(session, owner, project, "Crash", WorkKind.ISSUE))
    change = {"bill_rate": "80"}
    seen = rates.tried(session, lambda: tasks.update(session, owner, project.id, task.id, change, 1))
    assert seen.bills == {"EUR": (10_000, 8_000)}
    assert row.bill_rate == 100
    tasks.update(session, owner, project.id, task.id, change, 1)
    session.refresh(row)
    assert (row.bill_rate, issue_log.bill_rate) == (80, 100)
    with pytest.raises(DomainError):
        tasks.update(session, owner, project.id, task.id, change, 1)


def test_a_form_saved_unchanged_changes_nothing_even_after_the_method_changed(session, owner, project):
    task = make(
        session, owner, project,
        bill_rate="80", work_hours="7:20", recurrence="weekly", occurrences="4", percent_done="30",
    )  # fmt: skip
    project_form.update(session, owner, project.id, {"billing_method": "project_hours"}, 1)
    values = tasks.form_values(session, owner, project.id, task.id)
    tasks.update(session, owner, project.id, task.id, values, 1)
    assert (task.version, task.planned_seconds, task.occurrences) == (1, 26_400, 4)


def test_what_is_closed_is_done_and_remembers_how_far_it_was(session, owner, project):
    task = make(session, owner, project, percent_done="60")
    assert task_moves.set_state(session, owner, project.id, [task.id], WorkState.CLOSED) == 1
    assert listed(session, owner, project).rows[0].percent == 100
    values = tasks.form_values(session, owner, project.id, task.id)
    assert values["percent_done"] == "100"
    tasks.update(session, owner, project.id, task.id, {**values, "name": "Designs"}, task.version)
    task_moves.set_state(session, owner, project.id, [task.id], WorkState.OPEN)
    assert listed(session, owner, project).rows[0].percent == 60


def test_planned_times_occurrences_rolls_up_to_the_list_and_the_milestone(session, owner, project):
    phase = milestones.save(session, owner, project.id, None, {"name": "Phase 1"})
    plan = task_lists.save(session, owner, project.id, None, {"name": "Plan", "milestone_id": str(phase.id)})
    one = make(
        session, owner, project,
        task_list_id=str(plan.id), work_hours="2", recurrence="weekly", occurrences="5",
    )  # fmt: skip
    make(session, owner, project, "Talk", task_list_id=str(plan.id), work_hours="1")
    loose = make(session, owner, project, "Loose", work_hours="3")
    log(session, owner, project, one, 5_400)
    found = listed(session, owner, project)
    assert one.recurrence is Recurrence.WEEKLY
    assert [(row.name, row.planned_seconds, row.logged_seconds) for row in found.rows] == [
        ("Design", 36_000, 5_400),
        ("Talk", 3_600, 0),
        ("Loose", 10_800, 0),
    ]
    group = found.totals["groups"][plan.id]
    assert (group.count, group.planned_seconds, group.logged_seconds) == (2, 39_600, 5_400)
    assert found.totals["groups"][None].count == 1
    assert found.totals["all"].planned_seconds == 50_400
    shown = milestones.record(session, owner, project.id, phase.id)
    assert (shown.all_tasks, shown.planned_seconds, shown.logged_seconds) == (2, 39_600, 5_400)
    task_moves.set_milestone(session, owner, project.id, [loose.id], phase.id)
    assert milestones.record(session, owner, project.id, phase.id).planned_seconds == 50_400


def test_filters_orders_and_pages_of_the_list(session, owner, member, project):
    plan = task_lists.save(session, owner, project.id, None, {"name": "Plan"})
    for place in range(1, 13):
        make(
            session, owner, project, f"Task {place}",
            task_list_id=str(plan.id) if place % 2 else "", owner_id=str(member.user_id) if place < 4 else "",
        )  # fmt: skip
    everything = listed(session, owner, project, group="none")
    assert [row.number for row in everything.rows] == [f"SIT-{n}" for n in range(1, 13)]
    assert listed(session, owner, project, list=str(plan.id)).total == 6
    assert listed(session, owner, project, list="none").total == 6
    assert listed(session, owner, project, owner=str(member.user_id)).total == 3
    assert listed(session, member, project, owner="me").total == 3
    assert listed(session, owner, project, search="sk 12").total == 1
    assert listed(session, owner, project, owner="x").total == 0
    assert listed(session, owner, project, WorkKind.ISSUE).total == 0
    second = task_listing.page(
        session, owner, WorkKind.TASK,
        ListQuery(sort="name", filters={"project": str(project.id), "group": "list"}, page=2, size=8),
    )  # fmt: skip
    assert [row.list_id for row in second.rows] == [None] * 4
    for sort in task_listing.ASKS.sorts:
        for group in task_listing.GROUPS:
            assert listed(session, owner, project, sort=sort, group=group).total == 12


def test_rates_and_invoices_show_only_to_those_who_may_see_them(session, owner, member, project):
    task = make(session, owner, project, bill_rate="80")
    bill(session, project, log(session, owner, project, task))
    row = listed(session, owner, project).rows[0]
    assert (row.bill_rate, [number for _, number in row.invoices]) == (80, ["INV-1"])
    row = listed(session, member, project).rows[0]
    assert (row.bill_rate, row.invoices, row.logged_seconds) == (None, (), 3600)
    assert listed(session, owner, project, billed="yes").total == 1
    assert listed(session, owner, project, billed="no").total == 0
    with pytest.raises(DomainError):
        make(session, member, project)


def test_a_task_with_time_is_not_deleted_but_its_time_can_go_to_another(session, owner, project):
    task, other = make(session, owner, project), make(session, owner, project, "Build", bill_rate="50")
    row = log(session, owner, project, task)
    with pytest.raises(DomainError) as refusal:
        task_moves.delete(session, owner, project.id, task.id)
    assert refusal.value.code == "task.error.has_time"
    with pytest.raises(DomainError):
        task_moves.delete(session, owner, project.id, task.id, time_to=task.id)
    task_moves.delete(session, owner, project.id, task.id, time_to=other.id)
    session.refresh(row)
    assert (row.task_id, row.bill_rate, session.get(Task, task.id)) == (other.id, 50, None)
    told = [
        event.action for event in session.execute(select(AuditEvent)).scalars() if event.object_id == task.id
    ]
    assert told[-2:] == ["time_moved", "deleted"]


def test_billed_time_and_closed_periods_hold_a_task(session, owner, project):
    task, other = make(session, owner, project), make(session, owner, project, "Build")
    row = log(session, owner, project, task)
    session.add(Portal(name="Studio", closed_until=DAY))
    session.flush()
    with pytest.raises(DomainError):
        task_moves.move_time(session, owner, project.id, task.id, other.id)
    session.execute(select(Portal)).scalar_one().closed_until = None
    line = bill(session, project, row)
    with pytest.raises(DomainError) as refusal:
        task_moves.move_time(session, owner, project.id, task.id, other.id)
    assert refusal.value.code == "task.error.time_billed"
    row.invoice_line_id = None
    session.execute(select(TimeClaim)).scalar_one().released_at = task.created_at
    task_moves.move_time(session, owner, project.id, task.id, other.id)
    line.task_id = task.id
    session.flush()
    with pytest.raises(DomainError) as refusal:
        task_moves.delete(session, owner, project.id, task.id)
    assert refusal.value.code == "task.error.referred"
    assert task_moves.set_archived(session, owner, project.id, [task.id], True) == 1
    assert task_moves.set_archived(session, owner, project.id, [task.id], True) == 0


def test_a_task_moves_to_another_project_with_its_time_at_the_rates_there(session, owner, project):
    other = project_form.create(
        session,
        owner,
        {"name": "Shop", "billing_method": "project_hours", "bill_rate": "60", "currency": "CHF"},
    )
    make(session, owner, other, "First")
    phase = milestones.save(session, owner, project.id, None, {"name": "Phase 1"})
    task = make(session, owner, project, bill_rate="80", milestone_id=str(phase.id))
    row = log(session, owner, project, task)

    def move():
        return task_moves.move_to_project(session, owner, project.id, [task.id], other.id)

    seen = rates.tried(session, move)
    assert (seen.before_minor, seen.before_currency) == (8_000, "EUR")
    assert (seen.after_minor, seen.after_currency, seen.rates_dropped) == (6_000, "CHF", 1)
    assert session.get_one(Task, task.id).project_id == project.id
    assert move() == seen
    session.refresh(row)
    task = session.get_one(Task, task.id)
    assert (task.project_id, task.milestone_id, task.bill_rate, task.number) == (
        other.id,
        None,
        None,
        "2",
    )
    assert (row.project_id, row.bill_rate) == (other.id, 60)
    with pytest.raises(NotFound):
        move()


def test_a_task_that_an_invoice_holds_stays_in_its_project(session, owner, project):
    other = project_form.create(session, owner, {**DATA, "name": "Shop"})
    task = make(session, owner, project)
    bill(session, project, log(session, owner, project, task), number=None)
    with pytest.raises(DomainError) as refusal:
        task_moves.move_to_project(session, owner, project.id, [task.id], other.id)
    assert refusal.value.code == "task.error.move_billed"
    projects.archive(session, owner, [other.id])
    with pytest.raises(DomainError) as refusal:
        task_moves.move_to_project(session, owner, project.id, [task.id], other.id)
    assert refusal.value.code == "task.error.project_archived"
    with pytest.raises(DomainError):
        task_moves.move_to_project(session, owner, project.id, [task.id], project.id)


def test_a_list_is_archived_with_its_tasks_and_deleted_without_them(session, owner, project):
    phase = milestones.save(session, owner, project.id, None, {"name": "Phase 1"})
    plan = task_lists.save(session, owner, project.id, None, {"name": "Plan", "milestone_id": str(phase.id)})
    one = make(session, owner, project, task_list_id=str(plan.id))
    two = make(session, owner, project, "Old", task_list_id=str(plan.id))
    task_moves.set_archived(session, owner, project.id, [two.id], True)
    assert task_lists.set_archived(session, owner, project.id, plan.id, True) == 1
    assert listed(session, owner, project).total == 0
    assert task_lists.set_archived(session, owner, project.id, plan.id, False) == 1
    session.refresh(two)
    assert two.archived_at is not None
    with pytest.raises(InvalidFields):
        task_lists.save(session, owner, project.id, None, {"name": "PLAN"})
    assert task_lists.delete(session, owner, project.id, plan.id) == 2
    session.refresh(one)
    assert (one.task_list_id, one.milestone_id) == (None, phase.id)


def test_lists_and_milestones_are_put_in_order(session, owner, project):
    for name in ("A", "B", "C"):
        task_lists.save(session, owner, project.id, None, {"name": name})
        milestones.save(session, owner, project.id, None, {"name": name})
    names = [name for _, name, _ in task_lists.suggestions(session, owner, "", 9, str(project.id))]
    assert names == ["A", "B", "C"]
    first = task_lists.suggestions(session, owner, "a", 9, str(project.id))[0][0]
    task_lists.shift(session, owner, project.id, first, True)
    task_lists.shift(session, owner, project.id, first, True)
    task_lists.shift(session, owner, project.id, first, True)
    names = [name for _, name, _ in task_lists.suggestions(session, owner, "", 9, str(project.id))]
    assert names == ["B", "C", "A"]
    last = milestones.suggestions(session, owner, "c", 9, str(project.id))[0][0]
    milestones.shift(session, owner, project.id, last, False)
    rows = milestones.page(
        session, owner, ListQuery(sort="position", filters={"project": str(project.id)})
    ).rows
    assert [row.name for row in rows] == ["A", "C", "B"]


def test_a_milestone_shows_what_is_invoiced_of_it_and_stays_while_an_invoice_names_it(
    session, owner, member, project
):
    phase = milestones.save(
        session, owner, project.id, None, {"name": "Phase 1", "amount": "1 200,50", "due_date": "2026-04-01"}
    )
    assert phase.amount_minor == 120_050
    task = make(session, owner, project, milestone_id=str(phase.id))
    line = bill(session, project, log(session, owner, project, task))
    session.add(
        InvoiceLine(
            invoice_id=line.invoice_id, project_id=project.id, milestone_id=phase.id,
            kind=LineKind.MILESTONE, amount_minor=50_000,
        )
    )  # fmt: skip
    session.flush()
    shown = milestones.record(session, owner, project.id, phase.id)
    assert (shown.invoiced_minor, shown.billed_seconds, shown.amount_minor) == (60_000, 3_600, 120_050)
    unseen = milestones.record(session, member, project.id, phase.id)
    assert (unseen.invoiced_minor, unseen.amount_minor, unseen.billed_seconds) == (None, None, 3_600)
    with pytest.raises(DomainError) as refusal:
        milestones.delete(session, owner, project.id, phase.id)
    assert refusal.value.code == "milestone.error.referred"
    milestones.set_closed(session, owner, project.id, phase.id, True)
    assert milestones.record(session, owner, project.id, phase.id).closed
    for bad in ({"amount": "-1"}, {"name": ""}, {"start_date": "2026-05-01"}, {"due_date": "soon"}):
        with pytest.raises(InvalidFields):
            milestones.save(session, owner, project.id, phase.id, bad, phase.version)
    milestones.save(session, owner, project.id, phase.id, {"name": "Phase A"}, phase.version)
    assert phase.amount_minor == 120_050


def test_members_come_and_go_and_an_agreed_rate_prices_their_unbilled_time(session, owner, member):
    project = project_form.create(session, owner, {"name": "Claims", "billing_method": "staff_hours"})
    project_members.add(session, owner, project.id, {"user_id": str(member.user_id), "bill_rate": "90"})
    row = TimeLog(project_id=project.id, user_id=member.user_id, day=DAY, seconds=7_200)
    session.add(row)
    rates.price_logs(session, project_id=project.id)
    effect = project_members.set_rate(session, owner, project.id, member.user_id, {"bill_rate": "100"})
    assert effect.bills == {"EUR": (18_000, 20_000)}
    shown = project_members.members(session, owner, project.id)
    assert [(who.name, who.seconds, who.own_rate, who.rate) for who in shown] == [
        ("The member", 7_200, 100, 100)
    ]
    for bad in ({"user_id": str(member.user_id)}, {"user_id": ""}, {"user_id": "999"}):
        with pytest.raises(InvalidFields):
            project_members.add(session, owner, project.id, bad)
    task = make(session, owner, project, owner_id=str(member.user_id))
    with pytest.raises(DomainError) as refusal:
        project_members.remove(session, owner, project.id, member.user_id)
    assert refusal.value.code == "project.member.error.owns_tasks"
    task_moves.set_state(session, owner, project.id, [task.id], WorkState.CLOSED)
    effect = project_members.remove(session, owner, project.id, member.user_id)
    assert effect.bills == {"EUR": (20_000, 0)}
    assert [who.joined for who in project_members.members(session, owner, project.id)] == [False]
    assert project_members.members(session, member, project.id) == []


def test_a_rate_of_a_person_belongs_to_projects_billed_by_person(session, owner, member, project):
    with pytest.raises(InvalidFields) as refusal:
        project_members.add(session, owner, project.id, {"user_id": str(member.user_id), "bill_rate": "90"})
    assert refusal.value.faults["bill_rate"].code == "project.member.error.method"


def test_the_limit_of_a_task_in_the_budget_goes_with_it(session, owner, project):
    task = make(session, owner, project)
    session.add(BudgetPart(project_id=project.id, scope=BudgetScope.TASK, part_id=task.id, seconds=3600))
    session.add(BudgetPart(project_id=project.id, scope=BudgetScope.USER, part_id=task.id, seconds=3600))
    session.flush()
    task_moves.delete(session, owner, project.id, task.id)
    left = session.execute(select(BudgetPart.scope)).scalars().all()
    assert left == [BudgetScope.USER]


def test_the_owner_of_a_task_says_how_far_it_is_and_nobody_else_does(session, owner, member, project):
    own = make(session, owner, project, owner_id=str(member.user_id))
    other = make(session, owner, project, "Build", owner_id=str(owner.user_id))
    task_progress.set_percent(session, member, project.id, own.id, "40 %")
    assert (own.percent_done, own.state) == (40, WorkState.OPEN)
    task_progress.set_state(session, member, project.id, own.id, WorkState.CLOSED)
    with pytest.raises(DomainError, match="not_open"):
        task_progress.set_percent(session, member, project.id, own.id, "50")
    for refused in (
        lambda: task_progress.set_percent(session, member, project.id, other.id, "40"),
        lambda: task_progress.set_state(session, member, project.id, other.id, WorkState.CLOSED),
    ):
        with pytest.raises(DomainError, match="not_yours"):
            refused()
    with pytest.raises(DomainError, match="percent_range"):
        task_progress.set_percent(session, owner, project.id, other.id, "101")
