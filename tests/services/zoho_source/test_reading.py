"""Reading a portal of Zoho Projects: what comes, what stays, and that nothing is there twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.models import (
    Client,
    OutboxMessage,
    Portal,
    Project,
    Task,
    TimeLog,
    User,
    ZohoSourceLink,
    ZohoSyncRun,
)
from finance_app.models.columns import at
from finance_app.models.kinds import (
    ApprovalState,
    BillingMethod,
    ProjectState,
    SourceClients,
    SourcePeople,
    SourceProjects,
    SyncReason,
    WorkKind,
    WorkState,
)
from finance_app.services import rates
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.scope import Scope
from finance_app.services.time_tracking import logs
from finance_app.services.zoho.source import running
from finance_app.services.zoho.source.taking.context import plain
from tests.harness.invoices import TODAY
from tests.harness.zoho_source import Firm


def links(firm: Firm, module: str) -> dict[str, int]:
    with db.reading(firm.engine) as session:
        rows = session.exec(select(ZohoSourceLink).where(ZohoSourceLink.module == module))
        return {row.remote_id: row.local_id for row in rows}


def ours(firm: Firm, remote_id: str) -> TimeLog | None:
    local = links(firm, "source_time_log").get(remote_id)
    with db.reading(firm.engine) as session:
        return session.get(TimeLog, local) if local else None


def one_project(firm: Firm) -> None:
    """A source of one project: enough where it is not about how many there are."""
    firm.set_up(projects=SourceProjects.CHOSEN, chosen=[firm.rows("zp_project")[0]["id"]])


def zoho_log(firm: Firm, number: int = 0, *, project: int = 0) -> tuple[str, dict]:
    """A billable log of a project, with the address of the project's logs."""
    at_zoho = firm.rows("zp_project")[project]["id"]
    found = firm.sandbox.store.find("portal:10", "zp_log", parent=at_zoho, bill_status="Billable")
    return f"/projects/{at_zoho}/logs", found[number]


def test_everything_comes_as_it_is_at_zoho(firm: Firm) -> None:
    firm.set_up(projects=SourceProjects.ALL)
    firm.settle()
    here, at_zoho = firm.look(), firm.rows("zp_log")
    assert [each.name for each in here.projects] == sorted(row["name"] for row in firm.rows("zp_project"))
    by_name = {each.name: each for each in here.projects}
    assert by_name["Brand guidelines"].state is ProjectState.CLOSED
    assert by_name["Loyalty app"].billing_method is BillingMethod.TASK_HOURS
    assert len(here.logs) == len(at_zoho)
    seconds = sum(int(row["hours"][:2]) * 3600 + int(row["hours"][3:]) * 60 for row in at_zoho)
    assert sum(log.seconds for log in here.logs) == seconds
    assert Counter(log.billable for log in here.logs) == Counter(
        row["bill_status"] == "Billable" for row in at_zoho
    )
    assert Counter(log.approval is ApprovalState.APPROVED for log in here.logs) == Counter(
        row["approval_status"] == "Approved" for row in at_zoho
    )
    kinds = Counter(task.kind for task in here.tasks)
    assert kinds == {WorkKind.TASK: 45, WorkKind.ISSUE: 14}
    [task] = [each for each in here.tasks if each.number == "P1-T7"]
    assert (task.name, task.planned_seconds, task.state) == (
        "Templates and components", 60 * 3600, WorkState.OPEN,
    )  # fmt: skip
    assert None not in (task.task_list_id, task.milestone_id, task.owner_id)
    assert {each.email for each in here.people if each.name != "Olga"} == {
        row["email"] for row in firm.rows("zp_user")
    }
    assert not any(each.password_hash for each in here.people if each.name != "Olga")
    assert firm.faults() == []


def test_what_is_read_again_is_written_once(firm: Firm) -> None:
    firm.set_up()
    firm.settle()
    before = firm.look()
    firm.update()
    with db.reading(firm.engine) as session:
        steps = running.history(session, firm.actor)[0].steps
    assert sum(step.fetched for step in steps) == 0
    assert sum(step.total for step in steps) > 200
    again = firm.look()
    assert [(log.id, log.version) for log in again.logs] == [(log.id, log.version) for log in before.logs]
    assert len(again.projects) == 4


