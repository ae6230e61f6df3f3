"""The way to Zoho's consent and back.

GET /connect/zoho       leads to Zoho, where the person agrees
GET /connect/zoho/back  where Zoho sends the person back to, with a code
"""

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
from finance_app.services.zoho import remote, wizard
from finance_app.services.zoho.connection import Access

CREDENTIALS = routes.zoho_setup("credentials")
_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, _NO_STORE)


async def ask(request: Request) -> Response:
    actor = await actor_of(request)
    if actor is None:
        return _to(routes.login(CREDENTIALS))
    if not actor.may(Permission.INTEGRATION_EDIT):
        return Response(status_code=403)

    def begin(actor: Actor) -> str:
        with db.transaction() as session:
            return wizard.consent(session, actor)

    try:
        return _to(await run_in_threadpool(begin, actor))
    except DomainError:
        return _to(CREDENTIALS)


async def back(request: Request) -> Response:
    """The code is spent once, by the person who asked; a fault is shown by the step it leads back to."""
    actor = await actor_of(request)
    if actor is None:
        return _to(routes.login(CREDENTIALS))
    if not actor.may(Permission.INTEGRATION_EDIT):
        return Response(status_code=403)
    asked = request.query_params

    def answered(actor: Actor) -> Access:
        with db.transaction() as session:
            return wizard.answered(session, actor, asked.get("state", "")[:200])

    def keep(actor: Actor, granted: Access) -> None:
        with db.transaction() as session:
            wizard.keep_grant(session, actor, granted)

    def keep_fault(actor: Actor, fault: DomainError) -> None:
        with db.transaction() as session:
            wizard.keep_fault(session, actor, fault)

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
        return _to(CREDENTIALS)
    return _to(routes.zoho_setup("organisation"))


def zoho_routes() -> list[Route]:
    return [
        Route(routes.ZOHO_CONSENT, ask, methods=["GET"]),
        Route(routes.ZOHO_BACK, back, methods=["GET"]),
    ]
