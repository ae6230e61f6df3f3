"""The worker of Zoho inside a serving process: progress shows on the open pages at once."""

import asyncio

from finance_app.jobs.zoho import removal, worker
from finance_app.states import live

TOPIC = "zoho"


def _changed() -> None:
    live.publish_from_thread(TOPIC)


async def zoho_worker() -> None:
    """Lifespan task: keep Zoho alike, and complete a removal, for as long as the process serves."""
    await asyncio.gather(worker.run(_changed), removal.run(_changed))
