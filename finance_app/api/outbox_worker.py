"""The outbox worker inside a serving process: each delivery shows on the open pages at once."""

from finance_app.jobs import worker
from finance_app.models import OutboxMessage
from finance_app.states import live


def _changed(_message: OutboxMessage) -> None:
    live.publish_from_thread("invoices")


async def outbox_worker() -> None:
    """Lifespan task: deliver e-mails for as long as the process serves."""
    await worker.run(_changed)
