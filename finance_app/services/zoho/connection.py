"""The connection to Zoho: which one there is, and the way to speak to it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import httpx
from sqlmodel import Session, select

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Books, Centre, Credentials, Grant, Product, Projects
from finance_app.integrations.zoho.oauth import Application, KeyCredentials
from finance_app.integrations.zoho.pacing import Pacer
from finance_app.models import ZohoConnection
from finance_app.models.kinds import ConnectionState, ZohoSignIn
from finance_app.services import vault
from finance_app.services.zoho.centres import centre_of
from finance_app.settings import settings

TIMEOUT = httpx.Timeout(30.0, connect=10.0)


@dataclass(frozen=True)
class Secrets:
    """What is encrypted: it is never shown, and no error, log or audit entry holds it."""

    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    expires_at: float = 0.0
    verifier: str = field(default="", repr=False)

    def closed(self) -> str:
        return vault.encrypt(json.dumps(vars(self)))

    @classmethod
    def opened(cls, text: str) -> "Secrets":
        """Raises DomainError where they were encrypted with another secret key."""
        if not text:
            return cls()
        kept = json.loads(vault.decrypt(text))
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})


@dataclass(frozen=True)
class Access:
    """All that it takes to speak to Zoho, apart from the database: give `books` or `projects` an HTTP client.

    `keep(grant)` is told of each new access token: pass it to `keep_grant` in a transaction, so that other
    workers need no own (Zoho gives ten in ten minutes)."""

    connection_id: int
    product: Product
    centre: Centre
    sign_in: ZohoSignIn
    client_id: str
    organisation: str = ""
    portal: str = ""
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    @property
    def application(self) -> Application:
        return Application(self.client_id, self.secrets.client_secret, redirect_uri())

    @property
    def grant(self) -> Grant:
        return Grant(self.secrets.refresh_token, self.secrets.access_token, self.secrets.expires_at)

    def credentials(
        self, http: httpx.AsyncClient, keep: Callable[[Grant], Awaitable[None]] | None = None
    ) -> Credentials | KeyCredentials:
        if self.sign_in is ZohoSignIn.KEY:
            return KeyCredentials(self.secrets.key)
        return Credentials(http, self.centre, self.application, self.grant, keep)

    def pacer(self) -> Pacer:
        return Pacer(self.organisation or "none", redis_url=settings().redis_url)

    def books(
        self,
        http: httpx.AsyncClient,
        pacer: Pacer | None = None,
        keep: Callable[[Grant], Awaitable[None]] | None = None,
        **more: Any,
    ) -> Books:
        credentials: Any = self.credentials(http, keep)
        return Books.of(
            self.centre,
            self.product,
            self.organisation,
            credentials,
            pacer or self.pacer(),
            http,
            **more,
        )

    def projects(
        self,
        http: httpx.AsyncClient,
        pacer: Pacer | None = None,
        keep: Callable[[Grant], Awaitable[None]] | None = None,
        **more: Any,
    ) -> Projects:
        credentials: Any = self.credentials(http, keep)
        return Projects.of(self.centre, self.portal, credentials, pacer or self.pacer(), http, **more)

    def at(self, centre: Centre) -> "Access":
        return replace(self, centre=centre)

    def with_grant(self, grant: Grant) -> "Access":
        secrets = replace(
            self.secrets,
            refresh_token=grant.refresh_token,
            access_token=grant.access_token,
            expires_at=grant.expires_at,
        )
        return replace(self, secrets=secrets)


def redirect_uri() -> str:
    """Where Zoho sends the person's browser back to; it is registered with the client there."""
    return settings().address + routes.ZOHO_BACK


def http_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)


def live(session: Session) -> ZohoConnection | None:
    """The connection of the portal, also one that is being set up or removed."""
    return session.exec(select(ZohoConnection).where(ZohoConnection.live == True)).first()  # noqa: E712


def active(session: Session) -> ZohoConnection | None:
    """The connection that is in force; None while there is none."""
    row = live(session)
    return row if row and row.state is not ConnectionState.DRAFT else None


def bill_from(session: Session) -> date | None:
    """The day before which time counts as billed; None where all of it may be billed."""
    row = active(session)
    return row.bill_from if row else None


def client(session: Session) -> Access:
    """The way to speak to Zoho. Raises DomainError where the portal is not connected."""
    row = active(session)
    if row is None:
        raise DomainError("zoho.error.not_connected")
    return Access(
        connection_id=row.id or 0,
        product=Product(row.product.value),
        centre=centre_of(row.centre),
        sign_in=row.sign_in,
        client_id=row.client_id,
        organisation=row.organisation,
        portal=row.projects_portal,
        secrets=Secrets.opened(row.secrets),
    )


def keep_grant(session: Session, connection_id: int, grant: Grant) -> None:
    """A new access token, for the other workers. One of former credentials is dropped."""
    row = session.get(ZohoConnection, connection_id)
    if row is None or not row.secrets:
        return
    secrets = Secrets.opened(row.secrets)
    if secrets.refresh_token != grant.refresh_token:
        return
    row.secrets = replace(secrets, access_token=grant.access_token, expires_at=grant.expires_at).closed()
    session.add(row)
    session.flush()
