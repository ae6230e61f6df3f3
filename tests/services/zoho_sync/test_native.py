"""An organisation that Zoho's own integration feeds gets nothing until an owner says that it is off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.models import TimeLog, ZohoSync
from finance_app.services.zoho.sync import native, runs, starting
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_sync import one_database, summary


def log_time(house: House, count: int = 4) -> None:
    def log(session):
        for number in range(count):
            session.add(
                TimeLog(
                    project_id=house.office.project.id,
                    task_id=house.office.tasks[0].id,
                    user_id=house.office.person.id,
                    day=TODAY - timedelta(days=number),
                    seconds=3600 + 60 * number,
                )
            )

    house.change(log)


def feed(house: House, minutes: int = 0) -> None:
    """What Zoho's integration would have made of the same time."""
    ask = house.remote.ask
    contact = ask("POST", "/contacts", {"contact_name": "Ardent"})["contact"]
    body = {"project_name": "Website", "customer_id": contact["contact_id"]}
    project = ask("POST", "/projects", {**body, "billing_type": "based_on_project_hours"})["project"]
    task = ask("POST", f"/projects/{project['project_id']}/tasks", {"task_name": "Task 0"})["task"]
    user = ask("POST", "/users", {"name": "Ines", "email": "ines@rivoli.example"})
    [person] = [each for each in house.remote.records("user") if each["name"] == "Ines"]
    assert user["code"] == 0
    for number in range(4):
        entry = {
            "project_id": project["project_id"],
            "task_id": task["task_id"],
            "user_id": person["user_id"],
        }
        day = (TODAY - timedelta(days=number)).isoformat()
        time = f"01:{number + minutes:02d}"
        ask("POST", "/projects/timeentries", {**entry, "log_date": day, "log_time": time})


@one_database
def test_time_that_is_there_already_is_refused_until_an_owner_states_that_it_is_over(house: House) -> None:
    feed(house)
    log_time(house)
    before = len(house.remote.records("time_entry"))
    for _ in range(3):
        house.work()
    assert len(house.remote.records("time_entry")) == before
    [found] = summary(house)
    assert (found.module, found.reason, found.details["count"]) == ("connection", "native_integration", "4")
    assert found.details["example"].startswith("Website · Task 0 · Ines")
    with db.reading(house.engine) as session:
        progress = runs.progress(session, house.actor)
    assert progress is not None
    assert progress.stalled == native.STALLED
    manager = replace(house.actor, permissions=frozenset())
    for actor, said in ((manager, "it is off, I looked myself"), (house.actor, "off")):
        with pytest.raises(DomainError):
            house.change(lambda session, actor=actor, said=said: native.confirm(session, actor, said))
    house.change(lambda session: native.confirm(session, house.actor, "I switched it off on Monday."))
    house.settle()
    assert not summary(house)
    assert len(house.remote.records("time_entry")) == before + 4
    house.change(lambda session: starting.start(session, house.actor))
    house.settle()
    with db.reading(house.engine) as session:
        assert session.get_one(ZohoSync, 1).native == native.CONFIRMED


@one_database
def test_an_organisation_with_other_time_is_not_refused(house: House) -> None:
    feed(house, minutes=7)
    log_time(house)
    house.settle()
    assert not summary(house)
    assert len(house.remote.records("time_entry")) == 8


@one_database
def test_an_instant_sync_alone_does_not_help(house: House) -> None:
    feed(house)
    log_time(house)
    house.work()
    house.change(lambda session: starting.start(session, house.actor))
    house.work()
    assert [each.reason for each in summary(house)] == ["native_integration"]
    assert len(house.remote.records("time_entry")) == 4
