"""Security headers on every answer, and how long a browser may keep it."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from finance_app.settings import settings

CLIENT = Path(".web") / "build" / "client"
FILES = (".css", ".js", ".svg", ".png", ".jpg", ".ico", ".woff2", ".json", ".map")
FILE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)


def script_hashes(client: Path) -> list[str]:
    """The hashes of the inline scripts of a built client; they are the only ones allowed to run."""
    found = set()
    for page in client.rglob("*.html"):
        with page.open(encoding="utf-8", newline="") as file:
            for attributes, body in _SCRIPT.findall(file.read()):
                if "src=" not in attributes:
                    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
                    found.add(f"'sha256-{digest}'")
    return sorted(found)


def policy(client: Path = CLIENT) -> str:
    """The Content-Security-Policy of the app. Styles stay open: the component library writes them inline."""
    sockets = {
        urlsplit(origin)._replace(scheme="wss" if origin.startswith("https") else "ws").geturl()
        for origin in settings().origins
        if "[" not in origin  # no browser reads an IPv6 address in a policy; 'self' covers it
    }
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *script_hashes(client)]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            " ".join(["connect-src 'self'", *sorted(sockets)]),
            "frame-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "manifest-src 'self'",
        ]
    )


class Headers:
    """ASGI middleware, outermost. A header that the route has set itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.always = [
            (b"content-security-policy", policy().encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"SAMEORIGIN"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]
        if settings().address.startswith("https"):
            self.always.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message["headers"])
                names = {name.lower() for name, _ in given}
                if _is_file(scope["path"], given):
                    names.add(b"content-security-policy")
                    given.append((b"content-security-policy", FILE_POLICY))
                extra = [*self.always, (b"cache-control", _keep(scope["path"], message["status"]))]
                given += [(name, value) for name, value in extra if name not in names]
                message = {**message, "headers": given}
            await send(message)

        await self.app(scope, receive, with_headers)


def _is_file(path: str, headers: list[tuple[bytes, bytes]]) -> bool:
    """A file that is no page: the policy of the app, long by its many hashes, says nothing about it."""
    given = {name.lower(): value for name, value in headers}
    page = given.get(b"content-type", b"").startswith(b"text/html")
    return path.endswith(FILES) and not page and b"content-security-policy" not in given


def _keep(path: str, status: int) -> bytes:
    if status in (200, 206, 304):
        if path.startswith("/assets/"):
            return b"public, max-age=31536000, immutable"
        if path.startswith("/fonts/"):
            return b"public, max-age=604800"
    return b"no-cache"


class UploadGuard:
    """Shuts the upload route of Reflex, which anybody may call: our uploads have routes of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/_upload"):
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)
