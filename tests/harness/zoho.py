"""A sandbox of Zoho and workers that keep a database alike with it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import Engine

from finance_app.integrations.zoho import Books, Credentials, Grant, Product
from finance_app.integrations.zoho.caller import Patience
from finance_app.integrations.zoho.centres import one_host
from finance_app.integrations.zoho.oauth import Application
from finance_app.integrations.zoho.pacing import Quota
from finance_app.jobs.zoho import working
from finance_app.jobs.zoho.pacing import SharedPacer
from finance_app.sandbox import Sandbox
from finance_app.sandbox.limits import Allowance

ORGANISATION = "10"
CENTRE = one_host("http://zoho.test")
APPLICATION = Application("client", "secret", "https://marge.test/back")
ROOMY = Quota(per_minute=10**9, per_day=10**9)
"""The clock of most tests stands still: no share of a minute may be left to wait for."""


class Drops(httpx.ASGITransport):
    """A connection that breaks shows to a client as a lost answer, as it does over a network."""

    refusals = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await super().handle_async_request(request)
            await response.aread()
            Drops.refusals += response.status_code == 429
        except ConnectionAbortedError as error:
            raise httpx.RemoteProtocolError("the peer closed the connection") from error
        return response


class Remote:
    """Zoho as workers see it."""

    def __init__(self, allowance: Allowance | None = None, quota: Quota = ROOMY):
        roomy = Allowance(per_minute=1_000_000, per_day=10_000_000, tokens=1_000_000)
        self.sandbox = Sandbox(allowance=allowance or roomy)
        self.quota, self.refresh_token = quota, "sandbox"
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    @asynccontextmanager
    async def opened(self, engine: Engine | None, sync_id: int) -> AsyncIterator[Books]:
        async with self._opened(engine, sync_id, Drops(self.sandbox)) as books:  # type: ignore[arg-type]
            yield books

    def mortal(self, wrap: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]):
        """As `opened`, over a network of the caller's."""
        transport = wrap(Drops(self.sandbox))  # type: ignore[arg-type]
        return lambda engine, sync_id: self._opened(engine, sync_id, transport)

    @asynccontextmanager
    async def _opened(
        self, engine: Engine | None, sync_id: int, transport: httpx.AsyncBaseTransport
    ) -> AsyncIterator[Books]:
        async with httpx.AsyncClient(transport=transport) as http:
            credentials = Credentials(http, CENTRE, APPLICATION, Grant(self.refresh_token))
            yield Books.of(
                CENTRE,
                Product.BOOKS,
                ORGANISATION,
                credentials,
                SharedPacer(engine, sync_id, self.quota, sleep=self.sleep),
                http,
                sleep=self.sleep,
                careful=True,
                patience=Patience(tries=6),
            )

    def work(self, engine: Engine, worker: str = "one", batch: int = 100_000) -> bool:
        return asyncio.run(working.work(worker, self.opened, lambda: None, engine, batch))

    def ask(self, method: str, path: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        """What a person does at Zoho by hand."""
        query = {"organization_id": ORGANISATION, **query}
        return self.ask_at(self.sandbox, method, f"{CENTRE.api}/books/v3{path}", body, **query)

    @staticmethod
    def ask_at(
        sandbox: Sandbox, method: str, address: str, body: dict[str, Any] | None, **query: str
    ) -> dict[str, Any]:
        async def run() -> dict[str, Any]:
            transport = httpx.ASGITransport(sandbox)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport) as http:
                token = await Credentials(http, CENTRE, APPLICATION, Grant("sandbox")).token()
                answer = await http.request(
                    method,
                    address,
                    json=body,
                    params=query,
                    headers={"Authorization": f"Zoho-oauthtoken {token}"},
                )
                assert answer.is_success, answer.text
                return answer.json() if answer.content else {}

        return asyncio.run(run())

    def records(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.store.find(ORGANISATION, kind)

    def doubled(self, kind: str, field: str) -> list[str]:
        seen: dict[str, int] = defaultdict(int)
        for record in self.records(kind):
            seen[str(record[field])] += 1
        return [value for value, count in seen.items() if count > 1]
