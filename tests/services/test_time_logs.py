from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.workflow import ApprovalMove
from finance_app.models import AuditEvent, Invoice, InvoiceLine, Portal, Project, Task, TimeLog, User
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, BillingMethod, Role
from finance_app.services import approvals, clients, time_listing, time_logs, weeks
from tests.services.conftest import actor

DAY = date(2026, 3, 4)


def add(session: Session, row):
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def portal(session):
    return add(session, Portal(name="Ardent"))


@pytest.fixture
def project(session, portal):
    return add(session, Project(name="Site", currency="EUR", bill_rate=Decimal(100)))


@pytest.fixture
def task(session, project):
    return add(session, Task(project_id=project.id, name="Design", billable=False))


@pytest.fixture
def given(project):
    return {"project_id": str(project.id), "day": DAY.isoformat(), "duration": "1:30", "notes": "Home page"}


def event_of(session: Session, action: str) -> AuditEvent:
    kind = AuditEvent.object_kind
    return session.exec(select(AuditEvent).where(kind == "time_log", AuditEvent.action == action)).one()


def bill(session, owner, log: TimeLog, number: str | None = None) -> Invoice:
    client = clients.create(session, owner, {"name": f"Client {log.id}"})
    invoice = add(
        session, Invoice(client_id=client.id, issue_date=DAY, due_date=DAY, currency="EUR", number=number)
    )
    line = add(session, InvoiceLine(invoice_id=invoice.id, project_id=log.project_id))
    log.invoice_line_id = line.id
    session.add(log)
    session.flush()
    return invoice


@pytest.mark.parametrize(
    ("typed", "seconds"), [("1:30", 5400), ("1.5", 5400), ("1,5", 5400), ("90m", 5400), ("1h30", 5400)]
)
def test_a_new_log_has_its_seconds_and_rate(session, owner, given, typed, seconds):
    log = time_logs.create(session, owner, {**given, "duration": typed})
    assert (log.seconds, log.bill_rate, log.user_id, log.billable) == (seconds, 100, owner.user_id, True)
    assert (log.approval, log.version) == (ApprovalState.OPEN, 1)


def test_the_task_decides_whether_it_is_billable_unless_somebody_does(session, owner, given, task):
    of_task = {**given, "task_id": str(task.id)}
    assert not time_logs.create(session, owner, of_task).billable
    assert time_logs.create(session, owner, {**of_task, "billable": "on"}).billable


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"duration": "0"}, "duration", "error.duration.not_positive"),
        ({"duration": "-1"}, "duration", "error.duration.not_positive"),
        ({"duration": "25"}, "duration", "time.error.row_limit"),
        ({"duration": "a while"}, "duration", "error.duration.unreadable"),
        ({"duration": ""}, "duration", "error.duration.empty"),
        ({"duration": "9" * 5000}, "duration", "error.duration.unreadable"),
        ({"day": ""}, "day", "common.error.required"),
        ({"day": "2026-02-30"}, "day", "time.error.day"),
        ({"day": "0001-01-01"}, "day", "time.error.day"),
        ({"project_id": ""}, "project_id", "common.error.required"),
        ({"project_id": "999"}, "project_id", "common.error.unknown_choice"),
        ({"user_id": "999"}, "user_id", "common.error.unknown_choice"),
        ({"task_id": "999"}, "task_id", "time.error.other_task"),
        ({"notes": "x" * 5001}, "notes", "common.error.too_long"),
    ],
)
def test_a_fault_names_its_field(session, owner, given, changes, field, code):
    with pytest.raises(InvalidFields) as refused:
        time_logs.create(session, owner, {**given, **changes})
    assert {name: fault.code for name, fault in refused.value.faults.items()} == {field: code}


def test_a_task_of_another_project_is_refused(session, owner, given, task):
    other = add(session, Project(name="Shop", currency="EUR"))
    with pytest.raises(InvalidFields) as refused:
        time_logs.create(session, owner, {**given, "project_id": str(other.id), "task_id": str(task.id)})
    assert list(refused.value.faults) == ["task_id"]


