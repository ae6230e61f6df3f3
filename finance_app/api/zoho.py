"""The way to Zoho's consent and back, for the connection and for Zoho Projects as a source.

GET /connect/zoho       leads to Zoho, where the person agrees; `?for=projects` for the source
GET /connect/zoho/back  where Zoho sends the person back to, with a code; the state tells what it is for
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api.requests import actor_of
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho.oauth import centre_of
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import remote, signing, wizard
from finance_app.services.zoho.connection import Access
from finance_app.services.zoho.source import access as sources
from finance_app.services.zoho.source import setup


@dataclass(frozen=True)
class Way:
    """Who asks for the consent: where it comes from, where it leads on to, and what keeps its answer."""

    here: str
    on: str
    consent: Callable[[Session, Actor], str]
    answered: Callable[[Session, Actor, str], Access]
    keep: Callable[[Session, Actor, Access], None]
    keep_fault: Callable[[Session, Actor, DomainError], None]


CONNECTION = Way(
    routes.zoho_setup("credentials"),
    routes.zoho_setup("organisation"),
    wizard.consent,
    wizard.answered,
    wizard.keep_grant,
    wizard.keep_fault,
)
SOURCE = Way(
    routes.zoho_source_setup("credentials"),
    routes.zoho_source_setup("portal"),
    setup.consent,
    setup.answered,
    setup.keep_grant,
    setup.keep_fault,
)
_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, _NO_STORE)


async def ask(request: Request) -> Response:
    way = SOURCE if request.query_params.get("for") == "projects" else CONNECTION
    actor = await actor_of(request)
    if actor is None:
        return _to(routes.login(way.here))
    if not actor.may(Permission.INTEGRATION_EDIT):
        return Response(status_code=403)

    def begin(actor: Actor) -> str:
        with db.transaction() as session:
            return way.consent(session, actor)

    try:
        return _to(await run_in_threadpool(begin, actor))
    except DomainError:
        return _to(way.here)


async def back(request: Request) -> Response:
    """The code is spent once, by the person who asked; a fault is shown by the step it leads back to."""
    actor = await actor_of(request)
    if actor is None:
        return _to(routes.login(CONNECTION.here))
    if not actor.may(Permission.INTEGRATION_EDIT):
        return Response(status_code=403)
    asked = request.query_params
    state = asked.get("state", "")[:200]

    def whose() -> Way:
        with db.reading() as session:
            return SOURCE if signing.expects(sources.live(session), state) else CONNECTION

    way = await run_in_threadpool(whose)

    def answered(actor: Actor) -> Access:
        with db.transaction() as session:
            return way.answered(session, actor, state)

    def keep(actor: Actor, granted: Access) -> None:
        with db.transaction() as session:
            way.keep(session, actor, granted)

    def keep_fault(actor: Actor, fault: DomainError) -> None:
        with db.transaction() as session:
            way.keep_fault(session, actor, fault)

    try:
        access = await run_in_threadpool(answered, actor)
        if "error" in asked or not asked.get("code"):
            raise DomainError("zoho.error.consent_denied", said=asked.get("error", "")[:80])
        access = access.at(centre_of(asked.get("location", ""), access.centre))
        granted = await remote.sign_in(access, asked["code"][:500])
        await run_in_threadpool(keep, actor, granted)
    except DomainError as fault:
        if fault.code != "zoho.error.not_begun":
            await run_in_threadpool(keep_fault, actor, fault)
        return _to(way.here)
    return _to(way.on)


def zoho_routes() -> list[Route]:
    return [
        Route(routes.ZOHO_CONSENT, ask, methods=["GET"]),
        Route(routes.ZOHO_BACK, back, methods=["GET"]),
    ]
