"""A connection while it is there and when it goes: its bill-from day, migrating, its removal."""

from datetime import date, timedelta

import httpx
import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.grouping import Eligibility
from finance_app.models import OutboxMessage, Project, TimeLog, ZohoConnection
from finance_app.models.kinds import ConnectionState, OutboxState, Role
from finance_app.sandbox import Sandbox
from finance_app.services import rates
from finance_app.services.invoicing import scope
from finance_app.services.invoicing.scope import Scope
from finance_app.services.zoho import connection, migrating, remote, removing, sync
from finance_app.services.zoho.connection import Secrets
from finance_app.services.zoho.sync import starting
from tests.harness.invoices import TODAY, office
from tests.services.conftest import actor


def connect(session, owner, **more) -> ZohoConnection:
    row = ZohoConnection(
        state=ConnectionState.ACTIVE,
        client_id="id",
        organisation="10",
        organisation_name="Atelier  Rivoli",
        currency="EUR",
        secrets=Secrets(client_secret="hush", refresh_token="sandbox").closed(),
        **more,
    )
    session.add(row)
    session.flush()
    sync.start(session, owner)
    return row


def pending(session) -> int:
    rows = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.PENDING)).all()
    return len([row for row in rows if row.kind == "zoho"])


async def test_the_credentials_are_revoked_and_erased(session, owner):
    office(session)
    row = connect(session, owner)
    assert pending(session) > 0
    assert removing.begin(session, owner, "Atelier Rivoli", removing.DROP)
    access = removing.access(session)
    assert access
    sandbox = Sandbox()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox)) as http:
        await access.books(http).organizations()
        assert await remote.revoke(access, http)
        with pytest.raises(DomainError, match="signed_out"):
            await remote.organisations(access, http)
    removing.complete(session, revoked=True)
    session.refresh(row)
    assert (row.state, row.live, row.secrets, row.client_id) == (ConnectionState.REMOVED, None, "", "")
    assert (pending(session), starting.active(session)) == (0, None)
    with pytest.raises(DomainError, match="not_connected"):
        connection.client(session)
    session.add(ZohoConnection())
    session.flush()


def test_what_is_unsent_is_finished_first_or_dropped_after_all(session, owner):
    office(session)
    connect(session, owner)
    assert not removing.begin(session, owner, "Atelier Rivoli", removing.FINISH)
    assert pending(session) > 0
    assert removing.begin(session, owner, "Atelier Rivoli", removing.DROP)


def test_only_the_owner_removes_and_types_its_name(session, owner):
    connect(session, owner)
    with pytest.raises(DomainError):
        removing.begin(session, actor(session, Role.ADMINISTRATOR), "Atelier Rivoli", removing.DROP)
    with pytest.raises(InvalidFields) as fault:
        removing.begin(session, owner, "Atelier", "later")
    assert set(fault.value.faults) == {"typed", "unsent"}


def test_time_before_the_bill_from_day_counts_as_billed(session, owner):
    place = office(session)
    start = TODAY - timedelta(days=10)
    for day in (start - timedelta(days=1), start):
        log = TimeLog(
            project_id=place.project.id,
            task_id=place.tasks[0].id,
            user_id=place.person.id,
            day=day,
            seconds=3600,
            bill_rate=100,
        )
        session.add(log)
    session.flush()
    row = connect(session, owner, bill_from=start)
    asked = Scope((place.project.id or 0,), date(2100, 1, 1))

    def days():
        return session.exec(select(TimeLog.day).where(*scope.billable(session, asked))).all()

    def seconds() -> int:
        return rates.unbilled_by_project(session, {place.project.id or 0: "EUR"})[
            place.project.id or 0
        ].seconds

    reasons = session.exec(select(scope.reason_of(session, asked)).order_by(TimeLog.day)).all()
    assert (days(), seconds()) == ([start], 3600)
    assert reasons == [Eligibility.BEFORE_BILL_FROM, Eligibility.OK]
    removing.begin(session, owner, "Atelier Rivoli", removing.DROP)
    removing.complete(session, revoked=False)
    session.refresh(row)
    assert (len(days()), seconds()) == (2, 7200)


def test_migrating_gives_projects_their_client_one_by_one(session, owner):
    place = office(session)
    lonely = Project(name="Internal", currency="EUR")
    session.add(lonely)
    session.flush()
    session.add(TimeLog(project_id=lonely.id, user_id=place.person.id, day=TODAY, seconds=1800))
    session.flush()
    [found] = migrating.homeless(session, owner)
    assert (found.name, found.seconds) == ("Internal", 1800)
    before = migrating.extent(session, owner)
    assert (before.projects, before.without_client, before.waiting_seconds) == (2, 1, 1800)
    with pytest.raises(InvalidFields):
        migrating.assign(session, owner, found.id, 4711)
    migrating.assign(session, owner, found.id, place.client.id)
    assert migrating.homeless(session, owner) == []
    assert migrating.extent(session, owner).waiting_seconds == 0
