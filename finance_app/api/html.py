"""Plain HTML pages beside the app: templates, answers, names of files."""

import gzip
import re
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from finance_app.i18n import t

ASSETS = Path(__file__).resolve().parents[2] / "assets"
_WORTH_PACKING = 2000
_SPACE = re.compile(r"\s+")


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["t"] = t
    found.globals["styles"] = styles
    return found


@cache
def styles(*names: str) -> Markup:
    """Style sheets to stand in a page, which then shows with its first answer and asks for none."""
    sheets = ((ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return Markup(_SPACE.sub(" ", " ".join(sheets)))  # noqa: S704 - our own files


def page(
    request: Request,
    template: str,
    words: Mapping[str, object],
    *,
    policy: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page of a template. `{nonce}` in the policy lets its one `<style nonce>` through."""
    nonce = secrets.token_urlsafe(16)
    body = environment().get_template(template).render(words, nonce=nonce).encode()
    more = {
        "Content-Security-Policy": policy.replace("{nonce}", f"'nonce-{nonce}'"),
        "Cache-Control": "private, no-store",
        **(headers or {}),
    }
    if len(body) > _WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 6)
        more |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(body, status, headers=more)


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition, `inline` or `attachment`, for any name of a file."""
    clean = "".join(" " if char in '/\\:*?"<>|' or not char.isprintable() else char for char in name)
    plain = clean.encode("ascii", "ignore").decode() or "document"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean)}"


def pdf(content: bytes, name: str, *, attachment: bool = False, headers: Mapping[str, str] | None = None):
    """A PDF to be shown, or to be saved."""
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": disposition("attachment" if attachment else "inline", name),
            "Cache-Control": "private, no-store",
            **(headers or {}),
        },
    )
