"""`marge worker`: delivers e-mails without serving pages."""

import asyncio
import contextlib
import signal

import typer

from finance_app.settings import settings


def worker() -> None:
    """Deliver e-mails until Ctrl+C. The server does so by itself; this is for a second place."""
    given = settings()
    if given.smtp is None and not given.demo:
        typer.secho(
            "marge: MARGE_SMTP_URL is missing, so e-mails wait in the outbox. Set it first.", err=True
        )
        raise typer.Exit(1)
    typer.echo("Delivering e-mails. Ctrl+C stops it.")
    asyncio.run(_deliver())


async def _deliver() -> None:
    from finance_app.api.outbox_worker import outbox_worker  # slow to load, and needed here only
    from finance_app.states import live

    work = asyncio.gather(live.listen(), outbox_worker())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work
