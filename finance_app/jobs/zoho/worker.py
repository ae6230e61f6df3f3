"""The worker of the sync with Zoho, beside that of the e-mails: in a thread, for it waits for others."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from sqlalchemy import Engine

from finance_app import db
from finance_app.jobs.zoho import opening, working
from finance_app.services.zoho.sync import leases

logger = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
AFTER_A_FAULT = 30.0

Changed = Callable[[], None]


async def run(changed: Changed) -> None:
    """Keep both sides alike for ever. `changed` is told of progress, after the commit, and once a worker has
    died with its lease."""
    name = f"worker-{secrets.token_hex(4)}"
    interrupted = False
    while True:
        pause = IDLE_SECONDS
        try:
            busy = await asyncio.to_thread(work_once, name, changed)
            before, interrupted = interrupted, await asyncio.to_thread(_is_interrupted)
            if interrupted and not before:
                changed()
        except Exception:
            logger.exception("The worker of Zoho stumbled; it goes on")
            busy, pause = False, AFTER_A_FAULT
        if not busy:
            await asyncio.sleep(pause)


def work_once(name: str, changed: Changed, engine: Engine | None = None) -> bool:
    """Do what is due, in an event loop of its own. It lets go after a while, so that a server can stop."""
    return asyncio.run(working.work(name, opening.opened, changed, engine, until=time.monotonic() + 20))


def _is_interrupted(engine: Engine | None = None) -> bool:
    with db.reading(engine) as session:
        return leases.is_interrupted(session)
