import os
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.integrations.timesheet_files import Field
from finance_app.models import (
    Client,
    ImportShape,
    Invoice,
    Portal,
    Project,
    ProjectMember,
    Task,
    TimeClaim,
    TimeImport,
    TimeLog,
    User,
)
from finance_app.models.kinds import ApprovalState, BillingMethod, Role, WorkKind, WorkState
from finance_app.services import files, time_import
from finance_app.services.listing import ListQuery
from finance_app.services.time_import import Kind, drafts
from tests.services.conftest import actor

HEAD = "Client,Project,Task number,Task,Person,Date,Hours,Estimated hours,Billable,Approval,Status\n"
ROWS = [
    "Acme,Website,1,Design,Ann,2025-03-14,1.5,4,yes,approved,finished",
    "Acme,Website,1,Design,Bob,2025-03-15,2,4,no,pending,finished",
    "Acme,Website,1,Design,Bob,2025-03-15,2,4,no,pending,finished",
    "Bolt,Website,1,Design,Ann,2025-03-16,0.01,,yes,,",
]
TRIAL = os.environ.get("MARGE_TRIAL_FILE", "")

Draft = Callable[..., int]


def stored(session: Session, actor, content: bytes, name: str = "june.csv") -> int:
    with files.Incoming(10_000_000) as incoming:
        incoming.write(content)
        shape = time_import.check_file(incoming.finish())
        return drafts.start(session, actor, name=name, sha256=incoming.keep(), shape=shape).id or 0


@pytest.fixture
def draft(session: Session, owner) -> Draft:
    def make(rows: list[str], head: str = HEAD) -> int:
        return stored(session, owner, (head + "\n".join(rows) + "\n").encode())

    return make


def reasons(tally) -> dict[int, list[str]]:
    return {row.line: [reason.code for reason in row.reasons] for row in tally.bad_rows}


def count(session: Session, model) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def test_import_creates_what_the_rows_name(session, owner, draft):
    before = time_import.dry_run(session, owner, draft(ROWS)).tally
    assert (before.good, before.seconds) == (4, 5400 + 7200 + 7200 + 36)
    assert count(session, TimeLog) == count(session, Project) == 0
    tally = time_import.apply(session, owner, draft(ROWS))
    assert {kind: len(made) for kind, made in tally.made.items() if made} == {
        Kind.CLIENT: 2,
        Kind.PROJECT: 2,
        Kind.TASK: 2,
        Kind.PERSON: 2,
    }
    first, *_ = session.exec(select(TimeLog).order_by(col(TimeLog.id))).all()
    assert (first.day, first.seconds, first.billable) == (date(2025, 3, 14), 5400, True)
    assert session.exec(select(func.sum(TimeLog.seconds))).one() == before.seconds
    task = session.get_one(Task, first.task_id)
    assert (task.number, task.planned_seconds, task.state) == ("1", 4 * 3600, WorkState.CLOSED)
    assert session.exec(select(User.email).where(User.name == "Ann")).one() is None


def test_same_file_twice_adds_nothing(session, owner, draft):
    time_import.apply(session, owner, draft(ROWS))
    again = time_import.apply(session, owner, draft(ROWS))
    assert (again.good, again.known, again.rows) == (0, 4, 4)
    assert count(session, TimeLog) == 4
    assert count(session, Project) == 2


def test_overlapping_file_adds_its_new_rows_only(session, owner, draft):
    time_import.apply(session, owner, draft(ROWS[:2]))
    more = time_import.apply(session, owner, draft([*ROWS[:3], ROWS[0].replace("-14", "-20")]))
    assert (more.good, more.known) == (2, 2)
    assert count(session, Task) == 1


def test_a_draft_is_applied_once(session, owner, draft):
    import_id = draft(ROWS)
    time_import.apply(session, owner, import_id)
    with pytest.raises(DomainError, match="already_applied"):
        time_import.apply(session, owner, import_id)


