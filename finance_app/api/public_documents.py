"""The client's link: one document as plain HTML, without log-in, cookie, socket, or need of a script.

GET  /i/{token}               the page
POST /i/{token}/seen          a person had it before the eyes for two seconds
POST /i/{token}/pdf           a person wants the PDF; leads on to the next
GET  /i/{token}/document.pdf  the PDF

Only the two POST mark the document as viewed: scanners of mail and makers of link previews do not post.
A token that is unknown, expired or revoked gets one and the same answer.
"""

from datetime import date

from limits import RateLimitItemPerMinute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from finance_app import db
from finance_app.api import document_page, html
from finance_app.api.limits import limiter
from finance_app.api.requests import actor_of, address_of
from finance_app.documents.data import Document
from finance_app.documents.invoice_pdf import render_pdf
from finance_app.documents.wording import full_title
from finance_app.i18n import choose_locale, t
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery.document_data import document_of
from finance_app.services.portal import today
from finance_app.settings import settings
from finance_app.states import live

KINDS = (public_links.INVOICE, public_links.CREDIT_NOTE, public_links.SALES_ORDER)
PER_ADDRESS = RateLimitItemPerMinute(120, 1)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Frame-Options": "DENY",
}
_LOGO_TYPES = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"))


def base_of(request: Request) -> str:
    return f"/i/{request.path_params['token']}"


async def _found(request: Request) -> tuple[int, Document, date] | None:
    """The link's id, its document and today; None for a link that is not live."""
    token = request.path_params["token"]

    def look_up() -> tuple[int, Document, date] | None:
        with db.reading() as session:
            link = public_links.find_link(session, token, KINDS)
            if link is None:
                return None
            return link.id or 0, document_of(session, link.kind, link.object_id), today(session)

    return await run_in_threadpool(look_up)


async def too_many(request: Request) -> bool:
    """Whether the address of the request has asked too often."""
    key = f"link:{address_of(request)}"
    return not await run_in_threadpool(lambda: limiter().hit(PER_ADDRESS, key))


def refusal(request: Request, reason: str, status: int) -> Response:
    """The page that stands for a link that is not live (`closed`), or after too many requests."""
    locale = choose_locale(request.headers.get("accept-language"))
    words = {
        "locale": locale,
        "title": t(locale, f"delivery.page.{reason}.title"),
        "text": t(locale, f"delivery.page.{reason}.text"),
    }
    return html.page(
        request,
        "closed_link.html",
        words,
        policy=document_page.PUBLIC_POLICY,
        status=status,
        headers=HEADERS,
    )


async def show(request: Request) -> Response:
    if await too_many(request):
        return refusal(request, "too_many", 429)
    found = await _found(request)
    if found is None:
        return refusal(request, "closed", 404)
    _, document, today = found
    base = base_of(request)
    words = document_page.words(
        document,
        today,
        logo=f"{base}/logo" if document.company.logo else "",
        base=base,
        seen=f"{base}/seen",
    )
    return await run_in_threadpool(
        html.page, request, "document.html", words, policy=document_page.PUBLIC_POLICY, headers=HEADERS
    )


async def seen(request: Request) -> Response:
    if await too_many(request):
        return Response(status_code=429, headers=HEADERS)
    found = await _found(request)
    if found is None:
        return Response(status_code=404, headers=HEADERS)
    await _mark_viewed(request, found[0])
    return Response(status_code=204, headers=HEADERS)


async def want_pdf(request: Request) -> Response:
    if await too_many(request):
        return refusal(request, "too_many", 429)
    found = await _found(request)
    if found is None:
        return refusal(request, "closed", 404)
    await _mark_viewed(request, found[0])
    return RedirectResponse(f"{base_of(request)}/document.pdf", 303, headers=HEADERS)


async def show_pdf(request: Request) -> Response:
    if await too_many(request):
        return refusal(request, "too_many", 429)
    found = await _found(request)
    if found is None:
        return refusal(request, "closed", 404)
    content = await run_in_threadpool(render_pdf, found[1])
    return html.pdf(content, f"{full_title(found[1])}.pdf", headers=HEADERS)


async def show_logo(request: Request) -> Response:
    if await too_many(request):
        return Response(status_code=429, headers=HEADERS)
    found = await _found(request)
    content = found[1].company.logo if found else None
    return logo_response(content, HEADERS)


def logo_response(content: bytes | None, headers: dict[str, str]) -> Response:
    """The image of a company; an SVG may neither load nor run anything."""
    if not content:
        return Response(status_code=404, headers=headers)
    kind = next((kind for start, kind in _LOGO_TYPES if content.startswith(start)), "image/svg+xml")
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    return Response(content, media_type=kind, headers={**headers, **policy})


async def _mark_viewed(request: Request, link_id: int) -> None:
    """Not where somebody of the firm looks. In the demo, the visitor is the client as well."""
    if not settings().demo and await actor_of(request) is not None:
        return

    def mark() -> bool:
        with db.transaction() as session:
            return public_links.mark_viewed(session, link_id)

    if await run_in_threadpool(mark):
        await live.publish("invoices")


def public_document_routes() -> list[Route]:
    return [
        Route("/i/{token}", show, methods=["GET"]),
        Route("/i/{token}/seen", seen, methods=["POST"]),
        Route("/i/{token}/pdf", want_pdf, methods=["POST"]),
        Route("/i/{token}/document.pdf", show_pdf, methods=["GET"]),
        Route("/i/{token}/logo", show_logo, methods=["GET"]),
    ]
