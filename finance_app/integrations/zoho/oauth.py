"""OAuth 2 with Zoho Accounts: consent, tokens, renewal by one at a time.

A code lives two minutes; an access token an hour; a refresh token until it is revoked. Zoho answers faults of
the token end point with an `error` key, even with HTTP 200."""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from finance_app.integrations.zoho.centres import CENTRES, Centre, Product
from finance_app.integrations.zoho.errors import Cause, ZohoError

EARLY = 60.0
"""Seconds before its end at which an access token is renewed."""

SCOPES = {
    "settings.ALL": "zoho.scope.settings",
    "contacts.ALL": "zoho.scope.contacts",
    "projects.ALL": "zoho.scope.projects",
    "invoices.ALL": "zoho.scope.invoices",
    "estimates.ALL": "zoho.scope.estimates",
    "customerpayments.ALL": "zoho.scope.payments",
    "creditnotes.ALL": "zoho.scope.credit_notes",
    "expenses.ALL": "zoho.scope.expenses",
}
BOOKS_SCOPES = {"salesorders.ALL": "zoho.scope.sales_orders", "accountants.READ": "zoho.scope.accounts"}
PLAN_SCOPES = {"ZohoProjects.portals.READ": "zoho.scope.plan"}
PROJECTS_SCOPES = {
    f"ZohoProjects.{name}.READ": "zoho.scope.work"
    for name in ("portals", "projects", "milestones", "tasklists", "tasks", "bugs", "timesheets", "users")
}


def scopes_of(product: Product) -> dict[str, str]:
    """What a connection asks for, and the text that says why."""
    name = f"Zoho{product.value.title()}"
    finance = {**SCOPES, **(BOOKS_SCOPES if product is Product.BOOKS else {})}
    return {**{f"{name}.{scope}": why for scope, why in finance.items()}, **PLAN_SCOPES}


@dataclass(frozen=True, slots=True)
class Grant:
    """What Zoho gave after the consent. `refresh_token` is the secret that lasts."""

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False, default="")
    expires_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Application:
    """The client that a firm registered with Zoho."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


def new_verifier() -> str:
    """A PKCE code verifier (RFC 7636)."""
    return secrets.token_urlsafe(48)


def consent_address(
    centre: Centre, application: Application, scopes: Mapping[str, str], *, state: str, verifier: str
) -> str:
    """Where the person's browser is sent to."""
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": application.client_id,
        "response_type": "code",
        "redirect_uri": application.redirect_uri,
        "scope": ",".join(scopes),
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{centre.accounts}/oauth/v2/auth?{urlencode(asked)}"


def centre_of(location: str, chosen: Centre) -> Centre:
    """Where the person's account really is: the redirect says so in `location`."""
    known = CENTRES.get(location)
    return known if known and chosen in CENTRES.values() else chosen


async def exchange(
    http: httpx.AsyncClient, centre: Centre, application: Application, code: str, verifier: str
) -> Grant:
    """The grant of a code. Raises ZohoError."""
    answer = await _ask(
        http,
        centre,
        {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "redirect_uri": application.redirect_uri,
            "code_verifier": verifier,
        },
    )
    if not answer.get("refresh_token"):
        raise ZohoError(Cause.SIGNED_OUT, "no refresh token was granted; revoke the old ones at Zoho")
    return Grant(str(answer["refresh_token"]), *_access(answer))


async def revoke(http: httpx.AsyncClient, centre: Centre, token: str) -> None:
    """End a refresh token. Raises ZohoError where Zoho did not answer."""
    try:
        await http.post(f"{centre.accounts}/oauth/v2/token/revoke", data={"token": token})
    except httpx.HTTPError as error:
        raise ZohoError(Cause.UNREACHABLE, type(error).__name__) from error


class Credentials:
    """The access token of a connection, renewed when it is due, by one caller while the others wait.

    `keep` is told of each new token, so that other workers need no own."""

    scheme = "Zoho-oauthtoken"

    def __init__(
        self,
        http: httpx.AsyncClient,
        centre: Centre,
        application: Application,
        grant: Grant,
        keep: Callable[[Grant], Awaitable[None]] | None = None,
    ):
        self._http, self._centre, self._application = http, centre, application
        self._grant, self._keep, self._lock = grant, keep, asyncio.Lock()

    async def token(self) -> str:
        if self._grant.expires_at - EARLY > time.time():
            return self._grant.access_token
        return await self.renew(self._grant.access_token)

    async def renew(self, used: str) -> str:
        """Another token than `used`, which was refused or is over. Raises ZohoError `signed_out` when only a
        person can help."""
        async with self._lock:
            if self._grant.access_token != used and self._grant.expires_at - EARLY > time.time():
                return self._grant.access_token
            answer = await _ask(
                self._http,
                self._centre,
                {
                    "grant_type": "refresh_token",
                    "refresh_token": self._grant.refresh_token,
                    "client_id": self._application.client_id,
                    "client_secret": self._application.client_secret,
                },
            )
            self._grant = Grant(self._grant.refresh_token, *_access(answer))
            if self._keep:
                await self._keep(self._grant)
            return self._grant.access_token


class KeyCredentials:
    """The older way to sign in: a key (ZSC) that a person copies from Zoho, and that only a person renews."""

    scheme = "Zoho-authtoken"

    def __init__(self, key: str):
        self._key = key

    async def token(self) -> str:
        return self._key

    async def renew(self, _used: str) -> str:
        raise ZohoError(Cause.SIGNED_OUT, "the key is not valid any more")


async def _ask(http: httpx.AsyncClient, centre: Centre, form: Mapping[str, str]) -> Mapping[str, object]:
    try:
        response = await http.post(f"{centre.accounts}/oauth/v2/token", data=dict(form))
        answer = response.json()
    except httpx.HTTPError as error:
        raise ZohoError(Cause.UNREACHABLE, type(error).__name__) from error
    except ValueError as error:
        raise ZohoError(Cause.BROKEN, "not JSON", status=response.status_code) from error
    if not isinstance(answer, dict) or response.status_code >= 500:
        raise ZohoError(Cause.BROKEN, "the token could not be had", status=response.status_code)
    if fault := str(answer.get("error", "")):
        words = str(answer.get("error_description") or fault)
        cause = Cause.THROTTLED if fault == "Access Denied" else Cause.SIGNED_OUT
        raise ZohoError(cause, words[:200], status=response.status_code)
    if not answer.get("access_token"):
        raise ZohoError(Cause.BROKEN, "the answer has no token", status=response.status_code)
    return answer


def _access(answer: Mapping[str, object]) -> tuple[str, float]:
    seconds = answer.get("expires_in", 3600)
    lasting = float(seconds) if isinstance(seconds, int | float | str) else 3600.0
    return str(answer["access_token"]), time.time() + lasting
