"""The plain pages of an account: set a password by a link, forgotten password, second factor.

They need no script and no socket, and every form carries a token beside the check of its origin.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api import html, limits
from finance_app.api.requests import address_of, cookie_is_secure, locale_of, same_origin, session_cookie
from finance_app.domain.errors import DomainError, NotFound
from finance_app.i18n import t
from finance_app.services.accounts import form_tokens, second_factor
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import links as account_links
from finance_app.services.accounts.identity import PASSWORD_MIN_LENGTH, Actor
from finance_app.services.accounts.second_factor import Enrolment
from finance_app.services.audit import trail as audit

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
PENDING_COOKIE = "marge_second_factor"
PENDING_SECONDS = 5 * 60


def field(name: str, label: str, kind: str, complete: str, **more: str) -> dict[str, str]:
    return {"name": name, "label": label, "type": kind, "complete": complete, "help": "", "mode": "",
            "value": "", **more}  # fmt: skip


def show(
    request: Request,
    name: str,
    *,
    fields: Sequence[dict[str, str]] = (),
    token: str = "",
    fault: str = "",
    status: int = 200,
    link: dict[str, str] | None = None,
    scan: Enrolment | None = None,
    codes: Sequence[str] = (),
    **params: object,
) -> Response:
    """A page whose texts are `account.<name>.title`, `.text` and `.submit`."""
    locale = locale_of(request)
    words: dict[str, Any] = {
        "locale": locale,
        "title": t(locale, f"account.{name}.title", **params),
        "text": t(locale, f"account.{name}.text", **params),
        "submit": t(locale, f"account.{name}.submit") if fields else "",
        "fields": fields,
        "action": request.url.path,
        "form_token": token,
        "fault": fault,
        "link": link,
        "scan": scan,
        "codes": codes,
    }
    policy = POLICY.replace("img-src 'self'", "img-src 'self' data:") if scan else POLICY
    return html.page(request, "account.html", words, policy=policy, status=status)


async def form_of(request: Request, purpose: str, bound: str) -> dict[str, str] | None:
    """What a form of ours was sent with; None where it is another's, too old, or sent before."""
    if not same_origin(request):
        return None
    data = await request.form(max_files=0, max_fields=10)
    given = {name: value[:1001] for name, value in data.items() if isinstance(value, str)}
    token = given.get("form_token", "")
    if not form_tokens.is_good(token, purpose, bound):
        return None
    return given if limits.first_time(token, form_tokens.HOURS_12) else None


def back_to_login(request: Request, text: str) -> dict[str, str]:
    return {"href": routes.LOGIN, "text": t(locale_of(request), text)}


def told(request: Request, error: DomainError) -> str:
    return t(locale_of(request), error.code, **error.params)


async def password(request: Request) -> Response:
    """The page behind the link of an invitation or a reset."""
    token, locale = request.path_params["token"], locale_of(request)

    def find() -> tuple[str, str]:
        with db.reading() as session:
            link, user = account_links.person_of(session, token)
            return link.kind, user.email or ""

    tried = ((limits.PER_ADDRESS, f"account link from {address_of(request)}"),)
    try:
        if not limits.allowed(tried):
            raise NotFound
        kind, email = await run_in_threadpool(find)
    except NotFound:
        limits.count(tried)
        return show(request, "closed", status=404, link=back_to_login(request, "account.ask_new"))
    bound = account_links._hash(token)
    fault, status = "", 200
    if request.method == "POST":
        given = await form_of(request, "password", bound)
        if given is None:
            fault, status = t(locale, "account.error.form"), 403
        else:

            def save() -> None:
                with db.transaction() as session:
                    account_links.set_password(
                        session, token, given.get("password", ""), given.get("repeated", ""),
                        address_of(request),
                    )  # fmt: skip

            try:
                await run_in_threadpool(save)
                return RedirectResponse(f"{routes.LOGIN}?done=password", 303)
            except NotFound:
                return show(request, "closed", status=404, link=back_to_login(request, "account.ask_new"))
            except DomainError as error:
                fault, status = told(request, error), 422
    fields = [
        field("email", t(locale, "login.email"), "email", "username", value=email),
        field(
            "password", t(locale, "account.password"), "password", "new-password",
            help=t(locale, "account.password_help", n=PASSWORD_MIN_LENGTH),
        ),
        field("repeated", t(locale, "account.repeated"), "password", "new-password"),
    ]  # fmt: skip
    token_of_form = form_tokens.issue("password", bound)
    return show(request, kind, fields=fields, token=token_of_form, fault=fault, status=status)


