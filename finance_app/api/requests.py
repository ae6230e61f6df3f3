"""What every route asks first: who is it, and does the request come from our own pages."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import LOCALES, choose_locale, t
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor
from finance_app.settings import settings
from finance_app.states.session import LOCALE_COOKIE, session_cookie


class Refused(Exception):
    """The request is refused; `response` says why."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def guarded(route: Callable) -> Callable:
    """A route that answers a refusal of `require` with its response."""

    async def answer(request: Request):
        try:
            return await route(request)
        except Refused as refusal:
            return refusal.response
        except DomainError as fault:
            kinds = {"common.error.not_allowed": 403, "common.error.not_found": 404}
            return JSONResponse({"message": t(locale_of(request), fault.code)}, kinds.get(fault.code, 422))

    return answer


async def actor_of(request: Request) -> Actor | None:
    token = request.cookies.get(session_cookie(), "")
    if not token:
        return None

    def look_up() -> Actor | None:
        with db.reading() as session:
            return accounts.actor_of(session, token, address_of(request))

    return await run_in_threadpool(look_up)


async def require(request: Request, permission: Permission | None = None) -> Actor:
    """The person behind the request. Raises Refused with 401 or 403.

    Whoever holds the permission for a single project passes: the service decides on which one.
    """
    actor = await actor_of(request)
    if actor is None:
        raise Refused(JSONResponse({"message": t(locale_of(request), "common.error.logged_out")}, 401))
    if permission and not actor.may_somewhere(permission):
        raise Refused(JSONResponse({"message": t(locale_of(request), "common.error.not_allowed")}, 403))
    return actor


def same_origin(request: Request) -> bool:
    """Whether a request that changes something was sent by a page of this server."""
    origin = request.headers.get("origin")
    if origin and origin != "null":
        return origin in settings().origins
    return request.headers.get("sec-fetch-site") in ("same-origin", "none")


def cookie_is_secure(request: Request) -> bool:
    return request.url.scheme == "https" or settings().address.startswith("https")


def locale_of(request: Request, actor: Actor | None = None) -> str:
    if actor and actor.locale in LOCALES:
        return actor.locale
    chosen = request.cookies.get(LOCALE_COOKIE, "")
    return chosen if chosen in LOCALES else choose_locale(request.headers.get("accept-language"))


def address_of(request: Request) -> str:
    """Where the request comes from, as far as the server in front of us is trusted with it."""
    return request.client.host if request.client else ""
