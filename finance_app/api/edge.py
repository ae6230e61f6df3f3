"""What every request passes first: whose it is, how large it may be, and whose tab a socket belongs to."""

import asyncio
import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from finance_app.api import limits, too_large
from finance_app.settings import Settings, settings
from finance_app.states.session import session_cookie

logger = logging.getLogger(__name__)

SOCKET = "/_event"
FRAME_LIMIT = 1_000_000
FORM_LIMIT = 1_000_000
_UPLOADS = "/files/"
_TOLD_SECONDS = 600


class _TooLarge(Exception):
    pass


def _tell_once(what: str, address: str) -> None:
    """A flood of the same makes one line of the log."""
    if limits.first_time(f"told:{what}:{address}", _TOLD_SECONDS):
        logger.warning("%s, from %s", what, address)


def client_address(given: Settings, peer: str, forwarded: str) -> str:
    """Where a request comes from. Only what proxies of ours say is believed, from the nearest outwards."""
    networks = [ip_network(network) for network in given.trusted_proxies]
    address = peer
    for claimed in [part.strip() for part in reversed(forwarded.split(",")) if part.strip()]:
        try:
            if not any(ip_address(address) in network for network in networks):
                return address
            address = str(ip_address(claimed))
        except ValueError:
            return address
    return address


def token_of_tab(token: str, cookie: str) -> str:
    """The name of a tab's state: the browser's own token together with the log-in that it comes with.

    So a token that was stolen, or left behind by another person, opens an empty state.
    """
    key = settings().secret_key.get_secret_value().encode()
    return str(UUID(bytes=hmac.digest(key, f"tab:{token}:{cookie}".encode(), "sha256")[:16]))


class Edge:
    """ASGI middleware: the true address, bodies and frames of bearable size, sockets bound to log-ins."""

    def __init__(self, app: ASGIApp, given: Settings | None = None) -> None:
        self._app, self._given = app, given or settings()
        self._largest_upload = (max(self._given.upload_max_mb, self._given.receipt_max_mb) + 1) * 1024 * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        address = client_address(self._given, peer, headers.get("x-forwarded-for", ""))
        scope = {**scope, "client": (address, 0)}
        if scope["path"].startswith(SOCKET):
            scope["query_string"] = _bound(scope)
        if scope["type"] == "websocket":
            await self._app(scope, _frames(receive, send, address), send)
        else:
            await self._request(scope, receive, send, headers, address)

    async def _request(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, address: str
    ) -> None:
        path = scope["path"]
        most = self._largest_upload if path.startswith(_UPLOADS) else FORM_LIMIT
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length[:15]) > most:
            _tell_too_large(path, address)
            announced = int(length[:15]) if length.isdigit() else 0
            await too_large.refuse(scope, receive, send, most, announced)
            return
        taken, begun = 0, False
        ended = scope["method"] in ("GET", "HEAD") or headers.get("content-length") == "0"

        async def counted() -> Message:
            nonlocal taken, ended
            message = await receive()
            ended = message["type"] != "http.request" or not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLarge
            return message

        async def answer(message: Message) -> None:
            nonlocal begun
            if not ended and message["type"] == "http.response.start":
                await _rest(counted, lambda: ended)
            if taken <= most:  # else the app reports its own failure; the refusal below is the answer
                begun = True
                await send(message)

        try:
            await self._app(scope, counted, answer)
        except Exception:
            if taken <= most:
                raise
        if taken > most:
            _tell_too_large(path, address)
            if not begun:
                await too_large.refuse(scope, receive, send, most)


async def _rest(receive: Receive, ended: Callable[[], bool]) -> None:
    """Read what an answer does not wait for: else the connection breaks, and the browser shows no answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(too_large.SECONDS):
            while not ended():
                await receive()


def _tell_too_large(path: str, address: str) -> None:
    _tell_once(f"A body that is too large for {path[:80]} was refused", address)


def _bound(scope: Scope) -> bytes:
    cookie = HTTPConnection(scope).cookies.get(session_cookie(), "")
    pairs = [
        (name, token_of_tab(value, cookie) if name == "token" else value)
        for name, value in parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    ]
    return urlencode(pairs).encode()


def _frames(receive: Receive, send: Send, address: str) -> Receive:
    async def next_frame() -> Message:
        message = await receive()
        size = max(len(message.get("bytes") or b""), len(message.get("text") or ""))
        if size <= FRAME_LIMIT:
            return message
        _tell_once("A frame that is too large was refused", address)
        await send({"type": "websocket.close", "code": 1009})
        return {"type": "websocket.disconnect", "code": 1009}

    return next_frame
