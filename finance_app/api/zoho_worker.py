"""The worker of Zoho inside a serving process: progress shows on the open pages at once."""

import asyncio

from finance_app.jobs.zoho import removal, source_worker, worker
from finance_app.states import live

TOPIC = "zoho"


def _changed() -> None:
    live.publish_from_thread(TOPIC)


def _read() -> None:
    """What a source has brought shows on the lists of it too."""
    for topic in (TOPIC, "projects", "time"):
        live.publish_from_thread(topic)


async def zoho_worker() -> None:
    """Lifespan task: keep Zoho alike, read Zoho Projects, and complete a removal, for as long as the process
    serves."""
    await asyncio.gather(worker.run(_changed), source_worker.run(_read), removal.run(_changed))
