"""`marge revenue`: the entries of revenue and tax that reports are read from."""

import typer
from sqlalchemy.exc import OperationalError

from finance_app import db
from finance_app.services.profitability import posting
from finance_app.settings import settings

app = typer.Typer(no_args_is_help=True, help="The entries of revenue and tax that reports are read from.")


@app.command()
def rebuild() -> None:
    """Write the entries of all documents anew. Marge keeps them right by itself: this is for whoever changed
    the database by hand."""
    try:
        db.migrate(settings().database_url)
        with db.transaction() as session:
            before = posting.fingerprint(session)
            count = posting.rebuild(session)
            wrong = sum(((before - (now := posting.fingerprint(session))) + (now - before)).values())
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        typer.secho(f"marge: The database cannot be used now ({reason}).", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{count} documents posted, {wrong} entries differ from before")
