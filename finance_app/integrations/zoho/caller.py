"""One request to Zoho, sent as often as it takes: paced, signed in anew, patient with 429, 5xx, silence."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from finance_app.integrations.zoho.centres import Product
from finance_app.integrations.zoho.errors import Cause, ZohoError, of_answer
from finance_app.integrations.zoho.oauth import Credentials
from finance_app.integrations.zoho.pacing import Pacer

PER_PAGE = 200
ORGANIZATION_HEADER = "X-com-zoho-invoice-organizationid"
RENEWALS = 3
"""How often a request gets a new token: one that is refused says little, several in a row say it all."""
READS = frozenset({"GET"})
TITLES = {"INVALID_OAUTHTOKEN": Cause.SIGNED_OUT, "INVALID_OAUTHSCOPE": Cause.FORBIDDEN}
"""Refusals of Zoho Projects that its status, 400 or 401, does not tell."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried and how long the first pause is; each is twice the one before, with
    jitter, and never longer than `longest` seconds."""

    tries: int = 5
    first: float = 0.5
    longest: float = 60.0


class Caller:
    """Sends requests of one organisation. A write is not repeated after silence: whether it was carried out
    is unknown, so ZohoError `unreachable` tells the caller to look its reference up first. A `careful` one
    does not repeat a POST after a 5xx either, for it may have been carried out as well."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        root: str,
        credentials: Credentials,
        pacer: Pacer,
        *,
        organisation: str = "",
        product: Product | None = None,
        patience: Patience | None = None,
        careful: bool = False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        self._careful = careful
        self._http, self._root, self._credentials, self._pacer = http, root, credentials, pacer
        self._organisation, self._product = organisation, product
        self._patience, self._sleep = patience or Patience(), sleep
        self.answers = 0
        """How many requests were answered at all, be it by a refusal: Zoho is there."""

    async def __call__(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any
    ) -> dict[str, Any]:
        """The JSON of the answer, numbers with a point as Decimal. Raises ZohoError."""
        response = await self._persist(
            method, path, query, content=_encode(body) if body is not None else None
        )
        return _decode(response)

    async def upload(self, path: str, name: str, file: tuple[str, bytes, str]) -> dict[str, Any]:
        """Send a file (name, content, media type) as the form field `name`."""
        return _decode(await self._persist("POST", path, {}, files={name: file}))

    async def download(self, path: str) -> bytes:
        return (await self._persist("GET", path, {})).content

    async def pages(self, path: str, many: str, **query: Any) -> AsyncIterator[dict[str, Any]]:
        """Every record of a list, page by page."""
        page = 1
        while True:
            answer = await self("GET", path, page=page, per_page=PER_PAGE, **query)
            for record in answer.get(many) or []:
                yield record
            if not (answer.get("page_context") or {}).get("has_more_page"):
                return
            page += 1

    async def _persist(
        self, method: str, path: str, query: Mapping[str, Any], **content: Any
    ) -> httpx.Response:
        renewed = 0
        for attempt in range(1, self._patience.tries + RENEWALS + 1):
            token = await self._credentials.token()
            try:
                return await self._once(method, path, query, token, **content)
            except ZohoError as error:
                if error.cause is Cause.SIGNED_OUT and renewed < RENEWALS:
                    renewed += 1
                    await self._credentials.renew(token)
                    continue
                silent_write = error.cause is Cause.UNREACHABLE and method not in READS
                silent_write |= self._careful and error.cause is Cause.BROKEN and method == "POST"
                if not error.may_pass or silent_write or attempt - renewed >= self._patience.tries:
                    raise
                pause = self._pause(attempt, error.wait)
                if pause > self._patience.longest:
                    raise
                await self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _once(
        self, method: str, path: str, query: Mapping[str, Any], token: str, **content: Any
    ) -> httpx.Response:
        params = {name: value for name, value in query.items() if value is not None}
        headers = {"Authorization": f"{self._credentials.scheme} {token}"}
        if content.get("content"):
            headers["Content-Type"] = "application/json"
        if self._organisation and self._product is Product.BOOKS:
            params["organization_id"] = self._organisation
        elif self._organisation:
            headers[ORGANIZATION_HEADER] = self._organisation
        async with self._pacer.turn():
            try:
                response = await self._http.request(
                    method, f"{self._root}{path}", params=params, headers=headers, **content
                )
            except httpx.HTTPError as error:
                raise ZohoError(Cause.UNREACHABLE, type(error).__name__) from error
        self.answers += response.status_code < 500
        if response.is_success:
            return response
        raise _error(response)

    def _pause(self, attempt: int, asked: float | None) -> float:
        """What Zoho asked for, or twice as long each time; jitter keeps workers from coming all at once."""
        if asked is not None:
            return asked + random.uniform(0, 0.2)  # noqa: S311
        longest = min(self._patience.first * 2 ** (attempt - 1), self._patience.longest)
        return random.uniform(longest / 2, longest)  # noqa: S311


def _encode(body: Mapping[str, Any]) -> bytes:
    """JSON with each Decimal as the number it is."""
    exact: dict[str, str] = {}

    def mark(value: Any) -> str:
        if not isinstance(value, Decimal):
            raise TypeError(f"{type(value).__name__} cannot be sent")
        token = f"__exact_{len(exact)}__"
        exact[f'"{token}"'] = format(value, "f")
        return token

    text = json.dumps(body, default=mark)
    for token, number in exact.items():
        text = text.replace(token, number)
    return text.encode()


def _decode(response: httpx.Response) -> dict[str, Any]:
    if response.status_code == 204 or not response.content:
        return {}
    try:
        answer = json.loads(response.content, parse_float=Decimal)
    except ValueError as error:
        raise ZohoError(Cause.BROKEN, "not JSON", status=response.status_code) from error
    if isinstance(answer, list):
        return {"list": answer}
    if not isinstance(answer, dict):
        raise ZohoError(Cause.BROKEN, "not an object", status=response.status_code)
    code = answer.get("code", 0)
    if isinstance(code, int) and code != 0 and "message" in answer:
        raise of_answer(response.status_code, code, str(answer["message"]))
    return answer


def _error(response: httpx.Response) -> ZohoError:
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    nested = answer.get("error")
    said = nested if isinstance(nested, dict) else answer
    code = said.get("code", 0)
    if cause := TITLES.get(str(said.get("title", ""))):
        return ZohoError(cause, str(said["title"]), status=response.status_code)
    asked = response.headers.get("retry-after", "")
    return of_answer(
        response.status_code,
        int(code) if str(code).lstrip("-").isdigit() else 0,
        str(said.get("message") or said.get("title") or response.reason_phrase),
        float(asked) if asked.isdigit() else None,
    )
