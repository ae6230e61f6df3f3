"""The states of a browser tab without a browser."""

from collections.abc import Callable
from typing import Any

import pytest
import reflex as rx


@pytest.fixture
def browser_of() -> Callable[..., Any]:
    """Makes the states of a browser tab: `await browser_of(cookie, path="/clients?q=a")(ClientList)`."""

    def make(cookie: str = "", path: str = "/", params: dict[str, str] | None = None):
        root = rx.State(_reflex_internal_init=True)
        root.router_data = root._update_router_vars(
            {
                "headers": {"cookie": cookie, "origin": "http://localhost:3000", "accept_language": "en"},
                "asPath": path,
                "pathname": path.partition("?")[0],
                "query": params or {},
                "token": "t",
                "sid": "s",
                "ip": "127.0.0.1",
            },
            {},
        )

        async def state(kind: type) -> Any:
            return await root.get_state(kind)

        return state

    return make
