"""The fold with the audit trail of one object: its own events in words, for those who may see the trail."""

import pytest

from finance_app import db
from finance_app.models import Client
from finance_app.models.kinds import Role
from finance_app.services.audit import trail as audit
from finance_app.states.object_trail import SHOWN, ObjectTrail


@pytest.fixture
def clients(database) -> list[int]:
    with db.transaction() as session:
        rows = [Client(name=name, currency="EUR", country="FR") for name in ("Acme", "Other")]
        session.add_all(rows)
        session.flush()
        first, second = [row.id or 0 for row in rows]
        audit.record(
            session, None, "client", first, "changed", before={"city": "Lyon"}, after={"city": "Nice"}
        )
        audit.record(session, None, "client", second, "archived")
        return [first, second]


async def test_the_fold_tells_what_happened_to_this_object_alone(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), f"/clients/{clients[0]}", {"client_id": str(clients[0])})(
        ObjectTrail
    )
    await ObjectTrail.open_trail.fn(state, "client", False)
    assert [row.what for row in state.trail] == ["Changed"]
    assert "Lyon → Nice" in state.trail[0].changes[0]
    assert state.trail_visit == state.visit
    assert state.trail_href.endswith(f"kind=client&object={clients[0]}")


async def test_the_fold_of_settings_names_each_object_and_leads_to_the_rest(database, log_in, browser_of):
    with db.transaction() as session:
        for _ in range(SHOWN + 1):
            audit.record(session, None, "tax", None, "changed", after={"name": "Reduced"})
    state = await browser_of(log_in(Role.OWNER), "/settings/taxes")(ObjectTrail)
    await ObjectTrail.open_trail.fn(state, "tax", True)
    assert (len(state.trail), state.trail_total) == (SHOWN, SHOWN + 1)
    assert "Reduced" in state.trail[0].what
    assert state.trail_href.endswith("?kind=tax")


async def test_ones_own_profile_shows_what_happened_to_oneself(clients, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    with db.transaction() as session:
        audit.record(session, None, "user", 1, "login_failed", address="203.0.113.5")
        audit.record(session, None, "user", 2, "login_failed", address="203.0.113.6")
    state = await browser_of(cookie, "/settings/profile")(ObjectTrail)
    await ObjectTrail.open_trail.fn(state, "me", False)
    assert len(state.trail) == 1
    assert "203.0.113.5" in state.trail[0].when


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.ACCOUNTANT])
async def test_who_may_not_see_the_trail_gets_no_row(clients, log_in, browser_of, role):
    state = await browser_of(log_in(role), f"/clients/{clients[0]}", {"client_id": str(clients[0])})(
        ObjectTrail
    )
    await ObjectTrail.open_trail.fn(state, "client", False)
    assert state.trail == []
    assert state.notice["kind"] == "error"


async def test_a_kind_that_no_page_asks_for_is_refused(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/settings/taxes")(ObjectTrail)
    for kind, whole in (("session", True), ("invoice", False), ("tax", False)):
        await ObjectTrail.open_trail.fn(state, kind, whole)
        assert state.trail == []
        assert state.notice["kind"] == "error"
