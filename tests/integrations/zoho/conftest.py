from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from finance_app.integrations.zoho import Books, Credentials, Grant, Product, Projects
from finance_app.integrations.zoho.caller import Patience
from finance_app.integrations.zoho.centres import one_host
from finance_app.integrations.zoho.oauth import Application
from finance_app.integrations.zoho.pacing import Pacer, Quota
from finance_app.sandbox import Sandbox
from finance_app.sandbox.limits import Allowance

CENTRE = one_host("http://zoho.test")
APPLICATION = Application("client", "secret", "https://marge.test/back")


class Drops(httpx.ASGITransport):
    """A connection that breaks shows to a client as a lost answer, as it does over a network."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await super().handle_async_request(request)
            await response.aread()
        except ConnectionAbortedError as error:
            raise httpx.RemoteProtocolError("the peer closed the connection") from error
        return response


@dataclass
class World:
    """A sandbox and everything that asks it; `pauses` are the seconds that were waited."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    pauses: list[float] = field(default_factory=list)
    kept: list[Grant] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def credentials(self, refresh_token: str = "sandbox") -> Credentials:
        async def keep(grant: Grant) -> None:
            self.kept.append(grant)

        return Credentials(self.http, CENTRE, APPLICATION, Grant(refresh_token), keep)

    def pacer(self, quota: Quota | None = None) -> Pacer:
        return Pacer("10", quota or Quota(per_minute=100_000, per_day=1_000_000), sleep=self.sleep)

    def books(self, product: Product = Product.BOOKS, **more) -> Books:
        given = {"credentials": self.credentials(), "pacer": self.pacer(), **more}
        return Books.of(
            CENTRE, product, "10", http=self.http, sleep=self.sleep, patience=Patience(tries=4), **given
        )

    def projects(self) -> Projects:
        return Projects.of(CENTRE, "10", self.credentials(), self.pacer(), self.http, sleep=self.sleep)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    sandbox = Sandbox(allowance=Allowance(per_minute=100_000, per_day=1_000_000, tokens=1000))
    transport = Drops(sandbox)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport) as http:
        yield World(sandbox, http)
