from collections.abc import Callable
from typing import Any

import httpx
import pytest

from finance_app.sandbox import Sandbox
from finance_app.sandbox.limits import Allowance

ROOMY = Allowance(per_minute=100_000, per_day=1_000_000)


class Client:
    """What a client of Books does: it signs in with the first refresh token and names the organisation."""

    def __init__(self, sandbox: Sandbox):
        self.http = httpx.Client(transport=_Bridge(sandbox), base_url="http://zoho.test")
        answer = self.http.post(
            "/oauth/v2/token", params={"grant_type": "refresh_token", "refresh_token": "sandbox"}
        ).json()
        self.http.headers["authorization"] = f"Zoho-oauthtoken {answer['access_token']}"

    def __call__(
        self, method: str, path: str, body: Any = None, product: str = "books", **query: Any
    ) -> dict:
        answer = self.raw(method, path, body, product, **query)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def raw(self, method: str, path: str, body: Any = None, product: str = "books", **query: Any):
        params = {"organization_id": "10", **query}
        return self.http.request(method, f"/{product}/v3{path}", json=body, params=params)

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, int]:
        answer = self.raw(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]


class _Bridge(httpx.BaseTransport):
    """A synchronous client of an ASGI application, each request in an event loop of its own."""

    def __init__(self, sandbox: Sandbox):
        self._transport = httpx.ASGITransport(sandbox)  # type: ignore[arg-type]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        import anyio

        async def ask() -> httpx.Response:
            asked = httpx.Request(
                request.method, request.url, headers=request.headers, content=request.read()
            )
            answer = await self._transport.handle_async_request(asked)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return anyio.run(ask)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(allowance=ROOMY)


@pytest.fixture
def books(sandbox: Sandbox) -> Client:
    return Client(sandbox)


@pytest.fixture
def customer(books: Client) -> dict:
    return books("POST", "/contacts", {"contact_name": "Acme"})["contact"]


@pytest.fixture
def invoice_of(books: Client) -> Callable[..., dict]:
    """Makes an invoice; its totals and number come from the sandbox unless given."""

    def make(customer: dict, *lines: dict, **more: Any) -> dict:
        query = {name: more.pop(name) for name in ("ignore_auto_number_generation",) if name in more}
        shaped = lines or ({"name": "Work", "rate": 100, "quantity": 2},)
        body = {"customer_id": customer["contact_id"], "line_items": list(shaped), **more}
        return books("POST", "/invoices", body, **query)["invoice"]

    return make