def test_archived_projects_and_people_take_no_new_time(session, owner, member, given, project):
    log = time_logs.create(session, owner, {**given, "user_id": str(member.user_id)})
    project.archived_at = session.get_one(User, member.user_id).archived_at = now()
    session.flush()
    with pytest.raises(InvalidFields) as refused:
        time_logs.create(session, owner, {**given, "user_id": str(member.user_id)})
    assert set(refused.value.faults) == {"project_id", "user_id"}
    assert time_logs.save(session, owner, log.id, {"notes": "Old"}, 1).notes == "Old"


def test_a_closed_period_takes_no_time_and_keeps_what_it_has(session, owner, given, portal):
    log = time_logs.create(session, owner, given)
    portal.closed_until = DAY
    session.flush()
    with pytest.raises(InvalidFields):
        time_logs.create(session, owner, given)
    for refused in (
        lambda: time_logs.save(session, owner, log.id, {"day": "2026-03-05"}, 1),
        lambda: time_logs.remove(session, owner, log.id),
    ):
        with pytest.raises(DomainError) as closed:
            refused()
        assert closed.value.code == "error.period.closed"


def test_limits_of_an_entry_and_of_a_day(session, owner, given, portal):
    portal.row_limit_seconds, portal.daily_limit_seconds = 6 * 3600, 8 * 3600
    session.flush()
    with pytest.raises(InvalidFields):
        time_logs.create(session, owner, {**given, "duration": "6:01"})
    log = time_logs.create(session, owner, {**given, "duration": "6"})
    with pytest.raises(InvalidFields) as refused:
        time_logs.create(session, owner, {**given, "duration": "2:01"})
    assert refused.value.faults["duration"].params["left"] == "2:00"
    time_logs.create(session, owner, {**given, "duration": "2"})
    assert time_logs.save(session, owner, log.id, {"duration": "5:59"}, 1).seconds == 21540


def test_a_change_is_priced_anew_audited_and_counted(session, owner, given, project, task):
    project.billing_method, task.bill_rate = BillingMethod.TASK_HOURS, Decimal(140)
    log = time_logs.create(session, owner, given)
    changed = time_logs.save(session, owner, log.id, {"task_id": str(task.id), "duration": "2"}, 1)
    assert (changed.bill_rate, changed.seconds, changed.version) == (140, 7200, 2)
    event = event_of(session, "changed")
    assert event.before == {"task_id": None, "duration": "1:30"}
    with pytest.raises(DomainError) as stale:
        time_logs.save(session, owner, log.id, {"duration": "3"}, 1)
    assert stale.value.code == "common.error.changed_meanwhile"


def test_the_same_submit_makes_one_log(session, owner, given):
    again = {**given, "request_key": "abc"}
    first = time_logs.create(session, owner, again)
    assert time_logs.create(session, owner, again).id == first.id
    assert len(session.exec(select(TimeLog)).all()) == 1


def test_a_team_member_has_own_time_only(session, owner, member, given):
    other = time_logs.create(session, owner, given)
    own = time_logs.create(session, member, given)
    with pytest.raises(DomainError):
        time_logs.create(session, member, {**given, "user_id": str(owner.user_id)})
    with pytest.raises(InvalidFields):
        time_logs.save(session, member, own.id, {"user_id": str(owner.user_id)}, 1)
    for refused in (
        lambda: time_logs.get(session, member, other.id),
        lambda: time_logs.save(session, member, other.id, {"notes": "mine"}, 1),
        lambda: time_logs.remove(session, member, other.id),
        lambda: time_logs.duplicate_values(session, member, other.id),
    ):
        with pytest.raises(NotFound):
            refused()
    found = time_listing.page(session, member, time_listing.ASKS.read({"person": str(owner.user_id)}))
    assert found.rows == []
    found = time_listing.page(session, member, time_listing.ASKS.read({}))
    assert [row.id for row in found.rows] == [own.id]
    with pytest.raises(DomainError):
        weeks.week(session, member, owner.user_id, DAY)