async def forgotten(request: Request) -> Response:
    """Ask for a link to a new password. The answer is the same whoever asks, and comes as fast."""
    locale = locale_of(request)
    fields = [field("email", t(locale, "login.email"), "email", "username")]
    link = back_to_login(request, "account.to_login")
    fault = ""
    if request.method == "POST":
        given = await form_of(request, "forgotten", "")
        if given is None:
            fault = t(locale, "account.error.form")
        else:
            address, email = address_of(request), accounts.normal_email(given.get("email", ""))[:254]
            tried = (
                (limits.MAILS_PER_ACCOUNT, f"reset for {email}"),
                (limits.MAILS_PER_ADDRESS, f"reset from {address}"),
            )

            def ask() -> None:
                if limits.allowed(tried):
                    limits.count(tried)
                    with db.transaction() as session:
                        account_links.ask_reset(session, email, address)

            answer = show(request, "asked", link=link)
            answer.background = BackgroundTask(ask)
            return answer
    token = form_tokens.issue("forgotten")
    status = 403 if fault else 200
    return show(request, "forgotten", fields=fields, token=token, fault=fault, status=status, link=link)


def ask_for_code(request: Request, user_id: int, after: str, *, enrol: bool = False) -> Response:
    """The password was right: on to the second factor, or to setting it up, with a cookie that says whose."""
    answer = RedirectResponse(routes.LOGIN_ENROL if enrol else routes.LOGIN_CODE, 303)
    token = form_tokens.issue("second factor", f"{user_id}:{after}")
    answer.set_cookie(
        PENDING_COOKIE, f"{user_id}|{token}|{after}", max_age=PENDING_SECONDS, path="/auth", httponly=True,
        samesite="strict", secure=cookie_is_secure(request),
    )  # fmt: skip
    return answer


@dataclass(frozen=True)
class Pending:
    """A log-in whose password was right: whose, where it goes on to, what its forms are bound to."""

    user_id: int
    after: str
    bound: str

    @property
    def tried(self) -> limits.Attempts:
        return ((limits.PER_ACCOUNT, f"second factor of user {self.user_id}"),)


Given = dict[str, str] | None
Step = Callable[[Request, Pending, Given, str], Awaitable[Response]]


def _pending(request: Request) -> Pending | None:
    user, _, rest = request.cookies.get(PENDING_COOKIE, "").strip('"').partition("|")
    token, _, after = rest.partition("|")
    if not user.isascii() or not user.isdigit():
        return None
    good = form_tokens.is_good(token, "second factor", f"{user}:{after}", seconds=PENDING_SECONDS)
    return Pending(int(user), after, token) if good else None


def _to_login(error: str) -> Response:
    return RedirectResponse(f"{routes.LOGIN}?error={error}", 303)


def after_the_password(purpose: str) -> Callable[[Step], Callable[[Request], Awaitable[Response]]]:
    """A step of a log-in, for those only whose password was right and who have not tried too often. It gets
    what was sent by its form of this purpose, or nothing and, for a form that was none of ours, the fault."""

    def guard(step: Step) -> Callable[[Request], Awaitable[Response]]:
        @wraps(step)
        async def guarded(request: Request) -> Response:
            pending, given, fault = _pending(request), None, ""
            if pending is None:
                return _to_login("late")
            if request.method == "POST":
                given = await form_of(request, purpose, pending.bound)
                if given is None:
                    fault = t(locale_of(request), "account.error.form")
                elif not limits.allowed(pending.tried):
                    return _to_login("blocked")
            return await step(request, pending, given, fault)

        return guarded

    return guard


