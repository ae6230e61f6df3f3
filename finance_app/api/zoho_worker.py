"""The worker of Zoho inside a serving process: progress shows on the open pages at once."""

from finance_app.jobs.zoho import worker
from finance_app.states import live

TOPIC = "zoho"


def _changed() -> None:
    live.publish_from_thread(TOPIC)


async def zoho_worker() -> None:
    """Lifespan task: keep Zoho alike for as long as the process serves."""
    await worker.run(_changed)
