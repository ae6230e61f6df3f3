"""`marge sandbox`: the imitation of Zoho's products on a port of its own."""

import os
from typing import Annotated

import typer

from finance_app.sandbox import Sandbox

FILE, SAMPLE = "SANDBOX_FILE", "SANDBOX_SAMPLE"


def sandbox(
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535)] = 8200,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    file: Annotated[str, typer.Option(help="Where its state is kept; in memory without.")] = ":memory:",
    sample: Annotated[bool, typer.Option(help="Begin with projects, tasks and time in the portal.")] = False,
) -> None:
    """Serve a sandbox of Zoho Books, Invoice and Projects until Ctrl+C."""
    from granian import Granian  # needed here only
    from granian.constants import Interfaces

    os.environ[FILE], os.environ[SAMPLE] = file, "1" if sample else ""
    typer.echo(f"The Zoho sandbox is at http://{host}:{port}: organisation 10, portal 10, any client id and")
    typer.echo("secret, refresh token `sandbox`. Ctrl+C stops it.")
    Granian(
        "finance_app.cli.sandbox:serve",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=False,
    ).serve()


def serve() -> Sandbox:
    """The application that the web server asks for."""
    return Sandbox(os.environ.get(FILE, ":memory:"), sample=bool(os.environ.get(SAMPLE)))