def test_names_match_whatever_their_case(session, owner, draft):
    client = Client(name="ÉLAN", currency="EUR")
    person = User(name="zoë")
    session.add_all([client, person])
    session.flush()
    project = Project(name="Refonte", client_id=client.id, currency="EUR")
    session.add(project)
    session.flush()
    tally = time_import.apply(session, owner, draft(["Élan,refonte,,Logo,ZOË,2025-03-14,1,,,,"]))
    assert not tally.made[Kind.PROJECT]
    assert not tally.made[Kind.PERSON]
    log = session.exec(select(TimeLog)).one()
    assert (log.project_id, log.user_id) == (project.id, person.id)


def test_project_of_another_client_is_reported(session, owner, draft):
    client = Client(name="Acme", currency="EUR")
    session.add(client)
    session.flush()
    session.add(Project(name="Website", client_id=client.id, currency="EUR"))
    session.flush()
    tally = time_import.dry_run(session, owner, draft(ROWS)).tally
    assert reasons(tally) == {5: ["project_of_another_client"]}
    assert "Acme" in tally.bad_rows[0].reasons[0].text("en")


def test_decision_creates_the_project_of_another_client(session, owner, draft):
    client = Client(name="Acme", currency="EUR")
    session.add(client)
    session.flush()
    session.add(Project(name="Website", client_id=client.id, currency="EUR"))
    session.flush()
    import_id = draft(ROWS)
    key = time_import.project_key("Bolt", "Website")
    drafts.choose(session, owner, import_id, {"names": {"project": {key: {"action": "create"}}}})
    tally = time_import.apply(session, owner, import_id)
    assert (tally.bad, count(session, Project)) == (0, 2)


def test_names_are_matched_or_left_out_by_decision(session, owner, draft):
    known = User(name="Ann Lee")
    session.add(known)
    session.flush()
    import_id = draft(ROWS)
    names = {"person": {"ann": {"action": "match", "id": known.id}, "bob": {"action": "skip"}}}
    drafts.choose(session, owner, import_id, {"names": names})
    tally = time_import.apply(session, owner, import_id)
    assert reasons(tally) == {3: ["left_out"], 4: ["left_out"]}
    assert {log.user_id for log in session.exec(select(TimeLog))} == {known.id}
    assert count(session, User) == 2  # the owner and Ann


def test_nothing_is_created_where_that_is_refused(session, owner, draft):
    import_id = draft(ROWS)
    drafts.choose(session, owner, import_id, {"refused": ["person"]})
    with pytest.raises(DomainError, match="nothing_to_import"):
        time_import.apply(session, owner, import_id)
    session.add_all([User(name="Ann")])
    session.flush()
    assert time_import.dry_run(session, owner, import_id).tally.good == 2


def test_several_people_of_one_name_are_told_apart_by_email(session, owner, draft):
    session.add_all([User(name="Ann", email="a@example.com"), User(name="Ann", email="b@example.com")])
    session.flush()
    head = "Project,Person,Email,Date,Hours\n"
    rows = ["P,Ann,B@example.com,2025-03-14,1", "P,Ann,,2025-03-14,1", "P,Ann,c@example.com,2025-03-14,1"]
    tally = time_import.apply(session, owner, draft(rows, head))
    assert reasons(tally) == {3: ["several_people"]}
    assert [one.email for one in tally.made[Kind.PERSON]] == ["c@example.com"]


def test_closed_period_takes_no_row(session, owner, draft):
    session.add(Portal(name="Us", closed_until=date(2025, 3, 15)))
    session.flush()
    tally = time_import.apply(session, owner, draft(ROWS))
    assert reasons(tally) == {line: ["closed_period"] for line in (2, 3, 4)}
    assert tally.good == 1


def test_approval_counts_only_where_the_portal_asks_for_it(session, owner, draft):
    time_import.apply(session, owner, draft(ROWS[:1]))
    session.add(Portal(name="Us", needs_approval=True))
    session.flush()
    time_import.apply(session, owner, draft([ROWS[0].replace("-14", "-20"), ROWS[1]]))
    states = [log.approval for log in session.exec(select(TimeLog).order_by(col(TimeLog.id)))]
    assert states == [ApprovalState.OPEN, ApprovalState.APPROVED, ApprovalState.OPEN]