@after_the_password("code")
async def code(request: Request, pending: Pending, given: Given, fault: str) -> Response:
    """The second factor of a log-in."""
    locale, status = locale_of(request), 403 if fault else 200
    if given is not None:
        tried = given.get("code", "")[:40]

        def enter() -> str:
            with db.transaction() as session:
                return _enter_by_code(session, request, pending.user_id, tried)

        token = await run_in_threadpool(enter)
        if token:
            answer = enter_with(request, token, pending.after)
            answer.delete_cookie(PENDING_COOKIE, path="/auth")
            return answer
        limits.count(pending.tried)
        fault, status = t(locale, "account.error.code_wrong"), 422
    fields = [field("code", t(locale, "account.code_label"), "text", "one-time-code",
                    help=t(locale, "account.code_help"))]  # fmt: skip
    token = form_tokens.issue("code", pending.bound)
    link = back_to_login(request, "account.to_login")
    return show(request, "code", fields=fields, token=token, fault=fault, status=status, link=link)


@after_the_password("enrolment")
async def enrolment(request: Request, pending: Pending, given: Given, fault: str) -> Response:
    """Set up the second factor on the way in, where the portal requires it: nobody gets further without."""
    locale, status = locale_of(request), 403 if fault else 200
    if given is not None:
        tried = given.get("code", "")[:40]

        def enter() -> tuple[str, list[str]]:
            with db.transaction() as session:
                user = accounts.person(session, pending.user_id)
                if user is None:
                    raise NotFound
                codes = second_factor.enrolled(session, user, tried, address_of(request))
                return open_login(session, request, user), codes

        try:
            token, codes = await run_in_threadpool(enter)
        except DomainError as error:
            limits.count(pending.tried)
            fault, status = told(request, error), 422
        else:
            onward = {"href": pending.after or routes.OVERVIEW, "text": t(locale, "account.enrolled.onward")}
            answer = show(request, "enrolled", codes=codes, link=onward)
            keep_login(request, answer, token)
            answer.delete_cookie(PENDING_COOKIE, path="/auth")
            return answer

    def begin() -> Enrolment:
        with db.transaction() as session:
            user = accounts.person(session, pending.user_id)
            if user is None:
                raise NotFound
            return second_factor.enrol(session, user, anew=request.method == "GET")

    try:
        found = await run_in_threadpool(begin)
    except DomainError:
        return _to_login("late")
    fields = [field("code", t(locale, "account.factor.code"), "text", "one-time-code", mode="numeric")]
    return show(
        request, "enrol", fields=fields, token=form_tokens.issue("enrolment", pending.bound), fault=fault,
        status=status, link=back_to_login(request, "account.to_login"), scan=found,
    )  # fmt: skip


def _enter_by_code(session: Any, request: Request, user_id: int, given: str) -> str:
    user = accounts.person(session, user_id)
    if user is None:
        return ""
    if not second_factor.check(session, user_id, given):
        record_login(session, request, user, "login_code_wrong")
        return ""
    return open_login(session, request, user)


def open_login(session: Any, request: Request, user: Any) -> str:
    record_login(session, request, user, "logged_in")
    agent = request.headers.get("user-agent", "")
    return accounts.open_session(session, user, address=address_of(request), user_agent=agent)


def record_login(session: Any, request: Request, user: Any, action: str) -> None:
    address = address_of(request)
    actor = Actor(user.id, user.name, user.email or "", "", "", "", "UTC", address=address)
    audit.record(session, actor, "user", user.id, action)


def enter_with(request: Request, token: str, after: str) -> Response:
    response = RedirectResponse(after or routes.OVERVIEW, 303)
    keep_login(request, response, token)
    return response


def keep_login(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        session_cookie(),
        token,
        max_age=accounts.LONGEST_COOKIE,
        path="/",
        httponly=True,
        samesite="lax",
        secure=cookie_is_secure(request),
    )
    response.headers["Cache-Control"] = "no-store"


def account_routes() -> list[Route]:
    return [
        Route("/account/{token}", password, methods=["GET", "POST"]),
        Route(routes.FORGOTTEN, forgotten, methods=["GET", "POST"]),
        Route(routes.LOGIN_CODE, code, methods=["GET", "POST"]),
        Route(routes.LOGIN_ENROL, enrolment, methods=["GET", "POST"]),
    ]
