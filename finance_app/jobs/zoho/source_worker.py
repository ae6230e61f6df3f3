"""The worker of the source, beside that of the sync: a long import holds neither up."""

import asyncio
import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine

from finance_app.jobs.zoho import source

logger = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
AFTER_A_FAULT = 30.0


async def run(changed: Callable[[], None]) -> None:
    """Read what is due for ever. `changed` is told of progress, after the commit."""
    name = source.new_name()
    while True:
        pause = IDLE_SECONDS
        try:
            busy = await asyncio.to_thread(work_once, name, changed)
        except Exception:
            logger.exception("The worker of Zoho Projects stumbled; it goes on")
            busy, pause = False, AFTER_A_FAULT
        if not busy:
            await asyncio.sleep(pause)


def work_once(name: str, changed: Callable[[], None], engine: Engine | None = None) -> bool:
    """Read for a while, in an event loop of its own, so that a server can stop in between."""
    until = time.monotonic() + 20
    return asyncio.run(source.work(name, source.opened, changed, engine, until=until))
