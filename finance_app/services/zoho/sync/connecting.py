"""From the connection to the sync: its choices, and the way to speak to Zoho with limits that all share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Books, Grant, Product
from finance_app.models.kinds import ContactPreference
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import connection
from finance_app.services.zoho.sync import starting
from finance_app.services.zoho.sync.pacing import SharedPacer


def setup(session: Session) -> starting.Setup:
    """What the saved connection says. Raises DomainError without one."""
    row = connection.active(session)
    if row is None:
        raise DomainError("zoho.error.not_connected")
    return starting.Setup(
        row.id or 0,
        Product(row.product.value),
        row.organisation,
        row.currency,
        row.bill_from,
        row.contacts is ContactPreference.CLONE,
    )


def start(session: Session, actor: Actor) -> starting.Run:
    """The first sync after the wizard, a sync after its choices were changed, or *Instant sync*."""
    wanted = setup(session)
    row = starting.active(session)
    same = row is not None and starting.is_as(row, wanted)
    made = starting.start(session, actor) if same else starting.begin(session, actor, wanted)
    return starting.shown(session, made)


@asynccontextmanager
async def opened(engine: Engine | None, sync_id: int) -> AsyncIterator[Books]:
    """Speak to the organisation of the connection. Raises DomainError where it is gone."""
    with db.reading(engine) as session:
        access = connection.client(session)

    async def keep(grant: Grant) -> None:
        with db.transaction(engine) as session:
            connection.keep_grant(session, access.connection_id, grant)

    async with connection.http_client() as http:
        pacer = SharedPacer(engine, sync_id, sleep=asyncio.sleep)
        yield access.books(http, pacer=pacer, keep=keep, careful=True)
