"""Pages are served only under the addresses that the settings know.

A page opened under another name would load and then find its socket refused (its origin is unknown), so it is
answered by an explanation. It also keeps out pages of strangers that point their own name at this server.
"""

from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from finance_app.i18n import choose_locale, t
from finance_app.settings import Settings, settings

_OF_MACHINES = ("/ping", "/_health", "/health")


class KnownHosts:
    """ASGI middleware: status 421 and an explanation for a request whose Host no origin of ours has."""

    def __init__(self, app: ASGIApp, given: Settings | None = None) -> None:
        self._app, given = app, given or settings()
        self._address = given.address
        self._hosts = {origin.partition("://")[2].lower() for origin in given.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OF_MACHINES:
            headers = Headers(scope=scope)
            if headers.get("host", "").lower() not in self._hosts:
                await self._explanation(scope, headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _explanation(self, scope: Scope, headers: Headers) -> HTMLResponse:
        locale = choose_locale(headers.get("accept-language"))
        host = headers.get("host", "")
        words = {"address": self._address, "host": host, "origin": f"{scope.get('scheme', 'http')}://{host}"}

        def text(name: str) -> str:
            return escape(t(locale, f"server.wrong_address.{name}", **words))

        link = escape(self._address, quote=True)
        return HTMLResponse(
            f'<!doctype html><html lang="{locale}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{text("title")} · Marge</title>'
            '<body style="font:16px/1.5 system-ui;max-width:40rem;margin:15vh auto;padding:0 1.5rem">'
            f"<h1>{text('title')}</h1><p>{text('explanation')}</p>"
            f'<p><a href="{link}">{text("visitor")}</a></p><p>{text("operator")}</p></body></html>',
            status_code=421,
        )
