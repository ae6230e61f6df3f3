"""Clients, items, projects, tasks and time that were deleted at Zoho are reported, and made there again on
request or once they change here."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.models import Client, Item, Project, Task, TimeLog
from finance_app.services.zoho.sync import errors
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_receiving import writes
from tests.services.zoho_sync.test_sync import one_database, summary
from tests.services.zoho_sync.test_time_at_zoho import bill, logged, minutes_there, shorten, tied
from tests.services.zoho_sync.test_vanishing import requests_of, retry, sync


def add(house: House, row: object) -> None:
    house.change(lambda session: session.add(row))


def lone_client(house: House) -> tuple[str, str]:
    add(house, Client(name="Solo", currency="EUR"))
    return "/contacts", "contact"


def item(house: House) -> tuple[str, str]:
    add(house, Item(name="Day", unit_price=Decimal("900"), currency="EUR"))
    return "/items", "item"


def project(house: House) -> tuple[str, str]:
    logged(house, 3600, 1800)
    return "/projects", "project"


def idle_task(house: House) -> tuple[str, str]:
    logged(house, 3600)
    house.settle()
    last = max(house.remote.records("task"), key=lambda row: row["task_name"])
    return f"/projects/{last['project_id']}/tasks", "task"


def entry(house: House) -> tuple[str, str]:
    logged(house, 3600)
    return "/projects/timeentries", "time_entry"


def delete_last(house: House, path: str, one: str) -> None:
    last = max(house.remote.records(one), key=lambda row: (row.get("task_name", ""), row[f"{one}_id"]))
    house.remote.ask("DELETE", f"{path}/{last[f'{one}_id']}", {})


def there(house: House) -> tuple[dict[str, int], int]:
    kinds = ("contact", "item", "project", "task", "time_entry")
    return {kind: len(house.remote.records(kind)) for kind in kinds}, minutes_there(house)


def reported(house: House) -> errors.Shown:
    [found] = summary(house)
    assert found.reason == "deleted_at_zoho"
    return found


MADE = (lone_client, item, project, idle_task, entry)


@pytest.mark.parametrize("make", MADE)
@one_database
def test_what_was_deleted_is_reported_and_made_again_on_request(
    house: House, make: Callable[[House], tuple[str, str]]
) -> None:
    path, one = make(house)
    house.settle()
    before = there(house)
    delete_last(house, path, one)
    left, sent = there(house), writes(house)
    sync(house)
    found = reported(house)
    assert (found.module, bool(found.label)) == ({"time_entry": "time_log"}.get(one, one), True)
    house.clock += timedelta(days=1, minutes=1)
    house.settle()
    assert (there(house), writes(house)) == (left, sent), "no sync makes it there again"
    assert reported(house).id == found.id
    retry(house, found)
    assert (there(house), summary(house)) == (before, [])
    sync(house)
    assert (there(house), summary(house)) == (before, [])


def change(house: House, model: type, **values: object) -> None:
    def write(session):
        row = session.exec(select(model).order_by(model.id.desc())).first()
        for name, value in values.items():
            setattr(row, name, value)

    house.change(write)


CHANGES = (
    (lone_client, Client, {"phone": "+33 1"}),
    (project, Project, {"description": "Anew"}),
    (idle_task, Task, {"description": "Anew"}),
    (entry, TimeLog, {"seconds": 7200}),
)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize(("make", "model", "values"), CHANGES)
@one_database
def test_what_was_deleted_is_made_again_once_it_changes_here(
    house: House, make: Callable[[House], tuple[str, str]], model: type, values: dict, is_known: bool
) -> None:
    """Where the change is what finds it missing, it is reported first: nobody had been told."""
    path, one = make(house)
    house.settle()
    before, _ = there(house)
    delete_last(house, path, one)
    if is_known:
        sync(house)
    else:
        change(house, model, **values)
        house.settle()
        values = {name: value * 2 for name, value in values.items()}
    reported(house)
    change(house, model, **values)
    house.settle()
    assert (there(house)[0], summary(house)) == (before, [])


@one_database
def test_the_general_task_of_a_project_and_its_time_are_one_error(house: House) -> None:
    [log_id] = logged(house, 3600)
    change(house, TimeLog, task_id=None)
    house.settle()
    before = there(house)
    [general] = [row for row in house.remote.records("task") if row["task_name"] == "General"]
    delete_last(house, "/projects/timeentries", "time_entry")
    house.remote.ask("DELETE", f"/projects/{general['project_id']}/tasks/{general['task_id']}", {})
    sync(house)
    found = reported(house)
    assert (found.module, found.label) == ("task", house.office.project.name)
    shorten(house, log_id, 1800)
    house.settle()
    assert reported(house).held == 1, "time waits for its task"
    retry(house, found)
    assert (there(house), summary(house)) == ((before[0], 30), [])


@pytest.mark.parametrize("has_task", [True, False])
@one_database
def test_what_failed_for_a_project_that_nobody_missed_yet_waits_for_it_once_it_is_missed(
    house: House, has_task: bool
) -> None:
    logged(house, 3600)
    house.settle()
    tasks, minutes = len(house.remote.records("task")), minutes_there(house)
    delete_last(house, "/projects", "project")
    logged(house, 1800)
    if not has_task:
        change(house, TimeLog, task_id=None)
    house.settle()
    assert {each.reason for each in summary(house)} <= {"bad_reference", "missing"}
    sync(house)
    found = reported(house)
    assert (found.module, found.held > 0) == ("project", True)
    retry(house, found)
    assert len(house.remote.records("task")) == tasks + (not has_task)
    assert (minutes_there(house), summary(house)) == (minutes + 30, [])


@one_database
def test_time_moved_to_a_project_that_was_deleted_is_there_once_when_that_is_made_again(house: House) -> None:
    logged(house, 3600)
    other = Project(name="Other", client_id=house.office.client.id, currency="EUR")
    add(house, other)
    house.settle()
    [elsewhere] = [row for row in house.remote.records("project") if row["project_name"] == "Other"]
    house.remote.ask("DELETE", f"/projects/{elsewhere['project_id']}", {})
    sync(house)
    found = reported(house)
    change(house, TimeLog, project_id=found.local_id, task_id=None)
    house.settle()
    retry(house, found)
    [entry_there] = house.remote.records("time_entry")
    assert (entry_there["project_name"], entry_there["log_time"], summary(house)) == ("Other", "01:00", [])


def goes_once_answered(house: House, found: errors.Shown, answer: str) -> None:
    if answer == "retry":
        retry(house, found)
    else:
        house.change(lambda session: errors.ignore(session, house.actor, found.id))
        house.settle()
    assert (len(tied(house)), summary(house)) == (2 if answer == "retry" else 1, [])
    sync(house)
    assert summary(house) == []


@pytest.mark.parametrize("answer", ["retry", "ignore"])
@one_database
def test_an_invoice_waits_for_time_that_was_deleted_at_zoho(house: House, answer: str) -> None:
    logged(house, 3600, 1800)
    house.settle()
    delete_last(house, "/projects/timeentries", "time_entry")
    sync(house)
    found = reported(house)
    bill(house)
    house.settle()
    assert (house.remote.records("invoice"), reported(house).held) == ([], 1)
    goes_once_answered(house, found, answer)


@pytest.mark.parametrize("answer", ["retry", "ignore"])
@one_database
def test_an_invoice_of_time_that_was_deleted_before_anybody_knew_waits_once_it_is_known(
    house: House, answer: str
) -> None:
    logged(house, 3600, 1800)
    house.settle()
    delete_last(house, "/projects/timeentries", "time_entry")
    bill(house)
    house.settle()
    assert [(each.module, each.reason) for each in summary(house)] == [("invoice", "bad_reference")]
    sync(house)
    found = reported(house)
    assert (house.remote.records("invoice"), found.module, found.held) == ([], "time_log", 1)
    goes_once_answered(house, found, answer)


@one_database
def test_looking_for_time_costs_a_request_for_two_hundred_and_one_a_day_with_gaps(
    house: House,
) -> None:
    logged(house, *[600] * 30)
    house.settle()
    usual = requests_of(house, looking_through=False)
    master = len(("contacts", "projects", "time", "tasks of the project, one of which has no time"))
    assert requests_of(house, looking_through=True) == usual + master
    for row in house.remote.records("time_entry")[:20]:
        house.remote.ask("DELETE", f"/projects/timeentries/{row['time_entry_id']}", {})
    assert requests_of(house, looking_through=True) == usual + master + 1
    assert len(summary(house)) == 20


@one_database
def test_time_that_is_billed_is_not_looked_for(house: House) -> None:
    logged(house, 3600)
    bill(house)
    house.settle()
    usual = requests_of(house, looking_through=False)
    without_time = len(("contacts", "projects", "tasks", "invoices"))
    assert requests_of(house, looking_through=True) == usual + without_time
    assert summary(house) == []
