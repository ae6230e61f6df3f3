"""A portal that answers badly, and workers that die: the reading ends the same."""

import httpx
from sqlmodel import select

from finance_app import db
from finance_app.integrations.zoho import Cause, Projects, ZohoError
from finance_app.models import ZohoSource, ZohoSync
from finance_app.sandbox.faults import Faults
from finance_app.services.zoho.source import running
from finance_app.services.zoho.sync import leases
from tests.harness.zoho_source import Firm, Here
from tests.services.zoho_source.conftest import make


class Death(BaseException):
    """A process that is killed runs nothing more of its own."""


class Mortal(httpx.AsyncBaseTransport):
    """Kills its worker after some requests."""

    def __init__(self, inner: httpx.AsyncBaseTransport, firm: "Killed"):
        self._inner, self._firm = inner, firm

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._firm.left -= 1
        if self._firm.left == 0:
            raise Death
        return await self._inner.handle_async_request(request)


class Killed(Firm):
    left = -1

    def transport(self, made: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return Mortal(made, self)


def same(here: Here, there: Here) -> bool:
    def told(found: Here) -> list:
        names = {each.id: each.name for each in [*found.projects, *found.people]}
        rows = [
            (log.day, log.seconds, log.billable, log.approval, log.notes, names.get(log.user_id))
            for log in found.logs
        ]
        return sorted(map(str, [*rows, *((task.number, task.name, task.state) for task in found.tasks)]))

    return told(here) == told(there)


def test_killed_again_and_again_it_goes_on_where_it_was(engine) -> None:
    firm = make(engine, Killed)
    assert isinstance(firm, Killed)
    firm.set_up()
    deaths = 0
    for number in range(200):
        firm.left = 4
        try:
            firm.work(f"worker-{number}")
        except Death:
            deaths += 1
            firm.clock += leases.LEASE * 2
        with db.reading(firm.engine) as session:
            if not session.exec(select(ZohoSource)).one().run:
                break
    else:
        raise AssertionError("the run never ended")
    assert deaths > 8
    firm.left = -1
    at_zoho = sum(
        len(firm.sandbox.store.find("portal:10", "zp_log", parent=each["id"]))
        for each in firm.rows("zp_project")[:4]
    )
    here = firm.look()
    assert len(here.logs) == at_zoho
    with db.reading(firm.engine) as session:
        steps = {step.module: step for step in running.history(session, firm.actor)[0].steps}
    assert steps["source_time_log"].total == steps["source_time_log"].fetched == at_zoho
    firm.update()
    assert same(here, firm.look())


def test_with_a_fifth_of_faults_it_ends_the_same(firm: Firm) -> None:
    firm.sandbox.faults = Faults(shares={"429": 0.06, "500": 0.06, "drop": 0.05, "expired": 0.03}, seed=2)
    firm.set_up()
    firm.settle()
    firm.sandbox.faults = Faults()
    here = firm.look()
    firm.update()
    assert same(here, firm.look())
    assert len(here.logs) > 100
    assert firm.faults() == []


def test_a_worker_with_the_lease_is_alone(firm: Firm) -> None:
    firm.set_up()
    with db.transaction(firm.engine) as session:
        sync_id = session.exec(select(ZohoSource.sync_id)).one() or 0
        assert leases.claim(session, sync_id, "another", at=firm.clock)
    assert not firm.work("one")
    firm.clock += leases.LEASE * 2
    assert firm.work("one")


def test_a_sign_in_that_ended_stands_still_and_says_so(firm: Firm) -> None:
    firm.refresh_token = "revoked"
    firm.set_up()
    firm.work()
    assert firm.faults() == [("connection", "signed_out")]
    assert not firm.work()
    firm.refresh_token = "sandbox"
    firm.ask()
    firm.settle()
    assert firm.faults() == []
    assert firm.look().logs


def test_a_long_silence_is_waited_for(firm: Firm) -> None:
    firm.set_up()
    firm.sandbox.faults = Faults(shares={"500": 1.0})
    for _ in range(4):
        firm.work()
    with db.reading(firm.engine) as session:
        sync = session.exec(select(ZohoSync)).one()
        assert sync.blocked_until is not None
    firm.sandbox.faults = Faults()
    firm.settle()
    assert firm.faults() == []


class Stutters(httpx.AsyncBaseTransport):
    """Answers for a while, and then not, again and again."""

    def __init__(self, inner: httpx.AsyncBaseTransport, firm: "Stuttering"):
        self._inner, self._firm = inner, firm

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._firm.asked += 1
        if self._firm.asked % (2 * Stuttering.TRIES) >= Stuttering.TRIES:
            return httpx.Response(500, request=request)
        return await self._inner.handle_async_request(request)


class Stuttering(Firm):
    TRIES, asked = 6, 0

    def transport(self, made: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return Stutters(made, self)


def test_silences_with_answers_between_them_are_no_long_one(engine) -> None:
    firm = make(engine, Stuttering)
    firm.set_up()
    silences = 0
    while True:
        firm.work()
        with db.reading(engine) as session:
            sync, source = session.exec(select(ZohoSync)).one(), session.exec(select(ZohoSource)).one()
        if not source.run:
            break
        silences += 1
        assert (sync.silences, sync.blocked_until) == (1, None)
    assert silences > 3
    assert firm.faults() == []


def test_what_zoho_refuses_of_a_project_is_named_and_the_rest_goes_on(firm: Firm, monkeypatch) -> None:
    first, rows = firm.rows("zp_project")[0]["id"], Projects.rows

    async def refuse(self, what, project, page):
        if (what, project) == ("issues", first):
            raise ZohoError(Cause.REFUSED, "Issues are not enabled", code=6404, status=400)
        return await rows(self, what, project, page)

    monkeypatch.setattr(Projects, "rows", refuse)
    firm.set_up()
    firm.settle()
    assert firm.faults() == [("source_issue", "refused")]
    assert len(firm.look().projects) == 4
    monkeypatch.undo()
    firm.update()
    assert firm.faults() == []


def test_where_zoho_does_not_say_whether_it_is_there_it_stays(firm: Firm, monkeypatch) -> None:
    firm.set_up()
    firm.settle()
    project = firm.rows("zp_project")[0]["id"]
    task = firm.sandbox.store.find("portal:10", "zp_task", parent=project)[0]
    firm.at_zoho("DELETE", f"/projects/{project}/tasks/{task['id']}")

    async def refuse(*_asked):
        raise ZohoError(Cause.FORBIDDEN, "No access", status=403)

    monkeypatch.setattr(Projects, "is_there", refuse)
    firm.update()
    assert firm.faults() == [("source_task", "forbidden")]
    assert not [each for each in firm.look().tasks if each.archived_at]
