"""Setting the source up against the sandbox: each step asks what Zoho says, and the count writes nothing."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.integrations.zoho.centres import one_host
from finance_app.models import Project, TimeLog, ZohoConnection, ZohoSource, ZohoSync, ZohoSyncError
from finance_app.models.kinds import ConnectionState, SourceProjects, SyncErrorState
from finance_app.sandbox import Sandbox
from finance_app.sandbox.projects import sample
from finance_app.services.audit.trail import history
from finance_app.services.zoho import connection, remote, signing
from finance_app.services.zoho.connection import Secrets
from finance_app.services.zoho.source import access, overview, removing, running, setup, trial
from finance_app.services.zoho.source.modules import Module
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.wanted import Unfit
from tests.services.conftest import Role, actor

CLIENT = {"centre": "eu", "client_id": "1000.CLIENT", "client_secret": "the-client-secret"}


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox()
    with made.store.transaction():
        sample.fill(made.store, weeks=1)
    return made


@pytest.fixture
async def http(sandbox, monkeypatch):
    for module in (access, connection):
        monkeypatch.setattr(module, "centre_of", lambda code: one_host("http://zoho.test", code))
    monkeypatch.setattr(signing, "consent_centre", lambda code: one_host("http://zoho.test", code))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox)) as client:
        yield client


async def signed_in(session, owner, http) -> str:
    setup.begin(session, owner)
    setup.keep_application(session, owner, CLIENT)
    address = setup.consent(session, owner)
    answer = await http.get(f"{address}&answer=accept")
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    assert signing.expects(access.live(session), given["state"][0])
    way = setup.answered(session, owner, given["state"][0])
    setup.keep_grant(session, owner, await remote.sign_in(way, given["code"][0], http))
    return address


async def filled(session, owner, http) -> None:
    await signed_in(session, owner, http)
    async with remote.reading(setup.access(session, owner), http) as (api, _kept):
        [portal] = await api.portals()
    setup.keep_portal(session, owner, portal)
    setup.keep_projects(session, owner, {"projects": "active", "since": "2026-03-01"}, {})
    setup.keep_people(session, owner, {"people": "invite", "clients": "known"})


def connect(session, **more) -> ZohoConnection:
    secrets = Secrets(client_secret="hush", refresh_token="sandbox").closed()
    row = ZohoConnection(
        state=ConnectionState.ACTIVE, client_id="id", organisation="10", secrets=secrets, **more
    )
    session.add(row)
    session.flush()
    return row


async def test_the_whole_way(session, owner, http):
    address = await signed_in(session, owner, http)
    scopes = parse_qs(urlsplit(address).query)["scope"][0].split(",")
    assert all(scope.startswith("ZohoProjects.") and scope.endswith(".READ") for scope in scopes)
    await filled(session, owner, http)
    row = setup.save(session, owner)
    assert (row.state, row.portal, row.projects, row.since) == (
        ConnectionState.ACTIVE, "10", SourceProjects.ACTIVE, date(2026, 3, 1),
    )  # fmt: skip
    assert (row.draft, row.draft_secrets) == ({}, "")
    assert "the-client-secret" not in row.secrets
    assert access.access(session, row).secrets.client_secret == "the-client-secret"
    told = str(
        [(event.before, event.after, event.details) for event in history(session, "zoho_source", row.id)]
    )
    assert "sandbox" in told
    assert "the-client-secret" not in told
    progress = running.progress(session, owner)
    assert progress is not None
    assert progress.run is not None
    assert progress.run.running


async def test_a_count_writes_nothing_and_knows_what_is_here(session, owner, http, sandbox):
    await filled(session, owner, http)
    known = trial.known(session, owner)
    way = setup.access(session, owner)
    found, _ = await trial.count(way, SourceProjects.ALL, [], None, known, http)
    at_zoho = sandbox.store.count()
    assert found.complete
    assert (found.new[Module.PROJECT], found.new[Module.TASK], found.new[Module.TIME_LOG]) == (
        at_zoho["zp_project"], at_zoho["zp_task"], at_zoho["zp_log"],
    )  # fmt: skip
    assert len(found.new_people) == 5
    assert set(found.new_clients) == {
        "Cordelia Hôtels",
        "Maison Perrault",
        "Brouwer Logistics",
        "Norwind Energy",
    }
    assert session.exec(select(Project)).all() == []
    assert session.exec(select(TimeLog)).all() == []
    short, _ = await trial.count(way, SourceProjects.ALL, [], None, known, http, patience=-1.0)
    assert (short.read, short.projects) == (0, 5)


async def test_the_sign_in_of_the_connection_serves_too(session, owner, http):
    setup.begin(session, owner)
    with pytest.raises(DomainError, match="nothing_to_share"):
        setup.keep_shared(session, owner)
    row = connect(session)
    async with remote.reading(setup.shared_access(session, owner), http) as (api, kept):
        [portal] = await api.portals()
    setup.keep_shared(session, owner)
    setup.keep_token(session, owner, kept.access)
    assert connection.client(session).secrets.access_token == kept.access.secrets.access_token
    setup.keep_portal(session, owner, portal)
    setup.keep_projects(session, owner, {"projects": "all"}, {})
    setup.keep_people(session, owner, {"people": "create", "clients": "create"})
    source = setup.save(session, owner)
    assert (source.shared, source.secrets) == (True, "")
    assert removing.check(session, owner, "sandbox") is None
    session.delete(row)
    session.flush()
    with pytest.raises(DomainError, match="nothing_to_share"):
        access.access(session, source)


async def test_bad_input_is_refused_beside_the_field(session, owner, http):
    with pytest.raises(DomainError, match="not_begun"):
        setup.draft(session, owner)
    await signed_in(session, owner, http)
    for data, field in (
        ({"projects": "some"}, "projects"),
        ({"projects": "chosen", "project-7": "on"}, "projects"),
        ({"projects": "all", "since": "soon"}, "since"),
    ):
        with pytest.raises(InvalidFields) as fault:
            setup.keep_projects(session, owner, data, {})
        assert set(fault.value.faults) == {field}
    with pytest.raises(InvalidFields):
        setup.keep_people(session, owner, {"people": "some", "clients": ""})
    with pytest.raises(DomainError, match="not_complete"):
        setup.save(session, owner)


def test_only_who_may_connect_begins(session, member):
    for ask in (setup.begin, setup.draft, setup.discard, setup.save, overview.found, trial.known):
        with pytest.raises(DomainError):
            ask(session, member)


async def test_removed_it_keeps_no_secret_and_its_errors_are_over(session, owner, http):
    await filled(session, owner, http)
    row = setup.save(session, owner)
    errors.note(session, row.sync_id or 0, Module.TIME_LOG, 7, Unfit("source_no_time"), "a log")
    with pytest.raises(DomainError):
        removing.check(session, actor(session, Role.ADMINISTRATOR), "sandbox")
    with pytest.raises(InvalidFields):
        removing.check(session, owner, "sand")
    way = removing.check(session, owner, " sandbox ")
    assert way
    assert await remote.revoke(way, http)
    removing.remove(session, owner, "sandbox", revoked=True)
    gone = session.exec(select(ZohoSource)).one()
    assert (gone.state, gone.live, gone.secrets, gone.client_id, gone.run) == (
        ConnectionState.REMOVED, None, "", "", {},
    )  # fmt: skip
    assert session.exec(select(ZohoSyncError)).one().state is SyncErrorState.RESOLVED
    assert (access.active(session), running.due(session)) == (None, None)
    assert setup.begin(session, owner).step == "credentials"


async def test_a_change_counts_when_it_is_saved_and_reads_anew(session, owner, http):
    await filled(session, owner, http)
    first = setup.save(session, owner)
    run = first.run["id"]
    setup.begin(session, owner)
    setup.keep_people(session, owner, {"people": "known", "clients": "create"})
    assert first.people == "invite"
    setup.discard(session, owner)
    assert access.active(session)
    setup.begin(session, owner)
    setup.keep_people(session, owner, {"people": "known", "clients": "create"})
    again = setup.save(session, owner)
    assert again.people == "known"
    assert again.run["id"] != run


async def test_where_zoho_refuses_the_sign_in_an_update_begins_with_a_new_one(session, owner, http):
    await filled(session, owner, http)
    sync = session.get_one(ZohoSync, setup.save(session, owner).sync_id)
    sync.stalled = "signed_out"
    opened = setup.begin(session, owner)
    assert (opened.step, opened.signed_in) == ("credentials", False)
    with pytest.raises(DomainError, match="not_complete"):
        setup.save(session, owner)
    await signed_in(session, owner, http)
    assert setup.draft(session, owner).step == "review"
    setup.save(session, owner)
    assert not sync.stalled
