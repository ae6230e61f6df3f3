import threading
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from finance_app import db
from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.workflow import ApprovalMove, ApprovalState
from finance_app.models import AuditEvent, Portal, Project, Task, TimeLog, User, UserRate
from finance_app.models.columns import Decimal, now
from finance_app.models.kinds import Role
from finance_app.services.listing import ListQuery
from finance_app.services.time_tracking import approvals, weeks
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking import logs as time_logs
from tests.services.conftest import actor

MONDAY = date(2026, 11, 16)


@pytest.fixture
def portal(session: Session) -> Portal:
    row = Portal(name="Marge", needs_approval=True)
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def project(session: Session, portal: Portal) -> Project:
    row = Project(name="Harbour", currency="EUR", bill_rate=Decimal(90))
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def task(session: Session, project: Project) -> Task:
    row = Task(project_id=project.id or 0, name="Survey", billable=False)
    session.add(row)
    session.flush()
    return row


def form(project: Project, **more: object) -> dict[str, str]:
    data = {"project_id": project.id, "day": MONDAY.isoformat(), "duration": "1:30", **more}
    return {name: str(value) for name, value in data.items()}


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("1:30", 5400), ("1.5", 5400), ("1,5", 5400), ("90m", 5400), ("1h30", 5400), ("24", 86400)],
)
def test_create_reads_what_is_typed_and_sets_the_rates_in_force(session, owner, project, typed, seconds):
    session.add(UserRate(user_id=owner.user_id, valid_from=date(2020, 1, 1), cost_rate=Decimal("31.5")))
    log = time_logs.create(session, owner, form(project, duration=typed))
    assert (log.seconds, log.bill_rate, log.cost_rate) == (seconds, Decimal(90), Decimal("31.5"))
    assert (log.user_id, log.billable, log.approval) == (owner.user_id, True, ApprovalState.OPEN)


@pytest.mark.parametrize(
    ("field", "value"),
    [("duration", v) for v in ("0", "-1", "25h", "soon", "", "9" * 400)]
    + [("day", v) for v in ("", "2026-02-30", "0001-01-01")]
    + [("project_id", v) for v in ("", "999999", "x", "-1")]
    + [("task_id", "999999"), ("user_id", "999999"), ("notes", "x" * 5001)],
)
def test_a_fault_names_its_field(session, owner, project, field, value):
    with pytest.raises(InvalidFields) as refusal:
        time_logs.create(session, owner, form(project, **{field: value}))
    assert set(refusal.value.faults) == {field}


def test_a_task_is_of_its_project_gives_the_flag_and_can_be_made_in_passing(session, owner, project, task):
    assert time_logs.create(session, owner, form(project, task_id=task.id)).billable is False
    other = Project(name="Other", currency="EUR")
    session.add(other)
    session.flush()
    with pytest.raises(InvalidFields) as refusal:
        time_logs.create(session, owner, form(other, task_id=task.id))
    assert set(refusal.value.faults) == {"task_id"}
    first = time_logs.create(session, owner, form(project, task_name="Report"))
    again = time_logs.create(session, owner, form(project, task_name="REPORT"))
    assert first.task_id == again.task_id
    assert session.get_one(Task, first.task_id).name == "Report"


def test_members_have_their_own_time_only(session, owner, member, project):
    mine = time_logs.create(session, member, form(project))
    theirs = time_logs.create(session, owner, form(project))
    with pytest.raises(DomainError, match="not_allowed"):
        time_logs.create(session, member, form(project, user_id=owner.user_id))
    with pytest.raises(DomainError, match="not_allowed"):
        time_logs.change(session, member, mine.id, {"user_id": str(owner.user_id)}, 1)
    for refused in (
        lambda: time_logs.get(session, member, theirs.id),
        lambda: time_logs.change(session, member, theirs.id, {"duration": "2"}, 1),
        lambda: time_logs.delete(session, member, [theirs.id]),
        lambda: time_logs.duplicate(session, member, theirs.id),
        lambda: weeks.week(session, member, owner.user_id, MONDAY, []),
    ):
        with pytest.raises(NotFound):
            refused()
    everything = time_listing.page(session, member, ListQuery(sort="day"))
    assert [row.id for row in everything.rows] == [mine.id]
    assert everything.totals["seconds"] == 5400
    asked = ListQuery(sort="day", filters={"person": str(owner.user_id)})
    assert time_listing.page(session, member, asked).rows == []
    assert time_logs.create(session, owner, form(project, user_id=member.user_id)).user_id == member.user_id


