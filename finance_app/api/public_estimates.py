"""The client's link to an estimate: read, ask, choose options, accept or decline. Plain HTML, no log-in.

GET  /e/{token}               the page, or the thanks after the answer
POST /e/{token}/options       the page with other options in its total; nothing is decided
POST /e/{token}/accept        the answers: typed name and box, or a reason; then back to the page
POST /e/{token}/decline
POST /e/{token}/seen          a person had it before the eyes for two seconds
POST /e/{token}/pdf           a person wants the PDF; leads on to the next
GET  /e/{token}/document.pdf  the PDF

Only what is posted marks or decides anything: scanners of mail and makers of link previews do not post. A
token that is unknown, expired, revoked or replaced gets one and the same answer.
"""

from collections.abc import Callable
from typing import Any

from limits import RateLimitItemPerMinute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from finance_app import db
from finance_app.api import document_page, estimate_page, html
from finance_app.api.estimate_page import Typed
from finance_app.api.limits import limiter
from finance_app.api.public_documents import HEADERS, logo_response, refusal, too_many
from finance_app.api.requests import actor_of, address_of
from finance_app.documents.invoice_pdf import render_pdf
from finance_app.documents.wording import full_title
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.i18n import t
from finance_app.services.delivery import links as public_links
from finance_app.services.estimating import deciding
from finance_app.services.estimating.deciding import Origin, Outcome
from finance_app.services.estimating.notifying import tell_managers
from finance_app.services.estimating.papers import found
from finance_app.services.estimating.showing import Offer, on_link
from finance_app.settings import settings
from finance_app.states import live

ANSWERS_PER_ADDRESS = RateLimitItemPerMinute(30, 1)
LARGEST_FORM = 100_000
TOPICS = ("estimates", "notices")


def base_of(request: Request) -> str:
    return f"/e/{request.path_params['token']}"


async def _found(request: Request, options: frozenset[int] | None = None) -> Offer | None:
    token = request.path_params["token"]

    def look_up() -> Offer | None:
        with db.reading() as session:
            return on_link(session, token, options)

    return await run_in_threadpool(look_up)


def guarded(answer: Callable[[Request, Offer], Any]) -> Callable:
    """A route behind a live link, within the limit of requests."""

    async def route(request: Request) -> Response:
        if await too_many(request):
            return refusal(request, "too_many", 429)
        offer = await _found(request)
        return refusal(request, "closed", 404) if offer is None else await answer(request, offer)

    return route


async def _page(request: Request, offer: Offer, typed: Typed | None = None, status: int = 200) -> Response:
    base = base_of(request)
    logo = f"{base}/logo" if offer.document.company.logo else ""

    def make() -> Response:
        words = estimate_page.words(offer, base=base, logo=logo, typed=typed)
        policy = document_page.PUBLIC_POLICY
        return html.page(request, "estimate.html", words, policy=policy, status=status, headers=HEADERS)

    return await run_in_threadpool(make)


@guarded
async def show(request: Request, offer: Offer) -> Response:
    return await _page(request, offer)


async def back(request: Request) -> Response:
    """Somebody opens the address of an answer: the page is where it was given."""
    return RedirectResponse(base_of(request), 303, headers=HEADERS)


@guarded
async def seen(request: Request, offer: Offer) -> Response:
    await _mark_viewed(request, offer)
    return Response(status_code=204, headers=HEADERS)


@guarded
async def want_pdf(request: Request, offer: Offer) -> Response:
    await _mark_viewed(request, offer)
    return RedirectResponse(f"{base_of(request)}/document.pdf", 303, headers=HEADERS)


@guarded
async def show_pdf(_request: Request, offer: Offer) -> Response:
    content = await run_in_threadpool(render_pdf, offer.document)
    return html.pdf(content, f"{full_title(offer.document)}.pdf", headers=HEADERS)


@guarded
async def show_logo(_request: Request, offer: Offer) -> Response:
    return logo_response(offer.document.company.logo, HEADERS)


@guarded
async def choose_options(request: Request, offer: Offer) -> Response:
    form = await _form(request)
    if form is None or not offer.is_open:
        return await back(request)
    chosen = await _found(request, _options(form))
    if chosen is None:
        return refusal(request, "closed", 404)
    return await _page(request, chosen, _typed(form))


