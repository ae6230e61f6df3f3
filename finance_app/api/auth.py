"""Log-in and log-out: plain forms, a cookie that scripts cannot read, and a limit on attempts."""

from functools import cache
from urllib.parse import urlencode

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api.requests import address_of, same_origin
from finance_app.models.kinds import Role
from finance_app.services import accounts
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE

WINDOW_MINUTES = 10
PER_ACCOUNT = RateLimitItemPerMinute(10, WINDOW_MINUTES)
PER_ADDRESS = RateLimitItemPerMinute(50, WINDOW_MINUTES)


@cache
def limiter() -> MovingWindowRateLimiter:
    """Counts failed attempts; over all workers where there is Redis."""
    url = settings().redis_url
    return MovingWindowRateLimiter(storage_from_string(url) if url else MemoryStorage())


def _back(reason: str, after: str) -> RedirectResponse:
    query = {"error": reason, **({"next": after} if after else {})}
    return RedirectResponse(f"{routes.LOGIN}?{urlencode(query)}", 303)


def local_path(path: object) -> str:
    """A path of this server to go on to, else nothing: an address given from outside is not followed."""
    text = str(path or "")
    safe = text.startswith("/") and not text.startswith(("//", "/\\", "/auth")) and text.isprintable()
    return text if safe else ""


def _enter(request: Request, token: str, after: str) -> Response:
    response = RedirectResponse(after or routes.OVERVIEW, 303)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(accounts.LONGEST.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or settings().address.startswith("https"),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


async def login(request: Request) -> Response:
    if not same_origin(request):
        return _back("origin", "")
    form = await request.form(max_files=0, max_fields=10)
    email = str(form.get("email", ""))[:254]
    password = str(form.get("password", ""))[:1000]
    after = local_path(form.get("next"))
    keys = (
        (PER_ACCOUNT, f"account:{accounts.normal_email(email)}"),
        (PER_ADDRESS, f"from:{address_of(request)}"),
    )

    def enter() -> str | None:
        if not all(limiter().test(limit, key) for limit, key in keys):
            return None
        with db.transaction() as session:
            user = accounts.authenticate(session, email, password)
            if user is not None:
                return accounts.open_session(
                    session,
                    user,
                    address=address_of(request),
                    user_agent=request.headers.get("user-agent", ""),
                )
        for limit, key in keys:
            limiter().hit(limit, key)
        return ""

    token = await run_in_threadpool(enter)
    if token is None:
        return _back("blocked", after)
    return _enter(request, token, after) if token else _back("wrong", after)


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
            return accounts.open_session(session, user, address=address_of(request)) if user else ""

    token = await run_in_threadpool(enter)
    return _enter(request, token, local_path(form.get("next"))) if token else _back("unavailable", "")


async def logout(request: Request) -> Response:
    if not same_origin(request):
        return _back("origin", "")
    token = request.cookies.get(SESSION_COOKIE, "")

    def leave() -> None:
        with db.transaction() as session:
            accounts.close_session(session, token)

    if token:
        await run_in_threadpool(leave)
    response = RedirectResponse(routes.LOGIN, 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
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
