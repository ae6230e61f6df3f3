"""The source that there is, and the way to speak to its portal."""

from dataclasses import replace

from sqlmodel import Session, select

from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Grant, Product
from finance_app.models import ZohoSource
from finance_app.models.kinds import ConnectionState, ZohoSignIn
from finance_app.services.zoho import connection
from finance_app.services.zoho.centres import centre_of
from finance_app.services.zoho.connection import Access, Secrets


def live(session: Session) -> ZohoSource | None:
    """The source of the portal, also one that is being set up."""
    return session.exec(select(ZohoSource).where(ZohoSource.live == True)).first()  # noqa: E712


def active(session: Session) -> ZohoSource | None:
    row = live(session)
    return row if row and row.state is ConnectionState.ACTIVE else None


def shareable(session: Session) -> bool:
    """Whether the connection has a sign-in that the source can use: its consent covers Zoho Projects."""
    row = connection.active(session)
    return bool(
        row and row.sign_in is ZohoSignIn.OAUTH and row.state is ConnectionState.ACTIVE and row.secrets
    )


def of_connection(session: Session, portal: str) -> Access:
    """As the connection signs in. Raises DomainError where there is none that could."""
    if not shareable(session):
        raise DomainError("zoho_source.error.nothing_to_share")
    return replace(connection.client(session), portal=portal)


def of_client(row: ZohoSource, centre: str, client_id: str, portal: str, secrets: Secrets) -> Access:
    """By a client of its own. Documents are not asked for, so the product does not matter."""
    return Access(
        connection_id=row.id or 0,
        product=Product.BOOKS,
        centre=centre_of(centre),
        sign_in=ZohoSignIn.OAUTH,
        client_id=client_id,
        portal=portal,
        secrets=secrets,
    )


def access(session: Session, row: ZohoSource) -> Access:
    """The way to the portal of a source in force. Raises DomainError."""
    if row.shared:
        return of_connection(session, row.portal)
    return of_client(row, row.centre, row.client_id, row.portal, Secrets.opened(row.secrets))


def keep_grant(session: Session, row: ZohoSource, given: Access, grant: Grant) -> None:
    """A new access token, for the other workers. One of former credentials is dropped."""
    if row.shared:
        connection.keep_grant(session, given.connection_id, grant)
        return
    held = Secrets.opened(row.secrets)
    if held.refresh_token == grant.refresh_token:
        row.secrets = replace(held, access_token=grant.access_token, expires_at=grant.expires_at).closed()
        session.add(row)
        session.flush()