def test_time_billed_elsewhere_is_not_billable_unless_chosen(session, owner, draft):
    row = ROWS[0].replace("yes", "Billed")
    time_import.apply(session, owner, draft([row]))
    import_id = draft([row.replace("-14", "-20")])
    drafts.choose(session, owner, import_id, {"billed_stays_billable": True})
    time_import.apply(session, owner, import_id)
    assert [log.billable for log in session.exec(select(TimeLog).order_by(col(TimeLog.id)))] == [False, True]


def test_limits_of_the_portal_and_bad_hours(session, owner, draft):
    session.add(Portal(name="Us", row_limit_seconds=12 * 3600))
    session.flush()
    rows = [ROWS[0].replace("1.5", hours) for hours in ("0", "-1", "x", "13", "11", "")]
    tally = time_import.dry_run(session, owner, draft(rows)).tally
    assert reasons(tally) == {
        2: ["zero_hours"],
        3: ["negative_hours"],
        4: ["unreadable_hours"],
        5: ["over_limit"],
        7: ["missing_hours"],
    }
    assert tally.good == 1


def test_more_than_a_day_is_warned_and_imported(session, owner, draft):
    tally = time_import.apply(session, owner, draft([ROWS[0].replace("1.5", "70")]))
    assert (tally.good, tally.warned, tally.warnings["over_24_hours"]) == (1, 1, 1)


def test_a_day_that_has_not_come_is_warned_of_and_imported(session, owner, draft):
    """A year mistyped would stay unbilled until then."""
    rows = [ROWS[0].replace("2025-03-14", day) for day in ("2099-03-14", "2025-03-14")]
    tally = time_import.apply(session, owner, draft(rows))
    assert (tally.good, tally.warned, tally.warnings["future_day"]) == (2, 1, 1)


def test_rates_of_a_new_project_come_from_its_rows(session, owner, draft):
    head = "Project,Person,Date,Hours,Rate\n"
    rows = ["One,Ann,2025-03-14,1,80.50", "One,Bob,2025-03-14,1,80.50"]
    rows += ["Two,Ann,2025-03-14,1,90", "Two,Bob,2025-03-14,1,110"]
    time_import.apply(session, owner, draft(rows, head))
    one, two = session.exec(select(Project).order_by(col(Project.name))).all()
    assert (one.billing_method, one.bill_rate) == (BillingMethod.PROJECT_HOURS, Decimal("80.5"))
    assert (two.billing_method, two.bill_rate) == (BillingMethod.STAFF_HOURS, None)
    rates = session.exec(select(ProjectMember.bill_rate).where(ProjectMember.project_id == two.id)).all()
    assert sorted(rate for rate in rates if rate) == [90, 110]
    priced = session.exec(select(TimeLog.bill_rate).order_by(col(TimeLog.id))).all()
    assert priced == [Decimal("80.5"), Decimal("80.5"), 90, 110]


def test_issues_are_no_tasks(session, owner, draft):
    head = "Project,Task,Issue,Person,Date,Hours\n"
    rows = ["P,Login,,Ann,2025-03-14,1", "P,,Login,Ann,2025-03-14,2", "P,,,Ann,2025-03-14,3"]
    time_import.apply(session, owner, draft(rows, head))
    kinds = session.exec(select(Task.kind).order_by(col(Task.id))).all()
    assert kinds == [WorkKind.TASK, WorkKind.ISSUE]
    assert (
        session.exec(select(func.count()).select_from(TimeLog).where(col(TimeLog.task_id).is_(None))).one()
        == 1
    )


def test_open_question_blocks_check_and_import(session, owner, draft):
    import_id = draft(["A,P,,T,Ann,03/04/2025,1,,,,"])
    for step in (time_import.dry_run, time_import.apply):
        with session.begin_nested(), pytest.raises(DomainError, match="question_date_format"):
            step(session, owner, import_id)
        session.expire_all()
        session.get_one(TimeImport, import_id).applied_at = None
    drafts.choose(session, owner, import_id, {"date_format": "dmy"})
    time_import.apply(session, owner, import_id)
    assert session.exec(select(TimeLog.day)).one() == date(2025, 4, 3)