def test_a_change_at_zoho_is_followed_field_by_field(firm: Firm) -> None:
    one_project(firm)
    firm.settle()
    path, row = zoho_log(firm)
    local = ours(firm, row["id"])
    assert local is not None
    with at(firm.clock), db.transaction(firm.engine) as session:
        kept = session.get_one(TimeLog, local.id)
        kept.notes, kept.version = "ours", kept.version + 1
    firm.at_zoho("PATCH", f"{path}/{row['id']}", {"hours": "07:45"})
    firm.update()
    after = ours(firm, row["id"])
    assert after is not None
    assert (after.seconds, after.notes, after.id) == (7 * 3600 + 45 * 60, "ours", local.id)
    firm.at_zoho("PATCH", f"{path}/{row['id']}", {"notes": "theirs"})
    firm.update()
    assert getattr(ours(firm, row["id"]), "notes", "") == "theirs"


def test_a_log_deleted_at_zoho_goes_here_and_one_deleted_here_stays_away(firm: Firm) -> None:
    one_project(firm)
    firm.settle()
    path, gone = zoho_log(firm)
    _, mine = zoho_log(firm, 1)
    count = len(firm.look().logs)
    firm.at_zoho("DELETE", f"{path}/{gone['id']}")
    local = ours(firm, mine["id"])
    assert local is not None
    with at(firm.clock), db.transaction(firm.engine) as session:
        session.get_one(TimeLog, local.id).approval = ApprovalState.OPEN
        session.flush()
        logs.delete(session, firm.actor, [local.id or 0])
    firm.update()
    assert ours(firm, gone["id"]) is None
    assert len(firm.look().logs) == count - 2
    assert firm.faults() == []


def billed(firm: Firm, name: str) -> int:
    """Put the time of a project into a draft; the draft."""
    with at(firm.clock), db.transaction(firm.engine) as session:
        project = session.exec(select(Project).where(Project.name == name)).one()
        project.bill_rate = Decimal(100)
        session.flush()
        rates.price_logs(session, project_id=project.id)
        scope = Scope(project_ids=(project.id or 0,), until=TODAY)
        return drafts.create_from_time(session, firm.actor, scope, DraftHead()).id or 0


def test_billed_time_is_reported_and_never_changed(firm: Firm) -> None:
    firm.set_up()
    firm.settle()
    path, changed = zoho_log(firm, 0, project=2)
    _, removed = zoho_log(firm, 1, project=2)
    draft = billed(firm, "Annual report 2026")
    before = ours(firm, changed["id"])
    firm.at_zoho("PATCH", f"{path}/{changed['id']}", {"hours": "09:00"})
    firm.at_zoho("DELETE", f"{path}/{removed['id']}")
    firm.update()
    after = ours(firm, changed["id"])
    assert before is not None
    assert after is not None
    assert (after.seconds, after.version) == (before.seconds, before.version)
    assert ours(firm, removed["id"]) is not None
    assert sorted(firm.faults()) == [
        ("source_time_log", "source_billed_changed"), ("source_time_log", "source_billed_removed"),
    ]  # fmt: skip
    with at(firm.clock), db.transaction(firm.engine) as session:
        issuing.delete(session, firm.actor, draft)
    assert firm.retry() == 2
    firm.settle()
    assert firm.faults() == []
    assert getattr(ours(firm, changed["id"]), "seconds", 0) == 9 * 3600
    assert ours(firm, removed["id"]) is None


def test_a_closed_period_takes_nothing(firm: Firm) -> None:
    with db.transaction(firm.engine) as session:
        session.exec(select(Portal)).one().closed_until = TODAY - timedelta(days=7)
    one_project(firm)
    firm.settle()
    assert {reason for _, reason in firm.faults()} == {"source_closed"}
    assert min(log.day for log in firm.look().logs) > TODAY - timedelta(days=7)


def test_time_comes_from_the_chosen_day_and_projects_only(firm: Firm) -> None:
    chosen, since = firm.rows("zp_project")[1], TODAY - timedelta(days=10)
    firm.set_up(projects=SourceProjects.CHOSEN, chosen=[chosen["id"]], since=since)
    firm.settle()
    here = firm.look()
    assert [each.name for each in here.projects] == [chosen["name"]]
    assert min(log.day for log in here.logs) >= since


