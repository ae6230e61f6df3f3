"""The `marge` command. A noun of commands is a module here with its own typer app, added below."""

import sys

import typer

from finance_app.cli import (
    archive,
    audit,
    import_,
    invoice,
    owner,
    projects,
    revenue,
    rollups,
    sandbox,
    serve,
    worker,
    zoho,
)
from finance_app.settings import SettingsError

app = typer.Typer(
    name="marge",
    help="Marge: project finance, from tracked time to cash.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.demo)
app.command()(serve.run)
app.command()(serve.build)
app.command()(worker.worker)
app.command("create-owner")(owner.create_owner)
app.command()(archive.backup)
app.command()(archive.restore)
app.command()(projects.projects)
app.command()(sandbox.sandbox)
app.command()(zoho.zoho_webhook)
app.add_typer(audit.app, name="audit")
app.add_typer(import_.app, name="import")
app.add_typer(invoice.app, name="invoice")
app.add_typer(revenue.app, name="revenue")
app.add_typer(rollups.app, name="rollups")


def main() -> None:
    """The entry point: a fault of the settings ends with one line each and code 2."""
    try:
        app()
    except SettingsError as error:
        for fault in error.faults:
            print(f"marge: {fault}", file=sys.stderr)
        sys.exit(2)