def test_missing_column_is_named_and_a_default_fills_it(session, owner, draft):
    import_id = draft(["Ann,2025-03-14,1"], "Person,Date,Hours\n")
    with pytest.raises(DomainError, match="missing_project"):
        time_import.dry_run(session, owner, import_id)
    drafts.choose(session, owner, import_id, {"default_project": "Internal"})
    assert time_import.dry_run(session, owner, import_id).tally.good == 1


def test_columns_are_remembered_for_the_next_file(session, owner, draft):
    head = "Wer,Was,Wann,Wieviel\n"
    rows = ["Ann,P,2025-03-14,1"]
    import_id = draft(rows, head)
    mapping = {Field.PERSON: 0, Field.PROJECT: 1, Field.DATE: 2, Field.HOURS: 3}
    drafts.choose_columns(session, owner, import_id, mapping)
    time_import.apply(session, owner, import_id)
    assert count(session, ImportShape) == 1
    following = drafts.read(session, owner, draft(["Bob,P,2025-03-15,1"], head))
    assert following.mapping == mapping
    assert not following.missing


def test_option_that_breaks_the_reading_is_refused_and_not_kept(session, owner, draft):
    import_id = draft(ROWS)
    with pytest.raises(DomainError):
        drafts.choose(session, owner, import_id, {"encoding": "klingon"})
    assert drafts.get(session, owner, import_id).options == {}


def test_undo_leaves_nothing_of_the_import(session, owner, draft):
    import_id = draft(ROWS)
    time_import.apply(session, owner, import_id)
    edited = session.exec(select(TimeLog)).first()
    assert edited is not None
    edited.version = 2
    session.add(edited)
    session.flush()
    assert time_import.preview(session, owner, import_id).edited == 1
    assert time_import.undo(session, owner, import_id).logs == 4
    assert [count(session, model) for model in (TimeLog, Task, Project, Client)] == [0, 0, 0, 0]
    assert count(session, User) == 1
    with pytest.raises(DomainError, match="already_undone"):
        time_import.undo(session, owner, import_id)
    assert time_import.apply(session, owner, draft(ROWS)).good == 4


def test_undo_keeps_what_something_else_uses(session, owner, draft):
    import_id = draft(ROWS)
    time_import.apply(session, owner, import_id)
    time_import.apply(session, owner, draft([ROWS[0].replace("-14", "-20")]))
    time_import.undo(session, owner, import_id)
    assert session.exec(select(Project.name)).all() == ["Website"]
    assert session.exec(select(Client.name)).all() == ["Acme"]
    assert session.exec(select(User.name).order_by(col(User.id))).all()[1:] == ["Ann"]
    assert count(session, TimeLog) == 1


def test_undo_is_refused_once_billed_and_names_the_invoice(session, owner, draft):
    import_id = draft(ROWS)
    time_import.apply(session, owner, import_id)
    client = session.exec(select(Client)).first()
    log = session.exec(select(TimeLog)).first()
    assert client is not None
    assert log is not None
    invoice = Invoice(
        client_id=client.id, currency="EUR", number="INV-2025-0007", issue_date=log.day, due_date=log.day
    )
    session.add(invoice)
    session.flush()
    session.add(
        TimeClaim(
            time_log_id=log.id,
            invoice_id=invoice.id,
            tracked_seconds=1,
            billed_seconds=1,
            bill_rate=Decimal(1),
        )
    )
    session.flush()
    with pytest.raises(DomainError) as refusal:
        time_import.undo(session, owner, import_id)
    assert refusal.value.params["invoices"] == "INV-2025-0007"
    assert count(session, TimeLog) == 4


