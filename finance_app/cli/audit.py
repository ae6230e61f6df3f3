"""`marge audit verify`: whether the trail of who did what still is what was written."""

from typing import Annotated

import typer

from finance_app import db
from finance_app.services.audit import chain as audit_chain
from finance_app.settings import settings

app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)

_FAULTS = {
    "missing": "event {event} was sealed and is gone",
    "changed": "event {event} is not what was sealed",
    "order": "the seal of event {event} does not follow the one before it",
    "unsealed": "event {event} was added past Marge: it has no seal",
}


@app.callback()
def audit() -> None:
    """Commands that look at the audit trail."""


@app.command()
def verify(
    head: Annotated[
        str, typer.Option(help="A head noted earlier: it must be in the chain, so that a cut end shows.")
    ] = "",
) -> None:
    """Check every link of the audit trail; ends with code 1 at the first that is broken."""
    db.migrate(settings().database_url)
    with db.reading() as session:
        found = audit_chain.verify(session, head)
    if found.fault:
        where = (
            _FAULTS[found.fault].format(event=found.event_id)
            if found.event_id
            else "the head named by --head is not in the chain: its end was cut off"
        )
        typer.secho(f"marge: the audit trail is broken at link {found.events}: {where}.", err=True)
        raise typer.Exit(1)
    erased = f", {found.erased} of them with the person erased" if found.erased else ""
    typer.echo(f"{found.events} events, every link holds{erased}.")
    typer.echo(f"Head: {found.head}")
