"""`marge invoice`: from tracked time to a draft, without the wizard."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from finance_app import db
from finance_app.cli.operator import operator
from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import GroupBy
from finance_app.domain.money import Money, to_decimal
from finance_app.domain.time import hours
from finance_app.i18n import t
from finance_app.models import Client, Invoice, Portal, Project
from finance_app.models.kinds import InvoiceState
from finance_app.services import clients
from finance_app.services.accounts import Actor
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.preview import Preview, preview
from finance_app.services.invoicing.scope import Scope
from finance_app.settings import settings

app = typer.Typer(help="Draft invoices from tracked time.", no_args_is_help=True)

MADE_BY = "command line"


@app.callback()
def invoices() -> None:
    """Draft invoices from tracked time."""


@app.command("draft")
def draft(
    project: Annotated[str, typer.Option(help="Name of the project.")],
    until: Annotated[str, typer.Option(help="Bill up to this day, as 2026-10-31.")],
    since: Annotated[str, typer.Option("--from", help="Bill from this day on.")] = "",
    group_by: Annotated[GroupBy, typer.Option(help="What makes a line.")] = GroupBy.TASK,
    rate: Annotated[str, typer.Option(help="Hourly rate of time that has none.")] = "",
    client: Annotated[str, typer.Option(help="Client of a project without one; made if missing.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Draft an invoice of a project's unbilled time, and print its lines, hours and totals.

    Drafting again replaces a draft of this command that nobody has touched since.
    """
    try:
        db.migrate(settings().database_url)
        with db.transaction() as session:
            answer = _draft(session, project, _day(until), _day(since), group_by, _rate(rate), client)
    except DomainError as error:
        _fail(_told(error), as_json=as_json)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        _fail(f"The database cannot be used now ({reason}). Nothing was drafted.", as_json=as_json)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _print(answer)


def _draft(
    session: Session,
    name: str,
    until: date | None,
    since: date | None,
    group_by: GroupBy,
    rate: Decimal | None,
    client: str,
) -> dict[str, Any]:
    actor = operator(session)
    project = _project(session, name)
    _give_client(session, actor, project, client)
    _take_back(session, actor, project)
    scope = Scope((project.id or 0,), until, since, group_by, fallback_rate=rate)
    found = preview(session, actor, scope, lock=True)
    invoice = drafts.create_from_time(session, actor, scope, DraftHead(), found.seen)
    invoice.billing = {**invoice.billing, "by": MADE_BY}
    session.flush()
    return _answer(project, invoice, found)


def _project(session: Session, name: str) -> Project:
    found = list(
        session.execute(
            select(Project).where(func.lower(col(Project.name)) == name.strip().lower())
        ).scalars()
    )
    if len(found) != 1:
        raise DomainError("invoicing.error.project_name", project=name, n=len(found))
    return found[0]


def _give_client(session: Session, actor: Actor, project: Project, name: str) -> None:
    if project.client_id is not None:
        owner = session.get_one(Client, project.client_id)
        if name and owner.name.casefold() != name.strip().casefold():
            raise DomainError("invoicing.error.has_client", project=project.name, client=owner.name)
        return
    if not name.strip():
        raise DomainError("invoicing.error.no_client_option", project=project.name)
    known = session.execute(
        select(Client).where(func.lower(col(Client.name)) == name.strip().lower())
    ).scalar_one_or_none()
    if known is None:
        values = {**clients.new_values(session, actor), "name": name.strip(), "currency": project.currency}
        if not values.get("country"):
            values["country"] = session.execute(select(col(Portal.country))).scalars().first() or "FR"
        known = clients.create(session, actor, values)
    project.client_id = known.id
    session.flush()


def _take_back(session: Session, actor: Actor, project: Project) -> None:
    """Delete the untouched draft that this command made of the project before."""
    waiting = session.execute(
        select(Invoice).where(
            col(Invoice.state) == InvoiceState.DRAFT,
            col(Invoice.version) == 1,
            col(Invoice.client_id) == project.client_id,
        )
    ).scalars()
    for invoice in list(waiting):
        if invoice.billing.get("by") == MADE_BY and invoice.billing.get("project_ids") == [project.id]:
            issuing.delete(session, actor, invoice.id or 0)


def _answer(project: Project, invoice: Invoice, found: Preview) -> dict[str, Any]:
    currency = found.currency
    return {
        "invoice": invoice.id,
        "project": project.name,
        "client": found.client,
        "currency": currency,
        "lines": [
            {
                "name": line.name,
                "description": line.description,
                "logs": line.logs or line.marked_logs,
                "tracked_hours": _hours(line.tracked_seconds or 0),
                "hours": format(line.quantity, "f"),
                "rate": format(line.unit_price, "f"),
                "amount": _amount(line.amount_minor, currency),
            }
            for line in found.lines
        ],
        "logs": found.logs,
        "tracked_hours": _hours(found.tracked_seconds),
        "hours": _hours(found.billed_seconds),
        "net": _amount(invoice.net_minor, currency),
        "tax": _amount(invoice.tax_minor, currency),
        "total": _amount(invoice.total_minor, currency),
        "left_out": [
            {"reason": each.reason.value, "logs": each.logs, "hours": _hours(each.seconds)}
            for each in found.left_out
        ],
    }


def _print(answer: dict[str, Any]) -> None:
    currency = answer["currency"]
    typer.echo(f"Draft {answer['invoice']} of {answer['project']} for {answer['client']}")
    for line in answer["lines"]:
        typer.echo(
            f"  {line['hours']:>12} h x {line['rate']:>10}  {line['amount']:>14} {currency}  {line['name']}"
        )
    typer.echo(
        f"  {answer['hours']:>12} h{'':>14}{answer['net']:>15} {currency}  {len(answer['lines'])} lines"
    )
    typer.echo(f"  tax {answer['tax']}, total {answer['total']} {currency}")
    for each in answer["left_out"]:
        reason = t("en", f"invoicing.reason.{each['reason']}")
        typer.echo(f"  left out: {each['logs']} logs, {each['hours']} h, {reason}")


def _hours(seconds: int) -> str:
    exact = hours(seconds)
    return format(round(exact, 2) if exact == round(exact, 2) else round(exact, 6), "f")


def _amount(minor: int, currency: str) -> str:
    return format(to_decimal(minor, currency), "f")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DomainError("invoicing.error.day_option", text=text) from None


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text) if text else None
    except InvalidOperation:
        rate = Decimal(-1)
    if rate is not None and not (rate.is_finite() and rate >= 0 and rate == round(rate, 6)):
        raise DomainError("invoicing.error.rate_option", text=text)
    return rate


def _told(error: DomainError) -> str:
    params = {name: str(value) if isinstance(value, Money) else value for name, value in error.params.items()}
    return t("en", error.code, **params)


def _fail(text: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"error": text}, ensure_ascii=False))
    typer.secho(f"marge: {text}", err=True)
    raise typer.Exit(1)
