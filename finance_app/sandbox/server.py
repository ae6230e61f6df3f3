"""The sandbox as an ASGI application."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from finance_app.sandbox import oauth, seed
from finance_app.sandbox.books.contacts import contact_routes
from finance_app.sandbox.books.documents import document_routes
from finance_app.sandbox.books.expenses import expense_routes
from finance_app.sandbox.books.payments import payment_routes
from finance_app.sandbox.books.settings import EVERYBODY, organization_routes, settings_routes
from finance_app.sandbox.books.work import work_routes
from finance_app.sandbox.faults import Faults
from finance_app.sandbox.limits import Allowance, Limits
from finance_app.sandbox.projects import sample
from finance_app.sandbox.projects.restapi import restapi_routes
from finance_app.sandbox.projects.v3 import v3_routes
from finance_app.sandbox.protocol import (
    BAD_REFERENCE,
    THROTTLED,
    Answer,
    Call,
    File,
    Refusal,
    Routes,
    read_body,
)
from finance_app.sandbox.store import Store, in_zone

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ORGANIZATION_HEADER = "x-com-zoho-invoice-organizationid"


class Sandbox:
    """`Sandbox()` lives in memory, `Sandbox("file.sqlite")` survives; with `sample`, its portal holds
    the work of a small firm. Call it as an ASGI application."""

    def __init__(
        self,
        path: str = ":memory:",
        allowance: Allowance | None = None,
        location: str = "us",
        *,
        sample: bool = False,
    ):
        self.store, self.location, self._sample = Store(path), location, sample
        self.limits, self.faults = Limits(allowance or Allowance()), Faults()
        self.requests: dict[str, int] = {}
        self._finance = {product: _finance_routes(product) for product in ("books", "invoice")}
        self._projects = Routes()
        v3_routes(self._projects)
        restapi_routes(self._projects)
        self._seed()
        self.app = Starlette(
            routes=[
                Route("/oauth/v2/auth", self._consent),
                Route("/oauth/v2/token", self._token, methods=["POST"]),
                Route("/oauth/v2/token/revoke", self._revoke, methods=["POST"]),
                Route("/sandbox/{what}", self._control, methods=["GET", "POST"]),
                Route("/{path:path}", self._answer, methods=METHODS),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def _consent(self, request: Request) -> Response:
        with self.store.transaction():
            status, address, page = oauth.consent(
                self.store, request.query_params, request.scope["path"], self.location
            )
        return RedirectResponse(address, status) if address else HTMLResponse(page, status)

    async def _token(self, request: Request) -> Response:
        asked = await _parameters(request)
        domain = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
        with self.store.transaction():
            answer = oauth.token(self.store, self.limits, asked, domain)
        return JSONResponse(answer, 400 if answer.get("status") == "failure" else 200)

    async def _revoke(self, request: Request) -> Response:
        asked = await _parameters(request)
        with self.store.transaction():
            return JSONResponse(oauth.revoke(self.store, asked))

    async def _answer(self, request: Request) -> Response:
        """One request of an API: fault, limits, sign-in, organisation, handler, envelope."""
        path = "/" + request.path_params["path"].rstrip("/")
        self.requests[request.method] = self.requests.get(request.method, 0) + 1
        fault = self.faults.draw()
        if self.faults.latency_ms:
            await asyncio.sleep(self.faults.latency_ms / 1000)
        org, headers = self._organization(request), {}
        try:
            headers = self.limits.enter(org)
        except Refusal as refusal:
            return _refused(refusal)
        try:
            if fault == "429":
                raise Refusal(THROTTLED, "You have exceeded the maximum number of requests.", 429)
            if fault == "500":
                raise Refusal(1000, "Internal Error", 500)
            content_type = request.headers.get("content-type", "")
            form: Mapping[str, Any] | None = None
            if "form" in content_type and request.method != "GET":
                form = await request.form()
            raw = b"" if form is not None else await request.body()
            authorization = request.headers.get("authorization", "")
            query, file = dict(request.query_params), await _file(form)
            answer = await run_in_threadpool(
                self._handle,
                request.method,
                path,
                org,
                authorization,
                query,
                raw,
                form,
                file,
                fault,
            )
        except Refusal as refusal:
            return _refused(refusal, headers)
        finally:
            self.limits.leave(org)
        if fault == "drop":
            return _Dropped()
        if answer.content is not None:
            return Response(answer.content, answer.status, headers, answer.media_type)
        if answer.status == 204:
            return Response(status_code=204, headers=headers)
        finance = path.startswith(("/books/", "/invoice/"))
        return JSONResponse(answer.payload() if finance else answer.body, answer.status, headers)

    def _handle(
        self,
        method: str,
        path: str,
        org: str,
        authorization: str,
        query: dict[str, str],
        raw: bytes,
        form: Mapping[str, Any] | None,
        file: File | None,
        fault: str,
    ) -> Answer:
        with self.store.transaction():
            if fault == "expired":
                oauth.expire(self.store, authorization)
        with self.store.transaction():
            oauth.authorise(self.store, authorization)
            product, _, rest = path.removeprefix("/").partition("/v3")
            finance = product in self._finance
            routes = self._finance[product] if finance else self._projects
            handler, ids = routes.find(method, rest if finance else path)
            call = Call(self.store, method, rest, product, query, org=org, ids=ids, file=file)
            if finance and not rest.startswith("/organizations"):
                self._require_organization(org)
            if method in ("POST", "PUT", "PATCH"):
                call.body = read_body(raw, form)
            owner = self.store.get(EVERYBODY, "organization", org) or {}
            with in_zone(str(owner.get("time_zone") or "UTC")):
                return handler(call)

    def _require_organization(self, org: str) -> None:
        if self.store.get(EVERYBODY, "organization", org) is None:
            raise Refusal(BAD_REFERENCE, "The organization is invalid or was not specified.", 400)

    @staticmethod
    def _organization(request: Request) -> str:
        """Of the query (Books) or of the header (Invoice); either is taken, as the real ones do."""
        return request.query_params.get("organization_id") or request.headers.get(ORGANIZATION_HEADER, "")

    async def _control(self, request: Request) -> Response:
        """`POST faults|limits` sets them, `POST reset` starts anew, `GET state` counts what is there."""
        match request.method, request.path_params["what"]:
            case "POST", "faults":
                try:
                    self.faults = Faults(**json.loads(await request.body() or b"{}"))
                except (TypeError, ValueError) as error:
                    return JSONResponse({"error": str(error)}, 400)
            case "POST", "limits":
                try:
                    self.limits = Limits(Allowance(**json.loads(await request.body() or b"{}")))
                except (TypeError, ValueError) as error:
                    return JSONResponse({"error": str(error)}, 400)
            case "POST", "reset":
                self.reset()
            case "GET", "state":
                pass
            case _:
                return JSONResponse({"error": "faults, limits, reset or state"}, 404)
        with self.store.transaction():
            counts = self.store.count()
        faults = {
            "shares": self.faults.shares,
            "next": self.faults.next,
            "latency_ms": self.faults.latency_ms,
        }
        limits = asdict(self.limits.allowance)
        return JSONResponse(
            {"records": counts, "requests": self.requests, "faults": faults, "limits": limits}
        )

    def _seed(self) -> None:
        with self.store.transaction():
            seed.fresh(self.store)
            if self._sample:
                sample.fill(self.store)

    def reset(self) -> None:
        """As when it was new."""
        with self.store.transaction():
            self.store.clear()
        self._seed()
        self.limits, self.faults, self.requests = Limits(self.limits.allowance), Faults(), {}


class _Dropped(Response):
    """The connection breaks in the middle of the answer: the client never learns what became of it."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        head = [(b"content-type", b"application/json"), (b"content-length", b"10000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b'{"code":', "more_body": True})
        raise ConnectionAbortedError("the sandbox dropped this answer, as it was asked to")


def _finance_routes(product: str) -> Routes:
    routes = Routes()
    organization_routes(routes)
    contact_routes(routes)
    settings_routes(routes)
    payment_routes(routes)
    document_routes(routes, product)
    expense_routes(routes)
    work_routes(routes)
    return routes


def _refused(refusal: Refusal, headers: dict[str, str] | None = None) -> Response:
    named = {name.replace("_", "-"): value for name, value in refusal.headers.items()}
    body = {"code": refusal.code, "message": refusal.message}
    return JSONResponse(body, refusal.status, {**(headers or {}), **named})


async def _parameters(request: Request) -> dict[str, str]:
    """Of the query and of a form: clients use either."""
    form = await request.form() if "form" in request.headers.get("content-type", "") else {}
    return {**request.query_params, **{name: value for name, value in form.items() if isinstance(value, str)}}


async def _file(form: Mapping[str, Any] | None) -> File | None:
    for value in (form or {}).values():
        if isinstance(value, UploadFile):
            content = await value.read()
            return File(value.filename or "file", value.content_type or "application/octet-stream", content)
    return None
