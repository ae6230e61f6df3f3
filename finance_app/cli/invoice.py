"""`marge invoice`: from time, a fixed cost or milestones to a draft, without the wizard."""

import json
from dataclasses import replace
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
from finance_app.domain.shares import Basis
from finance_app.domain.time import hours
from finance_app.i18n import t
from finance_app.models import Client, Invoice, Milestone, Portal, Project
from finance_app.models.kinds import BillingMethod, InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.clients import directory as clients
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.charges import TIME
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.preview import Preview, preview
from finance_app.services.invoicing.scope import Scope
from finance_app.settings import settings

app = typer.Typer(help="Draft invoices of time, fixed costs and milestones.", no_args_is_help=True)

MADE_BY = "command line"


@app.callback()
def invoices() -> None:
    """Draft invoices of time, fixed costs and milestones."""


@app.command("draft")
def draft(
    project: Annotated[str, typer.Option(help="Name of the project.")],
    until: Annotated[str, typer.Option(help="Bill up to this day, as 2026-10-31; time needs it.")] = "",
    since: Annotated[str, typer.Option("--from", help="Bill from this day on.")] = "",
    group_by: Annotated[GroupBy, typer.Option(help="What makes a line.")] = GroupBy.TASK,
    rate: Annotated[str, typer.Option(help="Hourly rate of time that has none.")] = "",
    client: Annotated[str, typer.Option(help="Client of a project without one; made if missing.")] = "",
    percent: Annotated[str, typer.Option(help="Of a fixed cost or milestone: this part of its price.")] = "",
    amount: Annotated[str, typer.Option(help="Of a fixed cost or milestone: this amount, as 2500.00.")] = "",
    milestone: Annotated[
        list[str] | None, typer.Option(help="Bill this milestone; may be given several times.")
    ] = None,
    by: Annotated[
        Basis, typer.Option(help="What a milestone's amount comes from, without --percent and --amount.")
    ] = Basis.REST,
    mark_time: Annotated[bool, typer.Option(help="Mark the time of the period as billed with it.")] = False,
    above_price: Annotated[bool, typer.Option(help="Confirm that a price may be exceeded.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Draft an invoice of a project, and print its lines, hours and totals.

    By the hour: its unbilled time up to --until. At a fixed cost: --percent or --amount of its price.
    Milestones: --milestone NAME, all that remains of each unless --percent, --amount or --by says otherwise.
    Drafting the same again replaces a draft of this command that nobody has touched since.
    """
    try:
        db.migrate(settings().database_url)
        with db.transaction() as session:
            share = _share(percent, amount, by, time=mark_time, above=above_price)
            scope = Scope((), _day(until), _day(since), group_by, fallback_rate=_rate(rate))
            answer = _draft(session, project, client, scope, milestone or [], share)
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
    client: str,
    scope: Scope,
    milestones: list[str],
    share: dict[str, Any],
) -> dict[str, Any]:
    actor = operator(session)
    project = _project(session, name)
    _give_client(session, actor, project, client)
    scope = _aimed(session, project, scope, milestones, share)
    made_for = [project.id, *sorted(wish["milestone"] for wish in scope.charges.get("milestone", ()))]
    _take_back(session, actor, project, made_for)
    found = preview(session, actor, scope, lock=True)
    invoice = drafts.create_from_time(session, actor, scope, DraftHead(), found.seen)
    invoice.billing = {**invoice.billing, "by": MADE_BY, "made_for": made_for}
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


def _share(percent: str, amount: str, by: Basis, *, time: bool, above: bool) -> dict[str, Any]:
    """How much of a price is billed, from the options."""
    basis = Basis.PERCENT if percent else Basis.CUSTOM if amount else by
    return {"basis": basis.value, "value": (percent or amount).rstrip("% "), "time": time, "above": above}


def _aimed(
    session: Session, project: Project, scope: Scope, milestones: list[str], share: dict[str, Any]
) -> Scope:
    """The scope with what the options bill of the project."""
    if milestones:
        wishes = [{"milestone": _milestone(session, project, name), **share} for name in milestones]
        return replace(scope, charges={"milestone": wishes})
    if project.billing_method is not BillingMethod.FIXED_COST:
        return replace(scope, project_ids=(project.id or 0,))
    if not share["value"]:
        raise DomainError("invoicing.error.share_option", project=project.name)
    return replace(scope, charges={"fixed_cost": [{"project": project.id, **share}]})


def _milestone(session: Session, project: Project, name: str) -> int:
    found = session.execute(
        select(col(Milestone.id)).where(
            col(Milestone.project_id) == project.id, func.lower(col(Milestone.name)) == name.strip().lower()
        )
    ).scalars()
    ids = list(found)
    if len(ids) != 1:
        raise DomainError("invoicing.error.milestone_name", project=project.name, milestone=name)
    return ids[0] or 0


def _take_back(session: Session, actor: Actor, project: Project, made_for: list[Any]) -> None:
    """Delete the untouched draft that this command made of the same before."""
    waiting = session.execute(
        select(Invoice).where(
            col(Invoice.state) == InvoiceState.DRAFT,
            col(Invoice.version) == 1,
            col(Invoice.client_id) == project.client_id,
        )
    ).scalars()
    for invoice in list(waiting):
        if invoice.billing.get("by") == MADE_BY and invoice.billing.get("made_for") == made_for:
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
                "hours": format(line.quantity, "f") if line.charge == TIME else None,
                "rate": format(line.unit_price, "f") if line.charge == TIME else None,
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
        time = f"{line['hours']:>12} h x {line['rate']:>10}" if line["hours"] else " " * 27
        typer.echo(f"  {time}  {line['amount']:>14} {currency}  {line['name']}")
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