@guarded
async def accept(request: Request, offer: Offer) -> Response:
    form = await _form(request)
    if form is None or await _too_many_answers(request):
        return refusal(request, "too_many", 429)
    options = _options(form)
    if offer.is_open and _text(form, "choice") != ",".join(str(each) for each in sorted(options)):
        # Without the script the total on the screen is not that of these options yet.
        chosen = await _found(request, options) or offer
        notice = t(offer.document.locale, "estimate.page.other_total")
        return await _page(request, chosen, _typed(form, notice=notice), 409)
    origin = _origin(request)

    def decide() -> Outcome:
        with db.transaction() as session:
            return deciding.accept_on_link(
                session,
                offer.estimate_id,
                seen=_text(form, "seen"),
                name=_text(form, "name"),
                agreed=_text(form, "agreed") == "on",
                option_ids=options,
                origin=origin,
            )

    return await _answered(request, decide, form, options)


@guarded
async def decline(request: Request, offer: Offer) -> Response:
    form = await _form(request)
    if form is None or await _too_many_answers(request):
        return refusal(request, "too_many", 429)
    origin = _origin(request)

    def decide() -> Outcome:
        with db.transaction() as session:
            return deciding.decline_on_link(
                session,
                offer.estimate_id,
                seen=_text(form, "seen"),
                reason=_text(form, "reason"),
                origin=origin,
            )

    return await _answered(request, decide, form, None)


async def _answered(
    request: Request, decide: Callable[[], Outcome], form: FormData, options: frozenset[int] | None
) -> Response:
    """Back to the page once there is an answer; else the page with what is missing, and what was typed."""
    try:
        outcome = await run_in_threadpool(decide)
    except DomainError as fault:
        offer = await _found(request, options)
        if offer is None:
            return refusal(request, "closed", 404)
        return await _page(request, offer, _typed(form, fault, locale=offer.document.locale), 422)
    if outcome is Outcome.TAKEN:
        for topic in TOPICS:
            await live.publish(topic)
    if outcome is Outcome.CHANGED:
        offer = await _found(request)
        if offer is None:
            return refusal(request, "closed", 404)
        notice = t(offer.document.locale, "estimate.page.changed")
        return await _page(request, offer, _typed(form, notice=notice), 409)
    return await back(request)


async def _form(request: Request) -> FormData | None:
    """The fields of a form; None for one that no page of ours sends."""
    try:
        size = int(request.headers.get("content-length", ""))
    except ValueError:
        return None
    return await request.form(max_files=0, max_fields=600) if size <= LARGEST_FORM else None


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _options(form: FormData) -> frozenset[int]:
    """The ticked options. Ids that are no option of this estimate do nothing."""
    found = (value for value in form.getlist("option") if isinstance(value, str))
    return frozenset(int(value) for value in found if value.isascii() and value.isdigit() and len(value) < 18)


def _typed(
    form: FormData, fault: DomainError | None = None, *, locale: str = "en", notice: str = ""
) -> Typed:
    faults = fault.faults if isinstance(fault, InvalidFields) else {}
    if fault is not None and not faults:
        notice = t(locale, fault.code, **fault.params)
    return Typed(
        name=_text(form, "name"),
        agreed=_text(form, "agreed") == "on",
        reason=_text(form, "reason"),
        errors={name: t(locale, each.code, **each.params) for name, each in faults.items()},
        notice=notice,
    )


def _origin(request: Request) -> Origin:
    return Origin(address_of(request), request.headers.get("user-agent", ""))


async def _too_many_answers(request: Request) -> bool:
    key = f"answer:{address_of(request)}"
    return not await run_in_threadpool(lambda: limiter().hit(ANSWERS_PER_ADDRESS, key))


async def _mark_viewed(request: Request, offer: Offer) -> None:
    """Not where somebody of the firm looks. In the demo, the visitor is the client as well."""
    if not settings().demo and await actor_of(request) is not None:
        return

    def mark() -> bool:
        with db.transaction() as session:
            first = public_links.mark_viewed(session, offer.link_id)
            if first and offer.is_open:
                tell_managers(session, found(session, offer.estimate_id), "viewed")
            return first

    if await run_in_threadpool(mark):
        for topic in TOPICS:
            await live.publish(topic)


def public_estimate_routes() -> list[Route]:
    return [
        Route("/e/{token}", show, methods=["GET"]),
        Route("/e/{token}/options", choose_options, methods=["POST"]),
        Route("/e/{token}/accept", accept, methods=["POST"]),
        Route("/e/{token}/decline", decline, methods=["POST"]),
        Route("/e/{token}/seen", seen, methods=["POST"]),
        Route("/e/{token}/pdf", want_pdf, methods=["POST"]),
        Route("/e/{token}/document.pdf", show_pdf, methods=["GET"]),
        Route("/e/{token}/logo", show_logo, methods=["GET"]),
        *(
            Route(f"/e/{{token}}/{answer}", back, methods=["GET"])
            for answer in ("accept", "decline", "options")
        ),
    ]
