"""`marge projects`: what was planned for each project and what came of it."""

import json
from decimal import Decimal
from typing import Annotated, Any

import typer
from sqlalchemy.exc import OperationalError

from finance_app import db
from finance_app.cli.operator import operator
from finance_app.domain.money import to_decimal
from finance_app.domain.time import hours
from finance_app.services.projects.figures import ProjectFigures, figures
from finance_app.settings import settings


def projects(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """List the projects: entries, tasks, planned and actual hours, cost and revenue, and what is unbilled."""
    try:
        db.migrate(settings().database_url)
        with db.reading() as session:
            found = figures(session, operator(session))
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        typer.secho(f"marge: The database cannot be used now ({reason}).", err=True)
        raise typer.Exit(1) from None
    rows = [_row(each) for each in found]
    if as_json:
        typer.echo(json.dumps({"projects": rows}, ensure_ascii=False, indent=2))
    else:
        _print(rows)


def _row(of: ProjectFigures) -> dict[str, Any]:
    """Decimals are text, so that no reader makes binary fractions of them."""
    return {
        "id": of.id,
        "project": of.name,
        "client": of.client or None,
        "billing_method": of.method.value,
        "currency": of.currency,
        "cost_currency": of.cost_currency,
        "entries": of.entries,
        "tasks": of.tasks,
        "planned_hours": _hours(of.planned_seconds),
        "actual_hours": _hours(of.actual_seconds),
        "planned_cost": _amount(of.planned_cost_minor, of.cost_currency),
        "actual_cost": _amount(of.actual_cost_minor, of.cost_currency),
        "planned_revenue": _amount(of.planned_revenue_minor, of.currency),
        "actual_revenue": _amount(of.actual_revenue_minor, of.currency),
        "unbilled": _amount(of.unbilled_minor, of.currency),
        "hours_without_cost_rate": _hours(of.uncosted_seconds),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    names = ("entries", "tasks", "planned_hours", "actual_hours", "planned_cost", "actual_cost")
    more = ("planned_revenue", "actual_revenue", "unbilled", "currency")
    columns = ("project", *names, *more)
    heads = [name.replace("_", " ") for name in columns]
    cells = [[str(row[name]) for name in columns] for row in rows]
    widths = [max(len(row[at]) for row in (heads, *cells)) for at in range(len(columns))]
    for row in (heads, *cells):
        first = row[0].ljust(widths[0])
        typer.echo(
            "  ".join([first, *(each.rjust(w) for each, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        )
    total = sum((Decimal(row["actual_hours"]) for row in rows), Decimal(0))
    typer.echo(f"{len(rows)} projects, {sum(row['entries'] for row in rows)} entries, {total} h")


def _hours(seconds: int) -> str:
    return format(hours(seconds), "f")


def _amount(minor: int, currency: str) -> str:
    return format(to_decimal(minor, currency), "f")
