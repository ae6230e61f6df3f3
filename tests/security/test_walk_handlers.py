"""A team member calls every handler of every page with the ids of others' objects."""

import asyncio
import sys
from typing import Any, get_type_hints

import pytest

from finance_app import routes
from finance_app.domain.permissions import BUILT_IN, Role
from finance_app.states import live
from finance_app.states.clients.page import ClientPage
from finance_app.states.session import SESSION_COOKIE
from tests.security import world
from tests.states.test_handlers_refuse import Background, handlers, plausible, results

# What a team member does change, and why it is his. Every other handler must leave the database as it is.
HIS_OWN = {
    "profile.save": "his name and job title",
    "ownfactor.begin": "a secret for his own second factor, which does not count yet",
    "ownlogins.revoke_others": "ends his own other log-ins",
    "session.set_locale": "the language of his pages",
    "session.set_theme": "the look of his pages",
}
MEMBER = BUILT_IN[Role.MEMBER]
OTHERS = "2"
PARAMS = {
    part.strip("[]"): OTHERS
    for address in vars(routes).values()
    if isinstance(address, str)
    for part in address.split("/")
    if part.startswith("[")
}


async def _nothing(_topics: Any):
    return
    yield


def tamper(state: Any) -> None:
    """Every id that the page keeps is another's."""
    hints = get_type_hints(type(state))
    for name in state.base_vars:
        if name.endswith("_id") and hints.get(name) in (int, str):
            setattr(state, name, hints[name](OTHERS))


def others(value: Any) -> Any:
    """An argument as the page sends it, with another's id in each place that may hold one."""
    if isinstance(value, dict):
        return {**value, **dict.fromkeys(("id", "client_id", "project_id", "user_id", "task_id"), OTHERS)}
    if isinstance(value, list):
        return [OTHERS]
    return value if isinstance(value, bool) else type(value)(OTHERS)


@pytest.mark.parametrize("handler", handlers())
async def test_a_team_member_gets_nothing_of_others(handler, request, browser_of, walked, monkeypatch):
    for module in [m for m in sys.modules.values() if getattr(m, "updates", None) is live.updates]:
        monkeypatch.setattr(module, "updates", _nothing)
    name = request.node.callspec.id
    state = await browser_of(walked.cookie, "/clients", PARAMS)(handler.state)
    tamper(state)
    subject: Any = Background(state) if handler.is_background else state
    given = {key: others(value) for key, value in plausible(handler).items()}
    async with asyncio.timeout(10):
        await results(handler.fn(subject, **given))
    permission = getattr(handler.fn, "__permission__", None)
    if permission and permission not in MEMBER:
        refused = state.page_state == "denied" or state.notice.get("kind") == "error"
        assert refused, f"{name} needs {permission} and did not refuse"
    if name not in HIS_OWN:
        assert not walked.wrote, f"{name} changed {sorted(walked.wrote)}"
    assert not world.figures_in(_root(state).dict()), f"{name} sent amounts or rates"


def _root(state: Any) -> Any:
    return _root(state.parent_state) if state.parent_state is not None else state


def test_the_list_of_what_is_his_own_is_exact():
    known = {param.id for param in handlers()}
    assert set(HIS_OWN) <= known


async def test_the_walk_would_notice(browser_of, walked, monkeypatch):
    """What the walk looks for is there to be found: the owner gets figures and may change things."""
    cookie = f"{SESSION_COOKIE}={walked.owner}"
    shown = 0
    for param in handlers():
        handler = param.values[0]
        if param.id.endswith(".load"):
            state = await browser_of(cookie, "/clients", PARAMS)(handler.state)
            await results(handler.fn(state))
            shown += bool(world.figures_in(_root(state).dict()))
    assert shown > 5
    walked.wrote.clear()
    state = await browser_of(cookie, "/clients/2", PARAMS)(ClientPage)
    await ClientPage.archive.fn(state)
    assert "client" in walked.wrote
