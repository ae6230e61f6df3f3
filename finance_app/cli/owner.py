"""`marge create-owner`: the first account of an own database, and its company."""

from typing import Annotated

import typer
from sqlmodel import select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.i18n import t
from finance_app.models import Portal
from finance_app.services import founding
from finance_app.services.accounts import identity as accounts
from finance_app.settings import settings


def create_owner(
    email: Annotated[str, typer.Option(help="The address to log in with.")] = "",
    name: Annotated[str, typer.Option(help="First and last name.")] = "",
    password: Annotated[
        str,
        typer.Option(envvar="MARGE_OWNER_PASSWORD", help="At least 12 characters; asked for otherwise."),
    ] = "",
    company: Annotated[str, typer.Option(help="Name of the company, on the first run.")] = "",
    country: Annotated[str, typer.Option(help="Its country, as in FR.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency, by default that of the country.")] = "",
    locale: Annotated[str, typer.Option(help="Language of its documents, en or fr.")] = "",
) -> None:
    """Make an owner, and on the first run the company. What is not given is asked for."""
    given = settings()
    if given.demo:
        _refuse("the demo has its own people. Unset MARGE_DEMO to make an owner of an own database")
    if locale not in ("", "en", "fr"):
        _refuse("--locale is en or fr")
    given.data_dir.mkdir(parents=True, exist_ok=True)
    db.migrate(given.database_url)
    with db.reading() as session:
        first = session.exec(select(Portal)).first() is None
    if first:
        company = company or typer.prompt("Name of the company")
        country = country or typer.prompt("Country (two letters)", default="FR")
    name = name or typer.prompt("Your name")
    email = email or typer.prompt("E-mail")
    if not password:
        hint = f"Password (at least {accounts.PASSWORD_MIN_LENGTH} characters)"
        password = typer.prompt(hint, hide_input=True, confirmation_prompt=True)
    try:
        with db.transaction() as session:
            user = founding.found(
                session,
                company=company,
                country=country,
                currency=currency.upper() or None,
                locale=locale or None,
                name=name,
                email=email,
                password=password,
            )
    except DomainError as error:
        _refuse(t("en", error.code, **error.params))
    typer.echo(f"{user.email} can log in at {given.address} once Marge runs (marge run).")


def _refuse(text: str) -> None:
    typer.secho(f"marge: {text}", err=True)
    raise typer.Exit(1)
