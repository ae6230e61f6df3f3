"""What the wizard asks of Zoho itself, each answer or refusal in words for people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Books, Cause, Grant, Projects, ZohoError, oauth
from finance_app.integrations.zoho.caller import Patience
from finance_app.integrations.zoho.projects import Portal
from finance_app.integrations.zoho.records import Organization
from finance_app.services.zoho.connection import Access, http_client

# Somebody waits for the answer.
HASTE = Patience(tries=3, first=0.3, longest=5.0)
_KNOWN = {
    Cause.UNREACHABLE: "zoho.error.unreachable",
    Cause.BROKEN: "zoho.error.broken",
    Cause.THROTTLED: "zoho.error.throttled",
    Cause.SIGNED_OUT: "zoho.error.signed_out",
    Cause.FORBIDDEN: "zoho.error.forbidden",
}


def in_words(error: ZohoError) -> DomainError:
    """The refusal that people see: our explanation with Zoho's own words."""
    code = _KNOWN.get(error.cause, "zoho.error.refused")
    return DomainError(code, said=error.message, number=error.code or error.status)


@asynccontextmanager
async def asking(http: httpx.AsyncClient | None) -> AsyncIterator[httpx.AsyncClient]:
    try:
        if http is not None:
            yield http
            return
        async with http_client() as own:
            yield own
    except ZohoError as error:
        raise in_words(error) from error


async def sign_in(access: Access, code: str, http: httpx.AsyncClient | None = None) -> Access:
    """The access with the grant of a code that the consent has given. Raises DomainError."""
    async with asking(http) as client:
        grant = await oauth.exchange(client, access.centre, access.application, code, access.secrets.verifier)
    return access.with_grant(grant)


async def organisations(
    access: Access, http: httpx.AsyncClient | None = None
) -> tuple[list[Organization], Access]:
    """The organisations of the account, and the access with the token it got. Raises DomainError."""
    kept = Kept(access)
    async with asking(http) as client:
        found = await _books(kept, client).organizations()
    return found, kept.access


async def create_organisation(
    access: Access, name: str, currency: str, time_zone: str, http: httpx.AsyncClient | None = None
) -> tuple[Organization, Access]:
    """A new organisation. Raises DomainError."""
    kept = Kept(access)
    async with asking(http) as client:
        made = await _books(kept, client).create_organization(name, currency, time_zone)
    return made, kept.access


async def portals(
    access: Access, http: httpx.AsyncClient | None = None
) -> tuple[list[Portal] | None, Access]:
    """The portals of Zoho Projects; None where the account may not see them or has none."""
    kept = Kept(access)
    try:
        async with asking(http) as client:
            found = await _projects(kept, client).portals()
    except DomainError as error:
        if error.code in ("zoho.error.unreachable", "zoho.error.throttled"):
            raise
        return None, kept.access
    return found or None, kept.access


async def revoke(access: Access, http: httpx.AsyncClient | None = None) -> bool:
    """End the grant at Zoho; whether that could be done. A key can only be taken back by hand."""
    if not access.secrets.refresh_token:
        return False
    try:
        async with asking(http) as client:
            await oauth.revoke(client, access.centre, access.secrets.refresh_token)
    except DomainError:
        return False
    return True


@asynccontextmanager
async def reading(
    access: Access, http: httpx.AsyncClient | None = None
) -> AsyncIterator[tuple[Projects, "Kept"]]:
    """Zoho Projects for somebody who waits, with the access and the token it got. Raises DomainError."""
    kept = Kept(access)
    async with asking(http) as client:
        yield _projects(kept, client), kept


class Kept:
    def __init__(self, access: Access):
        self.access = access

    async def __call__(self, grant: Grant) -> None:
        self.access = self.access.with_grant(grant)


def _books(kept: Kept, http: httpx.AsyncClient) -> Books:
    return kept.access.books(http, keep=kept, patience=HASTE)


def _projects(kept: Kept, http: httpx.AsyncClient) -> Projects:
    return kept.access.projects(http, keep=kept, patience=HASTE)
