"""The look at the chain on the page of the audit trail: what it says when it holds, and when it does not."""

from sqlalchemy import text

from finance_app import db
from finance_app.models import Portal
from finance_app.models.kinds import Role
from finance_app.services.audit import trail as audit
from finance_app.states.settings.audit_proof import AuditProof
from tests.states.test_handlers_refuse import Background


class Entered(Background):
    """As Reflex hands it out, it passes for the state itself."""

    @property
    def __class__(self):
        return self._state.__class__

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._state, name, value)


def write() -> None:
    with db.transaction() as session:
        session.add(Portal(name="Atelier"))
    for name in ("one", "two", "three"):
        with db.transaction() as session:
            audit.record(session, None, "client", 1, "changed", after={"name": name})


async def verified(browser_of, cookie: str, head: str = ""):
    state = await browser_of(cookie, "/settings/audit")(AuditProof)
    await AuditProof.verify.fn(Entered(state), {"head": head})
    return state


async def test_the_chain_holds_and_gives_its_head(browser_of, database, log_in):
    cookie = log_in(Role.OWNER)
    write()
    state = await verified(browser_of, cookie)
    assert (state.outcome, state.told) == ("holds", "The trail is intact: 3 events, and every seal holds.")
    again = await verified(browser_of, cookie, f" {state.head.upper()} ")
    assert again.outcome == "holds"
    assert not again.checking


async def test_a_changed_event_and_a_cut_end_show(browser_of, database, log_in):
    cookie = log_in(Role.OWNER)
    write()
    state = await verified(browser_of, cookie, "f" * 64)
    assert (state.outcome, state.head) == ("broken", "")
    assert "its end was cut off" in state.detail
    with database.execution_options(writes=True).begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_no_update"))
        connection.execute(text("UPDATE audit_event SET action = 'created' WHERE id = 2"))
    state = await verified(browser_of, cookie)
    assert (state.outcome, state.detail) == ("broken", "Event 2 is not what was sealed.")


async def test_what_is_no_head_is_told_beside_the_field(browser_of, database, log_in):
    state = await verified(browser_of, log_in(Role.OWNER), "not a head")
    assert "64 characters" in state.errors["head"]
    assert (state.outcome, state.checking) == ("", False)


async def test_who_may_not_see_the_trail_cannot_have_it_checked(browser_of, database, log_in):
    state = await verified(browser_of, log_in(Role.MEMBER))
    assert state.outcome == ""
    assert state.notice["kind"] == "error"
