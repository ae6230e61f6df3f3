"""The answer to a body that is too large: in words, after what comes was read and thrown away.

A browser sends all of its body before it reads the answer. A connection that is closed meanwhile is all that
it shows, so the rest is read first, as far as that can be borne.
"""

import asyncio
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from finance_app.i18n import choose_locale, t

MOST = 256 * 1024 * 1024
SECONDS = 30
_AT_ONCE = 8
_reading = 0


async def refuse(scope: Scope, receive: Receive, send: Send, limit: int, declared: int = 0) -> None:
    """Answer 413. `declared` is the announced length, where there is one."""
    headers = Headers(scope=scope)
    waits = headers.get("expect", "").lower() == "100-continue"
    whole = not waits and declared <= MOST and await _thrown_away(receive)
    answer = _answer(headers, limit)
    if not whole:
        answer.headers["connection"] = "close"

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    await answer(scope, nothing, send)


async def _thrown_away(receive: Receive) -> bool:
    """Whether the body was read to its end. Only a few at once: else the answer comes without."""
    global _reading
    if _reading >= _AT_ONCE:
        return False
    _reading += 1
    taken = 0
    try:
        async with asyncio.timeout(SECONDS):
            while taken <= MOST:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return True
                taken += len(message.get("body", b""))
    except TimeoutError:
        pass
    finally:
        _reading -= 1
    return False


def _answer(headers: Headers, limit: int) -> Response:
    locale = choose_locale(headers.get("accept-language"))
    title, explanation, advice = (
        t(locale, f"server.too_large.{name}", limit=max(1, limit // 1024**2))
        for name in ("title", "explanation", "advice")
    )
    if "text/html" not in headers.get("accept", ""):
        return JSONResponse({"message": f"{title}. {explanation} {advice}"}, 413)
    return HTMLResponse(
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)} · Marge</title>'
        '<body style="font:16px/1.5 system-ui;max-width:40rem;margin:15vh auto;padding:0 1.5rem">'
        f"<h1>{escape(title)}</h1><p>{escape(explanation)}</p><p>{escape(advice)}</p></body></html>",
        413,
    )