def test_a_billed_log_is_locked_and_names_its_invoice(session, owner, member, given):
    log = time_logs.create(session, member, given)
    invoice = bill(session, owner, log, "INV-2026-0001")
    for refused in (
        lambda: time_logs.save(session, owner, log.id, {"duration": "2"}, 1),
        lambda: time_logs.remove(session, owner, log.id),
    ):
        with pytest.raises(DomainError) as locked:
            refused()
        assert locked.value.code == "error.time_log.billed"
    _, _, origin = time_logs.details(session, owner, log.id)
    assert (origin.invoice_id, origin.invoice) == (invoice.id, "INV-2026-0001")
    _, _, origin = time_logs.details(session, member, log.id)
    assert origin.invoice_id is None


def test_delete_keeps_its_history(session, owner, given):
    log_id = time_logs.create(session, owner, given).id
    time_logs.remove(session, owner, log_id)
    assert session.get(TimeLog, log_id) is None
    assert event_of(session, "deleted").before["duration"] == "1:30"


def test_the_list_finds_and_adds_up(session, owner, given, task, project):
    client = clients.create(session, owner, {"name": "Ardent"})
    project.client_id = client.id
    a = time_logs.create(session, owner, given)
    b = time_logs.create(
        session, owner, {**given, "task_id": str(task.id), "notes": "100%", "day": "2026-03-20"}
    )
    bill(session, owner, a)

    def ids(**params):
        found = time_listing.page(
            session, owner, time_listing.ASKS.read({k.strip("_"): v for k, v in params.items()})
        )
        return [row.id for row in found.rows]

    assert ids() == [b.id, a.id]
    assert ids(q="design") == [b.id]
    assert ids(q="0%") == [b.id]
    assert ids(billed="yes") == [a.id]
    assert ids(billed="no") == []
    assert ids(billable="no") == [b.id]
    assert ids(client=str(client.id), from_="2026-03-10", until="2026-03-31") == [b.id]
    assert ids(period="this_week") == []
    assert ids(import_="7") == []
    assert ids(sort="hours") == [a.id, b.id]
    totals = time_listing.page(session, owner, time_listing.ASKS.read({})).totals
    assert totals == {"seconds": 10800, "billable": 5400}


def test_named_periods():
    wednesday = date(2026, 11, 25)
    periods = {name: time_listing.period_of(name, wednesday) for name in time_listing.TimePeriod}
    assert {(p.first.isoformat(), p.last.isoformat()) for p in periods.values() if p} == {
        ("2026-11-23", "2026-11-29"),
        ("2026-11-16", "2026-11-22"),
        ("2026-11-01", "2026-11-30"),
        ("2026-10-01", "2026-10-31"),
    }


def test_approval_by_the_right_people(session, owner, member, given, portal):
    log = time_logs.create(session, member, given)
    with pytest.raises(DomainError) as off:
        approvals.move(session, member, log.id, ApprovalMove.SUBMIT)
    assert off.value.code == "time.error.no_approval"
    portal.needs_approval = True
    session.flush()
    approvals.move(session, member, log.id, ApprovalMove.SUBMIT)
    with pytest.raises(DomainError):
        time_logs.save(session, member, log.id, {"duration": "2"}, log.version)
    with pytest.raises(DomainError):
        approvals.move(session, member, log.id, ApprovalMove.APPROVE)
    with pytest.raises(DomainError) as noteless:
        approvals.move(session, owner, log.id, ApprovalMove.REJECT, "  ")
    assert noteless.value.params == {"field": "note"}
    approvals.move(session, owner, log.id, ApprovalMove.REJECT, "Too long")
    assert (log.approval, log.approval_note, log.approved_by_id) == ("rejected", "Too long", owner.user_id)
    changed = time_logs.save(session, member, log.id, {"duration": "1"}, log.version)
    assert changed.approval is ApprovalState.OPEN
    approvals.move(session, member, log.id, ApprovalMove.SUBMIT)
    approvals.move(session, owner, log.id, ApprovalMove.APPROVE)
    approvals.move(session, owner, log.id, ApprovalMove.UNAPPROVE)
    approvals.move(session, member, log.id, ApprovalMove.RECALL)
    assert log.approval is ApprovalState.OPEN


