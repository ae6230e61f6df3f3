"""`marge worker`: delivers e-mails and keeps Zoho alike without serving pages."""

import asyncio
import contextlib
import signal

import typer

from finance_app.settings import settings


def worker() -> None:
    """Deliver e-mails, sync with Zoho and delete what is older than the settings keep it, until Ctrl+C.

    The server does so too; this is for a second place.
    """
    given = settings()
    if given.smtp is None and not given.demo:
        typer.secho(
            "marge: MARGE_SMTP_URL is missing, so e-mails wait in the outbox. Zoho is kept alike.", err=True
        )
    typer.echo("Delivering e-mails, keeping Zoho alike. Ctrl+C stops it.")
    asyncio.run(_deliver())


async def _deliver() -> None:
    from finance_app.api.outbox_worker import outbox_worker  # slow to load, and needed here only
    from finance_app.api.personal_data import retention
    from finance_app.api.zoho_worker import zoho_worker
    from finance_app.states import live

    work = asyncio.gather(live.listen(), outbox_worker(), zoho_worker(), retention())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work