def test_archived_projects_and_people_get_no_new_time(session, owner, member, project):
    log = time_logs.create(session, owner, form(project, user_id=member.user_id))
    project.archived_at = session.get_one(User, member.user_id).archived_at = now()
    session.flush()
    with pytest.raises(InvalidFields) as refusal:
        time_logs.create(session, owner, form(project, user_id=member.user_id))
    assert set(refusal.value.faults) == {"project_id", "user_id"}
    assert time_logs.change(session, owner, log.id, {"notes": "kept"}, 1).notes == "kept"


def test_limits_of_a_log_and_of_a_day(session, owner, portal, project):
    portal.row_limit_seconds, portal.daily_limit_seconds = 4 * 3600, 6 * 3600
    with pytest.raises(DomainError, match="row_limit"):
        time_logs.create(session, owner, form(project, duration="4:01"))
    log = time_logs.create(session, owner, form(project, duration="4"))
    time_logs.create(session, owner, form(project, duration="2"))
    with pytest.raises(DomainError, match="daily_limit"):
        time_logs.create(session, owner, form(project, duration="1m"))
    with pytest.raises(DomainError, match="daily_limit"):
        time_logs.duplicate(session, owner, log.id, MONDAY)
    assert time_logs.change(session, owner, log.id, {"duration": "3:59"}, 1).seconds == 4 * 3600 - 60


def test_a_closed_period_takes_no_new_changed_or_deleted_time(session, owner, portal, project):
    log = time_logs.create(session, owner, form(project))
    later = time_logs.create(session, owner, form(project, day=MONDAY + timedelta(days=1)))
    portal.closed_until = MONDAY
    for refused in (
        lambda: time_logs.create(session, owner, form(project)),
        lambda: time_logs.change(session, owner, log.id, {"duration": "2"}, 1),
        lambda: time_logs.change(session, owner, log.id, {"day": "2026-12-01"}, 1),
        lambda: time_logs.change(session, owner, later.id, {"day": MONDAY.isoformat()}, 1),
        lambda: time_logs.delete(session, owner, [log.id]),
        lambda: time_logs.set_billable(session, owner, [log.id], False),
    ):
        with pytest.raises(DomainError):
            refused()


def test_an_old_version_is_refused_and_a_repeated_request_makes_one_log(session, owner, project):
    log = time_logs.create(session, owner, form(project), "abc")
    assert time_logs.create(session, owner, form(project), "abc").id == log.id
    time_logs.change(session, owner, log.id, {"duration": "2"}, 1)
    with pytest.raises(DomainError, match="changed_meanwhile"):
        time_logs.change(session, owner, log.id, {"duration": "3"}, 1)
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "changed")).one()
    assert (event.before, event.after) == ({"seconds": 5400}, {"seconds": 7200})


def test_deleted_logs_come_back_as_they_were(session, owner, member, project):
    log = time_logs.create(session, owner, form(project, notes="kept"))
    log_id = log.id
    events = time_logs.delete(session, owner, [log_id])
    assert session.get(TimeLog, log_id) is None
    assert time_logs.restore(session, member, events) == 0
    assert time_logs.restore(session, owner, events) == 1
    assert time_logs.restore(session, owner, events) == 0
    back = session.get_one(TimeLog, log_id)
    assert (back.notes, back.seconds, back.day, back.bill_rate) == ("kept", 5400, MONDAY, Decimal(90))


