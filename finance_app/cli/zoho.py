"""`marge zoho-webhook`: what is entered at Zoho so that it tells of changes at once."""

import typer

from finance_app.settings import settings


def zoho_webhook() -> None:
    """Print the address and the secret of the webhook for Zoho's settings (Automation, Workflow Actions)."""
    from finance_app import db  # slow to load, and needed here only
    from finance_app.services.zoho.sync import starting, webhook

    with db.reading() as session:
        row = starting.active(session)
    if row is None:
        typer.secho("marge: there is no connection to Zoho. Set it up in the marketplace first.", err=True)
        raise typer.Exit(1)
    typer.echo(f"URL:    {settings().address}/connect/zoho/changed/{row.id}")
    typer.echo("Method: POST")
    typer.echo(f"Secret: {webhook.secret(row.id or 0)}")
