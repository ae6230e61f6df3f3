"""No handler of any state does anything for somebody who is not logged in."""

import inspect
import logging
from typing import Any, get_type_hints

import pytest
import reflex as rx
from reflex_base.event import EventHandler, EventSpec
from reflex_base.registry import RegistrationContext

import finance_app.finance_app  # noqa: F401 - registers every state
from finance_app import db
from finance_app.states.session import Session

# Open to all. Each was looked at: none reads or changes anything of a person.
REVIEWED = {
    "session.set_locale": "chooses the language of this browser before the log-in",
    "login.load": "shows the log-in page, and empties the state of whoever was here before",
}


def handlers() -> list[Any]:
    found = []
    for name, registered in RegistrationContext.get().event_handlers.items():
        state = registered.handler.state
        if state is None or not issubclass(state, Session) or name.endswith(".setvar"):
            continue
        found.append(
            pytest.param(registered.handler, id=f"{state.__name__}.{name.rpartition('.')[2]}".lower())
        )
    return found


def plausible(handler: EventHandler) -> dict[str, Any]:
    """Arguments as the page sends them, by the annotated types."""
    samples = {int: 1, str: "1", bool: True, float: 1.0, dict: {"name": "x", "version": "1"}, list: ["1"]}
    hints = get_type_hints(handler.fn)
    names = list(inspect.signature(handler.fn).parameters)[1:]
    return {
        name: samples.get(getattr(hints.get(name), "__origin__", hints.get(name)), "1")  # type: ignore[arg-type]
        for name in names
    }


async def results(outcome: Any) -> list[Any]:
    if inspect.isasyncgen(outcome):
        return [event async for event in outcome]
    if inspect.isawaitable(outcome):
        outcome = await outcome
    return [outcome]


def leads_to_login(outcome: Any) -> bool:
    return isinstance(outcome, EventSpec) and "/login" in str(outcome.args)


class Tripwire(RuntimeError):
    pass


@pytest.mark.parametrize("handler", handlers())
async def test_refuses_without_login(handler, request, browser_of, monkeypatch, caplog):
    name = request.node.callspec.id
    if name in REVIEWED:
        assert getattr(handler.fn, "__open_to_all__", False)
        return

    def no_database(*_args: Any) -> Any:
        raise Tripwire("the database was asked")

    monkeypatch.setattr(db, "transaction", no_database)
    monkeypatch.setattr(db, "reading", no_database)
    state = await browser_of("", "/clients")(handler.state)
    subject: Any = Background(state) if handler.is_background else state
    with caplog.at_level(logging.ERROR):
        outcome = await results(handler.fn(subject, **plausible(handler)))
    assert any(leads_to_login(event) for event in outcome), f"{name} did not ask for the log-in"
    assert not caplog.records


class Background:
    """A state as a background handler has it: to be entered before it is written."""

    def __init__(self, state: Any) -> None:
        object.__setattr__(self, "_state", state)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    async def __aenter__(self) -> Any:
        return self._state

    async def __aexit__(self, *_exception: Any) -> None:
        return None


def test_reviewed_list_is_exact():
    open_to_all = {param.id for param in handlers() if getattr(param.values[0].fn, "__open_to_all__", False)}
    assert open_to_all == set(REVIEWED)


def test_no_setter_is_callable_from_outside():
    for state in RegistrationContext.get().base_states.values():
        if issubclass(state, Session):
            unguarded = [
                name
                for name, handler in state.event_handlers.items()
                if name != "setvar"
                and not getattr(handler.fn, "__guarded__", False)
                and not getattr(handler.fn, "__open_to_all__", False)
            ]
            assert not unguarded, f"{state.__name__}: {unguarded}"


def test_every_state_of_ours_is_a_session():
    ours = [
        s for s in RegistrationContext.get().base_states.values() if s.__module__.startswith("finance_app")
    ]
    assert ours
    assert all(issubclass(state, Session) for state in ours)
    assert issubclass(Session, rx.State)
