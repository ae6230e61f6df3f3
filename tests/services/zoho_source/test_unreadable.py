"""One record that Zoho gives in another form than it says is named and left out; everything else comes."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlmodel import select

from finance_app import db
from finance_app.models import ZohoSyncError
from finance_app.models.kinds import SourceProjects, SyncErrorState
from finance_app.services.zoho import remote
from finance_app.services.zoho.source import setup, trial
from tests.harness.zoho_source import Firm
from tests.services.zoho_source.test_setup import filled, http, sandbox  # noqa: F401

Spoil = Callable[[str, Any], None]


class Odd(httpx.AsyncBaseTransport):
    """Zoho with something odd in its answers: `spoil` gets the last part of the path and the answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport, spoil: Spoil):
        self.inner, self.spoil = inner, spoil

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        content = await response.aread()
        if request.method != "GET" or not response.is_success:
            return httpx.Response(response.status_code, headers=response.headers, content=content)
        answer = json.loads(content)
        self.spoil(request.url.path.rpartition("/")[2], answer)
        return httpx.Response(response.status_code, json=answer)


def odd(what: str, answer: Any) -> None:
    """One of each kind is spoilt, in another way each."""
    rows = answer if isinstance(answer, list) else answer.get(what) or []
    match what:
        case "users":
            del rows[-1]["id"]
        case "projects":
            rows[0]["start_date"] = "soon"
            rows.append("nothing")
        case "tasks" if rows:
            rows[0]["completion_percentage"] = "half"
        case "issues" if rows:
            rows[0]["status"] = {"is_closed_type": "perhaps"}
        case "timelogs" if answer.get("time_logs"):
            answer["time_logs"][0]["log_details"][0]["log_hour"] = "1.5h"


def named(firm: Firm) -> dict[str, set[str]]:
    with db.reading(firm.engine) as session:
        found: dict[str, set[str]] = {}
        for row in session.exec(select(ZohoSyncError).where(ZohoSyncError.state == SyncErrorState.OPEN)):
            assert row.reason == "source_unreadable"
            found.setdefault(row.module, set()).add(row.label)
        return found


def test_what_cannot_be_read_is_named_and_everything_else_comes(firm: Firm) -> None:
    firm.transport = lambda made: Odd(made, odd)  # type: ignore[method-assign]
    firm.set_up(projects=SourceProjects.ALL)
    firm.settle()
    found = named(firm)
    assert found.keys() == {f"source_{kind}" for kind in ("user", "project", "task", "issue", "time_log")}
    assert found["source_project"] == {"Booking engine", "nothing"}
    assert all(label for labels in found.values() for label in labels)
    here = firm.look()
    assert len(here.projects) == len(firm.rows("zp_project")) - 1
    assert len(here.logs) > 100
    assert len(here.tasks) > 30
    del firm.transport
    firm.update()
    assert firm.faults() == []
    here = firm.look()
    assert (len(here.projects), len(here.logs)) == (len(firm.rows("zp_project")), len(firm.rows("zp_log")))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_of_those_without_an_id_is_named_until_it_has_one(firm: Firm) -> None:
    def nameless(what: str, answer: Any) -> None:
        for row in answer["tasks"] if what == "tasks" else ():
            del row["id"]

    first = firm.rows("zp_project")[0]["id"]
    firm.transport = lambda made: Odd(made, nameless)  # type: ignore[method-assign]
    firm.set_up(projects=SourceProjects.CHOSEN, chosen=[first])
    firm.settle()
    tasks = {row["name"] for row in firm.sandbox.store.find("portal:10", "zp_task", parent=first)}
    assert len(tasks) > 3
    assert named(firm) == {"source_task": tasks}
    firm.update()
    assert named(firm) == {"source_task": tasks}
    del firm.transport
    firm.update()
    assert named(firm) == {}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_the_database_refuses_is_left_out_as_a_whole(firm: Firm) -> None:
    def long(what: str, answer: Any) -> None:
        for row in (answer.get("tasks") or [])[:1] if what == "tasks" else ():
            row["id"] = "7" * 60

    firm.transport = lambda made: Odd(made, long)  # type: ignore[method-assign]
    firm.set_up(projects=SourceProjects.CHOSEN, chosen=[firm.rows("zp_project")[0]["id"]])
    firm.settle()
    assert named(firm).keys() == {"source_task"}
    assert len(firm.look().logs) > 20


async def test_a_count_and_the_list_of_projects_name_what_cannot_be_read(session, owner, http):  # noqa: F811
    await filled(session, owner, http)
    way = setup.access(session, owner)
    async with httpx.AsyncClient(transport=Odd(http._transport, odd)) as strange:
        async with remote.reading(way, strange) as (api, _kept):
            offered = [each async for each in api.projects()]
        assert len(offered) == 4
        assert len(api.unread) == 2
        found, _ = await trial.count(way, SourceProjects.ALL, [], None, trial.known(session, owner), strange)
    assert found.complete
    assert found.projects == 4
    assert len(found.unreadable) >= 3 + 4 + 4
    assert "nothing" in found.unreadable
    assert found.seconds > 0
