"""The states of a browser tab without a browser."""

from collections.abc import Callable
from typing import Any

import pytest
import reflex as rx


def go(state: rx.State, cookie: str, path: str, **params: str) -> None:
    """Takes the tab of this state to another page."""
    root = state._get_root_state()
    root.router_data = root._update_router_vars(
        {
            "headers": {"cookie": cookie, "origin": "http://localhost:3000", "accept_language": "en"},
            "asPath": path,
            "pathname": path.partition("?")[0],
            "query": params,
            "token": "t",
            "sid": "s",
            "ip": "127.0.0.1",
        },
        {},
    )


@pytest.fixture
def browser_of() -> Callable[..., Any]:
    """Makes the states of a browser tab: `await browser_of(cookie, path="/clients?q=a")(ClientList)`."""

    def make(cookie: str = "", path: str = "/", params: dict[str, str] | None = None):
        root = rx.State(_reflex_internal_init=True)
        go(root, cookie, path, **params or {})

        async def state(kind: type) -> Any:
            return await root.get_state(kind)

        return state

    return make
