"""`marge demo`, `marge run`, `marge build`: what a person starts Marge with."""

import os
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlmodel import SQLModel, select

from finance_app import db
from finance_app import demo as company
from finance_app.cli import frontend
from finance_app.cli.server import ServerError, serve
from finance_app.models import Portal
from finance_app.services.accounts import identity as accounts
from finance_app.services.profitability import posting
from finance_app.settings import Settings, settings, unknown_variables


def demo(
    fresh: Annotated[bool, typer.Option(help="Make the demo company anew.")] = False,
) -> None:
    """Serve the demo company, with free entry for everybody who reaches the address."""
    os.environ["MARGE_DEMO"] = "true"
    given = _ready()
    _build()
    if fresh:
        empty_database()
        forget_sandbox(given)
    _migrate(given)
    _fill()
    _serve(given)


def run() -> None:
    """Serve the database of MARGE_DATABASE_URL, by default var/marge.sqlite."""
    given = _ready()
    _build()
    _migrate(given)
    with db.reading() as session:
        if not accounts.has_owner(session):
            typer.echo("Nobody can log in yet. Make the first account with: marge create-owner")
    _serve(given)


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


def _migrate(given: Settings) -> None:
    given.data_dir.mkdir(parents=True, exist_ok=True)
    db.migrate(given.database_url)
    with db.transaction() as session:
        posting.ensure(session)


def empty_database() -> None:
    """Drop every table of the database of the settings."""
    with db.engine().begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")


def forget_sandbox(given: Settings) -> None:
    """What the demo has sent to its imitation of Zoho goes with the demo company."""
    for file in given.data_dir.glob("demo.zoho.sqlite*"):
        file.unlink()


def _fill() -> None:
    """The demo company, once: a demo database that has one is kept."""
    with db.transaction() as session:
        if session.exec(select(Portal)).first() is None:
            typer.echo("Making the demo company.")
            company.fill(session, datetime.now(ZoneInfo(company.TIME_ZONE)).date())


def _serve(given: Settings) -> None:
    try:
        serve(given)
    except ServerError as error:
        typer.secho(f"marge: {error}", err=True)
        raise typer.Exit(1) from None