def test_approval_moves_what_may_move_and_says_why_not(session, owner, member, project):
    mine = [time_logs.create(session, member, form(project)).id for _ in range(3)]
    theirs = time_logs.create(session, owner, form(project)).id
    outcome = approvals.move(session, member, [*mine, theirs, 999999], ApprovalMove.SUBMIT)
    assert outcome.moved == mine
    assert {n: fault.code for n, fault in outcome.refused.items()} == {
        theirs: "common.error.not_found",
        999999: "common.error.not_found",
    }
    with pytest.raises(DomainError, match="submitted"):
        time_logs.change(session, member, mine[0], {"duration": "2"}, 2)
    with pytest.raises(DomainError, match="not_allowed"):
        approvals.move(session, member, mine, ApprovalMove.APPROVE)
    with pytest.raises(DomainError, match="note_needed"):
        approvals.move(session, owner, mine, ApprovalMove.REJECT, "  ")
    [sheet] = approvals.to_approve(session, owner)
    assert (sheet.user_id, sheet.monday, sheet.logs, sheet.seconds) == (member.user_id, MONDAY, 3, 3 * 5400)
    assert approvals.ids_of_sheet(session, owner, member.user_id, MONDAY) == mine
    outcome = approvals.move(session, owner, [mine[0], theirs], ApprovalMove.APPROVE)
    assert outcome.refused[theirs].code == "error.time_log.cannot_approve"
    approved = session.get_one(TimeLog, mine[0])
    assert (approved.approval, approved.approved_by_id) == (ApprovalState.APPROVED, owner.user_id)
    approvals.move(session, owner, [mine[1]], ApprovalMove.REJECT, "Wrong project")
    assert session.get_one(TimeLog, mine[1]).approval_note == "Wrong project"
    assert time_logs.change(session, member, mine[1], {"duration": "2"}, 3).seconds == 7200
    approvals.move(session, member, [mine[2]], ApprovalMove.RECALL)
    assert session.get_one(TimeLog, mine[2]).approval is ApprovalState.OPEN
    approvals.move(session, owner, [mine[0]], ApprovalMove.UNAPPROVE)
    assert session.get_one(TimeLog, mine[0]).approved_at is None


def test_without_approval_nothing_moves(session, owner, portal, project):
    portal.needs_approval = False
    with pytest.raises(DomainError, match="no_approval"):
        approvals.move(session, owner, [1], ApprovalMove.SUBMIT)


def test_week_cells_create_change_delete_and_refuse_what_they_did_not_see(session, owner, project, task):
    line, day = (project.id, task.id), MONDAY + timedelta(days=2)

    def cell():
        shown = weeks.week(session, owner, owner.user_id, MONDAY, [line])
        return shown.rows[0].cells[2]

    assert (cell().seconds, cell().seen) == (0, "")
    assert weeks.save_cell(session, owner, owner.user_id, line, day, "1h30", "")
    assert session.exec(select(TimeLog)).one().billable is False
    with pytest.raises(DomainError, match="cell_changed"):
        weeks.save_cell(session, owner, owner.user_id, line, day, "1h30", "")
    seen = cell().seen
    assert weeks.save_cell(session, owner, owner.user_id, line, day, "2", seen)
    assert cell().seconds == 7200
    with pytest.raises(DomainError, match="cell_changed"):
        weeks.save_cell(session, owner, owner.user_id, line, day, "", seen)
    assert weeks.save_cell(session, owner, owner.user_id, line, day, "", cell().seen)
    assert session.exec(select(TimeLog)).all() == []
    for _ in range(2):
        time_logs.create(session, owner, form(project, task_id=task.id, day=day))
    assert len(cell().log_ids) == 2
    with pytest.raises(DomainError, match="several_logs"):
        weeks.save_cell(session, owner, owner.user_id, line, day, "9", cell().seen)
    following = MONDAY + timedelta(days=7)
    assert weeks.lines_of_week_before(session, owner, owner.user_id, following) == [line]


