"""Completes the removal of the connection once nothing waits to be sent: it outlives a restart."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import Engine

from finance_app import db
from finance_app.services.zoho import remote, removing

logger = logging.getLogger(__name__)

IDLE_SECONDS = 3.0


async def run(changed: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(IDLE_SECONDS)
        try:
            if await asyncio.to_thread(_is_ready):
                await complete()
                changed()
        except Exception:
            logger.exception("A removal could not be completed; it is tried again")
            await asyncio.sleep(30)


def _is_ready(engine: Engine | None = None) -> bool:
    with db.reading(engine) as session:
        return removing.is_ready(session)


async def complete(engine: Engine | None = None) -> bool:
    """Revoke the access and erase it; whether Zoho took it back. It is erased in any case."""

    def access():
        with db.reading(engine) as session:
            return removing.access(session)

    def finish(revoked: bool) -> None:
        with db.transaction(engine) as session:
            removing.complete(session, revoked=revoked)

    given = await asyncio.to_thread(access)
    revoked = bool(given) and await remote.revoke(given)
    await asyncio.to_thread(finish, revoked)
    return revoked
