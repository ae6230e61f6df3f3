"""Log-in and log-out: plain forms, a cookie that scripts cannot read, and a limit on attempts."""

import asyncio
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api import limits
from finance_app.api.accounts import ask_for_code, enter_with, open_login
from finance_app.api.requests import actor_of, address_of, cookie_is_secure, same_origin, session_cookie
from finance_app.models.kinds import Role
from finance_app.services.accounts import form_tokens, second_factor
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.settings import settings

_CODE = "ask for the second factor"
_ENROL = "set up the second factor"
_LOGOUT_SECONDS = 365 * 24 * 3600
HASHING = asyncio.Semaphore(4)  # checks of passwords at once: each takes memory and a core


def _back(reason: str, after: str) -> RedirectResponse:
    query = {"error": reason, **({"next": after} if after else {})}
    return RedirectResponse(f"{routes.LOGIN}?{urlencode(query)}", 303)


def local_path(path: object) -> str:
    """A path of this server to go on to, else nothing: an address given from outside is not followed."""
    text = str(path or "")
    safe = text.startswith("/") and not text.startswith(("//", "/\\", "/auth")) and text.isprintable()
    return text if safe else ""


async def login(request: Request) -> Response:
    if not same_origin(request):
        return _back("origin", "")
    of_address = (limits.PER_ADDRESS, f"log-in from {address_of(request)}")
    if not limits.allowed((of_address,)):  # a flood costs neither a form nor a thread
        return _back("blocked", "")
    form = await request.form(max_files=0, max_fields=10)
    token = str(form.get("form_token", ""))
    if not form_tokens.is_good(token, "login") or not limits.first_time(token, form_tokens.HOURS_12):
        return _back("form", "")
    email = accounts.normal_email(str(form.get("email", "")))[:254]
    password = str(form.get("password", ""))[:1000]
    after = local_path(form.get("next"))
    of_account = (limits.PER_ACCOUNT, f"log-in as {email}")
    if not limits.allowed((of_account,)):
        return _back("blocked", after)
    limits.count((of_account, of_address))

    def check() -> int:
        with db.reading() as session:
            user = accounts.authenticate(session, email, password)
            return user.id or 0 if user else 0

    def enter(user_id: int) -> str:
        with db.transaction() as session:
            user = accounts.person(session, user_id) if user_id else None
            if user is None:
                known = accounts.known_as(session, email)
                audit.record(
                    session, None, "user", known.id if known else None, "login_failed",
                    address=address_of(request),
                )  # fmt: skip
                return ""
            if second_factor.is_on(session, user_id):
                return _CODE
            if second_factor.is_required(session):
                return _ENROL
            return open_login(session, request, user)

    async with HASHING:
        user_id = await run_in_threadpool(check)
    token = await run_in_threadpool(enter, user_id)
    if not token:
        return _back("wrong", after)
    limits.limiter().clear(*of_account)
    if token in (_CODE, _ENROL):
        return ask_for_code(request, user_id, after, enrol=token == _ENROL)
    return enter_with(request, token, after)


async def demo_login(request: Request) -> Response:
    """One click in, as the first person of a role. The route exists in demo mode only."""
    if not same_origin(request):
        return _back("origin", "")
    form = await request.form(max_files=0, max_fields=10)
    name = str(form.get("role", ""))
    if name not in {role.value for role in Role}:
        return _back("unavailable", "")

    def enter() -> str:
        with db.transaction() as session:
            user = accounts.user_of_role(session, Role(name))
            return open_login(session, request, user) if user else ""

    token = await run_in_threadpool(enter)
    return enter_with(request, token, local_path(form.get("next"))) if token else _back("unavailable", "")


async def logout(request: Request) -> Response:
    if not same_origin(request):
        return _back("origin", "")
    actor = await actor_of(request)
    form = await request.form(max_files=0, max_fields=5)
    given = str(form.get("form_token", ""))
    if actor and not form_tokens.is_good(given, "logout", str(actor.session_id), seconds=_LOGOUT_SECONDS):
        return _back("form", "")

    def leave(actor: Actor) -> None:
        with db.transaction() as session:
            accounts.close_session(session, request.cookies.get(session_cookie(), ""))
            audit.record(session, actor, "user", actor.user_id, "logged_out")

    if actor:
        await run_in_threadpool(leave, actor)
    response = RedirectResponse(routes.LOGIN, 303)
    response.delete_cookie(
        session_cookie(), path="/", secure=cookie_is_secure(request), httponly=True, samesite="lax"
    )
    response.headers["Clear-Site-Data"] = '"storage"'
    response.headers["Cache-Control"] = "no-store"
    return response


def auth_routes() -> list[Route]:
    found = [
        Route(routes.DO_LOGIN, login, methods=["POST"]),
        Route(routes.DO_LOGOUT, logout, methods=["POST"]),
    ]
    if settings().demo:
        found.append(Route(routes.DO_DEMO_LOGIN, demo_login, methods=["POST"]))
    return found