def test_people_are_found_by_their_address(firm: Firm) -> None:
    person = firm.rows("zp_user")[0]
    with db.transaction(firm.engine) as session:
        known = User(name="T. Aldridge", email=person["email"])
        session.add(known)
        session.flush()
        known_id = known.id
    firm.set_up(people=SourcePeople.KNOWN)
    firm.settle()
    here = firm.look()
    assert {log.user_id for log in here.logs} == {known_id}
    faults = Counter(firm.faults())
    assert faults == {("source_user", "source_unknown_person"): 4}
    with db.transaction(firm.engine) as session:
        for row in firm.rows("zp_user")[1:]:
            session.add(User(name=row["name"], email=row["email"].upper().lower()))
    firm.retry()
    firm.settle()
    assert firm.faults() == []
    active = {row["id"] for row in firm.rows("zp_project") if not row["status"]["is_closed_type"]}
    expected = sum(len(firm.sandbox.store.find("portal:10", "zp_log", parent=each)) for each in active)
    assert len(firm.look().logs) == expected


def test_who_is_invited_gets_an_e_mail(firm: Firm) -> None:
    firm.set_up(people=SourcePeople.INVITE, clients=SourceClients.KNOWN)
    firm.settle()
    with db.reading(firm.engine) as session:
        mails = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "mail")).all()
        assert {mail.payload["to"][0] for mail in mails} == {row["email"] for row in firm.rows("zp_user")}
        assert session.exec(select(Client)).all() == []
    assert all(each.client_id is None for each in firm.look().projects)


def test_a_project_that_was_here_is_joined_with_its_time(firm: Firm) -> None:
    one_project(firm)
    firm.settle()
    before = firm.look()
    with db.transaction(firm.engine) as session:
        for row in session.exec(select(ZohoSourceLink)):
            session.delete(row)
    firm.update()
    after = firm.look()
    for kind in ("projects", "tasks", "logs", "people"):
        assert len(getattr(after, kind)) == len(getattr(before, kind)), kind


def test_a_task_that_is_gone_is_archived_and_a_project_is_named(firm: Firm) -> None:
    firm.set_up()
    firm.settle()
    project = firm.rows("zp_project")[0]["id"]
    task = firm.sandbox.store.find("portal:10", "zp_task", parent=project)[8]
    local = links(firm, "source_task")[task["id"]]
    firm.at_zoho("DELETE", f"/projects/{project}/tasks/{task['id']}")
    last = firm.rows("zp_project")[3]["id"]
    firm.at_zoho("DELETE", f"/projects/{last}")
    count = len(firm.look().logs)
    firm.update()
    with db.reading(firm.engine) as session:
        assert session.get_one(Task, local).archived_at is not None
    assert ("source_project", "source_project_gone") in firm.faults()
    assert len(firm.look().logs) == count


def test_it_reads_every_hour_and_everything_every_day(firm: Firm) -> None:
    one_project(firm)
    firm.settle()
    assert not firm.work()
    for hours in (1, 1, 23, 1):
        firm.clock += timedelta(hours=hours, minutes=1)
        assert firm.work()
    with db.reading(firm.engine) as session:
        reasons = Counter(run.reason for run in session.exec(select(ZohoSyncRun)))
    assert reasons == {SyncReason.FIRST: 1, SyncReason.HOURLY: 3, SyncReason.DAILY: 1}


def test_an_old_log_is_not_taken_for_deleted_by_an_hourly_run(firm: Firm) -> None:
    one_project(firm)
    firm.settle()
    count = len(firm.look().logs)
    firm.clock += timedelta(hours=2)
    firm.settle()
    with db.reading(firm.engine) as session:
        run = running.history(session, firm.actor)[0]
    assert run.reason is SyncReason.HOURLY
    assert len(firm.look().logs) == count


def test_only_who_may_begins_a_reading(firm: Firm) -> None:
    firm.set_up()
    nobody = replace(firm.actor, permissions=frozenset())
    with db.reading(firm.engine) as session:
        for ask in (running.start, running.progress, running.history):
            with pytest.raises(DomainError):
                ask(session, nobody)


def test_texts_lose_their_html_and_keep_their_lines() -> None:
    written = "<div>Ring &amp; write</div><p>  two   words<br/>three</p>"
    assert plain(written, 100, lines=True) == "Ring & write\ntwo words\nthree"
    assert plain(written, 12) == "Ring & write"