def test_bad_rows_download_with_their_reasons(session, owner, draft):
    import_id = draft(
        [ROWS[0], ROWS[1].replace(",2,", ",x,"), ROWS[3].replace("Design", "=1+1").replace("0.01", "0")]
    )
    name, content = time_import.bad_rows_file(session, owner, import_id, "en")
    lines = content.decode("utf-8-sig").splitlines()
    assert name == "june-bad-rows.csv"
    assert [line.split(",")[-2] for line in lines[1:]] == ["3", "4"]
    assert "'=1+1" in lines[2]


def test_discarded_draft_leaves_no_file(session, owner, draft):
    import_id = draft(ROWS)
    sha256 = drafts.get(session, owner, import_id).file_hash
    assert files.path_of(sha256).exists()
    drafts.discard(session, owner, import_id)
    assert not files.path_of(sha256).exists()
    assert count(session, TimeImport) == 0


def test_history_tells_the_state_of_each(session, owner, draft):
    first, second, _ = draft(ROWS[:1]), draft(ROWS[1:]), draft(ROWS)
    time_import.apply(session, owner, first)
    time_import.apply(session, owner, second)
    time_import.undo(session, owner, first)
    query = ListQuery(sort="file")
    states = [row.state for row in time_import.page(session, owner, query).rows]
    assert states == ["undone", "imported", "draft"]


def test_a_member_imports_nothing(session, member):
    with pytest.raises(DomainError, match="not_allowed"):
        time_import.apply(session, member, 1)
    with pytest.raises(DomainError, match="not_allowed"):
        stored(session, member, (HEAD + ROWS[0]).encode())


def test_two_imports_at_once_add_the_rows_once(engine):
    with db.transaction(engine) as session:
        owner = actor(session, Role.OWNER)
        ids = [stored(session, owner, (HEAD + "\n".join(ROWS)).encode()) for _ in range(2)]
    added = []

    def run(import_id: int) -> None:
        with db.transaction(engine) as session:
            added.append(time_import.apply(session, owner, import_id).good)

    threads = [threading.Thread(target=run, args=(import_id,)) for import_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [0, 4]


def test_import_that_breaks_off_leaves_nothing(engine, monkeypatch):
    with db.transaction(engine) as session:
        owner = actor(session, Role.OWNER)
        import_id = stored(session, owner, (HEAD + "\n".join(ROWS)).encode())
    monkeypatch.setattr("finance_app.services.time_import.shapes.remember", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), db.transaction(engine) as session:
        time_import.apply(session, owner, import_id)
    with db.reading(engine) as session:
        assert [count(session, model) for model in (TimeLog, Task, Project, Client)] == [0, 0, 0, 0]
        assert session.get_one(TimeImport, import_id).applied_at is None


def test_full_disk_leaves_no_half_file(monkeypatch):
    with files.Incoming(100) as incoming:
        monkeypatch.setattr(incoming, "_file", Full(incoming._file))
        with pytest.raises(DomainError, match="disk_full"):
            incoming.write(b"x")
    assert not incoming.path.exists()


class Full:
    closed = False

    def __init__(self, file) -> None:
        self.close = file.close

    def write(self, _chunk: bytes) -> None:
        raise OSError(28, "No space left on device")


def test_file_over_the_limit_is_refused_while_it_arrives():
    with files.Incoming(3) as incoming, pytest.raises(DomainError, match="too_large"):
        incoming.write(b"1234")
    assert not incoming.path.exists()


@pytest.mark.skipif(not TRIAL, reason="MARGE_TRIAL_FILE names the trial file")
def test_trial_file_comes_in_exactly(session, owner):
    import_id = stored(session, owner, Path(TRIAL).read_bytes())
    tally = time_import.apply(session, owner, import_id)
    assert (tally.good, tally.bad, tally.warned) == (12_299, 0, 752)
    assert (count(session, Project), count(session, Task), count(session, User) - 1) == (20, 10_266, 22)
    assert session.exec(select(func.sum(TimeLog.seconds))).one() == 342_007_128
    time_import.undo(session, owner, import_id)
    assert [count(session, model) for model in (TimeLog, Project, Task)] == [0, 0, 0]
