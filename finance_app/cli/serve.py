"""`marge demo`, `marge run`, `marge build`: what a person starts Marge with."""

import os

import typer

from finance_app import db
from finance_app.cli import frontend
from finance_app.cli.server import ServerError, serve
from finance_app.settings import Settings, settings, unknown_variables


def demo() -> None:
    """Serve the demo company, with free entry for everybody who reaches the address."""
    os.environ["MARGE_DEMO"] = "true"
    _serve(_ready())


def run() -> None:
    """Serve the database of MARGE_DATABASE_URL, by default var/marge.sqlite."""
    _serve(_ready())


def build() -> None:
    """Build the front end, unless the present build is of the present sources."""
    _build()


def _ready() -> Settings:
    for fault in unknown_variables():
        typer.secho(f"marge: {fault}", fg=typer.colors.YELLOW, err=True)
    return settings()


def _build() -> None:
    try:
        if frontend.stale():
            typer.echo("Building the front end, once and after changes; it takes up to a minute.")
        frontend.ensure()
    except frontend.BuildError as error:
        typer.secho(str(error), err=True)
        raise typer.Exit(1) from None


def _serve(given: Settings) -> None:
    _build()
    given.data_dir.mkdir(parents=True, exist_ok=True)
    db.migrate(given.database_url)
    try:
        serve(given)
    except ServerError as error:
        typer.secho(f"marge: {error}", err=True)
        raise typer.Exit(1) from None
