"""The way to speak to the organisation of the connection, with limits that all workers share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Engine

from finance_app import db
from finance_app.integrations.zoho import Books, Grant
from finance_app.jobs.zoho.pacing import SharedPacer
from finance_app.services.zoho import connection
from finance_app.services.zoho.centres import quota


@asynccontextmanager
async def opened(engine: Engine | None, sync_id: int) -> AsyncIterator[Books]:
    """Speak to the organisation of the connection. Raises DomainError where it is gone."""
    with db.reading(engine) as session:
        access = connection.client(session)

    async def keep(grant: Grant) -> None:
        with db.transaction(engine) as session:
            connection.keep_grant(session, access.connection_id, grant)

    async with connection.http_client() as http:
        pacer = SharedPacer(engine, sync_id, quota())
        yield access.books(http, pacer=pacer, keep=keep, careful=True)