def test_week_shows_locks_and_totals(session, owner, portal, project):
    log = time_logs.create(session, owner, form(project))
    approvals.submit_week(session, owner, owner.user_id, MONDAY)
    shown = weeks.week(session, owner, owner.user_id, MONDAY, [])
    assert shown.rows[0].cells[0].lock == "submitted"
    assert (shown.day_seconds[0], shown.rows[0].seconds, shown.open_logs) == (5400, 5400, 0)
    with pytest.raises(DomainError, match="submitted"):
        weeks.save_cell(
            session, owner, owner.user_id, (project.id, None), MONDAY, "2", f"{log.id}:{log.version}"
        )
    portal.closed_until = MONDAY + timedelta(days=1)
    assert weeks.week(session, owner, owner.user_id, MONDAY, []).rows[0].cells[1].lock == "closed"


def test_list_filters_searches_orders_and_totals(session, owner, member, project, task):
    for n in range(5):
        data = form(project, day=MONDAY + timedelta(days=n), notes=f"note {n}", duration=f"{n + 1}")
        time_logs.create(session, owner, data)
    time_logs.create(session, owner, form(project, user_id=member.user_id, task_id=task.id, duration="9"))

    def hours(search: str = "", **filters: str) -> int:
        found = time_listing.page(session, owner, ListQuery(search, sort="day", filters=filters))
        assert found.totals["seconds"] == sum(row.seconds for row in found.rows)
        return found.totals["seconds"] // 3600

    assert hours() == 24
    assert hours("note 3") == 4
    assert hours("surv") == 9
    assert hours("%") == 0
    assert hours(person=str(member.user_id)) == 9
    assert hours(billable="no") == 9
    assert hours(billed="yes") == 0
    assert hours(approval="submitted") == 0
    assert hours(**{"from": "2026-11-18", "until": "2026-11-19"}) == 7
    assert hours(project="x") == 0
    ordered = time_listing.page(session, owner, ListQuery(sort="hours", descending=True, size=2, page=99))
    assert [row.seconds // 3600 for row in ordered.rows] == [2, 1]
    by_person = time_listing.page(session, owner, ListQuery(sort="person"))
    assert [row.person for row in by_person.rows][:1] == [member.name]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("this_week", "2026-11-23", "2026-11-29"),
        ("last_week", "2026-11-16", "2026-11-22"),
        ("this_month", "2026-11-01", "2026-11-30"),
        ("last_month", "2026-10-01", "2026-10-31"),
    ],
)
def test_periods_start_on_monday_and_with_the_month(name, first, last):
    period = time_listing.period_of(name, date(2026, 11, 25))
    assert period
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


def test_of_two_who_decide_at_once_one_is_told(engine):
    with db.transaction(engine) as session:
        session.add(Portal(name="Marge", needs_approval=True))
        owner = actor(session, Role.OWNER)
        project = Project(name="Harbour", currency="EUR")
        session.add(project)
        session.flush()
        log_id = time_logs.create(session, owner, form(project)).id or 0
        approvals.move(session, owner, [log_id], ApprovalMove.SUBMIT)
    outcomes: list[approvals.Moved] = []
    start = threading.Barrier(2)

    def decide() -> None:
        start.wait()
        with db.transaction(engine) as session:
            outcomes.append(approvals.move(session, owner, [log_id], ApprovalMove.APPROVE))

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(outcome.moved) for outcome in outcomes) == [0, 1]
    assert sorted(len(outcome.refused) for outcome in outcomes) == [0, 1]


def test_a_request_sent_twice_at_once_makes_one_log(engine):
    with db.transaction(engine) as session:
        session.add(Portal(name="Marge", daily_limit_seconds=3 * 3600))
        owner = actor(session, Role.OWNER)
        project = Project(name="Harbour", currency="EUR")
        session.add(project)
        session.flush()
        given = {**form(project), "duration": "2"}
    made: list[int] = []
    start = threading.Barrier(2)

    def submit() -> None:
        start.wait()
        with db.transaction(engine) as session:
            made.append(time_logs.create(session, owner, given, "key").id or 0)

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1