def test_bulk_moves_tell_what_stayed_and_why(session, owner, given, portal):
    portal.needs_approval = True
    logs = [time_logs.create(session, owner, {**given, "notes": str(n)}) for n in range(4)]
    approvals.move_all(session, owner, [log.id for log in logs[:3]], ApprovalMove.SUBMIT)
    bill(session, owner, logs[0])
    ids = [*(log.id for log in logs), 999]
    outcome = approvals.move_all(session, owner, ids, ApprovalMove.APPROVE)
    assert outcome == approvals.Outcome(
        2, {"error.time_log.billed": 1, "error.time_log.cannot_approve": 1, "common.error.not_found": 1}
    )
    outcome = approvals.remove_all(session, owner, ids)
    assert (outcome.done, outcome.refused["error.time_log.approved"]) == (1, 2)
    with pytest.raises(DomainError):
        approvals.move_all(session, actor(session, Role.MEMBER), ids, ApprovalMove.APPROVE)


def test_a_log_claimed_meanwhile_cannot_be_unapproved(session, owner, given, portal):
    portal.needs_approval = True
    log = time_logs.create(session, owner, given)
    approvals.move(session, owner, log.id, ApprovalMove.SUBMIT)
    approvals.move(session, owner, log.id, ApprovalMove.APPROVE)
    invoice = bill(session, owner, log)
    assert invoice.id
    line = log.invoice_line_id
    # As if this transaction had read the log before the claim.
    set_committed_value(log, "invoice_line_id", None)
    with pytest.raises(DomainError) as refused:
        approvals.move(session, owner, log.id, ApprovalMove.UNAPPROVE)
    assert refused.value.code == "error.time_log.billed"
    assert (log.approval, log.invoice_line_id) == (ApprovalState.APPROVED, line)


def test_billable_in_bulk(session, owner, given):
    logs = [time_logs.create(session, owner, {**given, "notes": str(n)}) for n in range(2)]
    assert approvals.set_billable(session, owner, [log.id for log in logs], False).done == 2
    assert not any(log.billable for log in logs)


def test_cells_create_change_and_delete(session, owner, project, task):
    monday = DAY - timedelta(days=DAY.weekday())
    row = (project.id, task.id)

    def cell():
        shown = weeks.week(session, owner, owner.user_id, monday, (row,))
        return next(one for one in shown.rows[0].cells if one.day == DAY)

    def write(text, seen):
        weeks.save_cell(
            session, owner, owner.user_id, row, DAY, text, log_id=seen.log_id, version=seen.version
        )

    empty = cell()
    write("2", empty)
    write("2", empty)
    first = cell()
    assert (first.seconds, first.count) == (7200, 1)
    with pytest.raises(DomainError) as faster:
        write("4", empty)
    assert faster.value.code == "common.error.changed_meanwhile"
    write("3", first)
    with pytest.raises(DomainError):
        write("5", first)
    with pytest.raises(DomainError):
        write("lots", cell())
    with pytest.raises(DomainError):
        write("25", cell())
    assert cell().seconds == 10800
    write("", cell())
    assert cell().count == 0


def test_a_cell_of_several_logs_or_notes_is_not_overwritten(session, owner, given, project):
    row, monday = (project.id, None), DAY - timedelta(days=DAY.weekday())
    log = time_logs.create(session, owner, given)
    with pytest.raises(DomainError) as noted:
        weeks.save_cell(session, owner, owner.user_id, row, DAY, "", log_id=log.id, version=1)
    assert noted.value.code == "time.error.has_notes"
    time_logs.create(session, owner, given)
    with pytest.raises(DomainError) as several:
        weeks.save_cell(session, owner, owner.user_id, row, DAY, "5", log_id=log.id, version=1)
    assert several.value.code == "time.error.several"
    assert weeks.recent_rows(session, owner, owner.user_id, monday + timedelta(days=7)) == (row,)
