"""`marge rollups`: the totals of logged time that budgets are read from."""

import typer
from sqlalchemy.exc import OperationalError

from finance_app import db
from finance_app.services.budgeting import totals
from finance_app.settings import settings

app = typer.Typer(no_args_is_help=True, help="The totals of logged time that budgets are read from.")


@app.command()
def rebuild() -> None:
    """Add up all logged time anew. Marge keeps the totals right by itself: this is for whoever changed the
    database by hand."""
    try:
        db.migrate(settings().database_url)
        with db.transaction() as session:
            wrong = totals.differences(session)
            count = totals.rebuild(session)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        typer.secho(f"marge: The database cannot be used now ({reason}).", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{count} totals, {wrong} of them were wrong")


@app.command()
def check() -> None:
    """Compare the totals with the logged time; exit with 1 where they differ."""
    db.migrate(settings().database_url)
    with db.reading() as session:
        wrong = totals.differences(session)
    typer.echo(
        "The totals equal the logged time" if not wrong else f"{wrong} totals differ: marge rollups rebuild"
    )
    raise typer.Exit(1 if wrong else 0)
