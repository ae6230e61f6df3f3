"""The report's lines and a figure's rows as lists, and what the address of either asks."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.periods import Month, NamedPeriod, Period
from finance_app.domain.profit import Basis
from finance_app.models import SavedView
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.portal import portal_of, today_in
from finance_app.services.profitability.breakdown import By, Line, breakdown
from finance_app.services.profitability.rows import Figure, Row, rows
from finance_app.services.profitability.scope import Question, Scope, read_period

CUSTOM = "custom"
PERIODS = (*(each.value for each in NamedPeriod), CUSTOM)
CHOICES = ("basis", "period", "from", "until", "time")
VIEW = "profitability"

ROWS = ListAsks(sorts=("day",), default_sort="-day", filters=("of", "figure", "month", "within", *CHOICES))
LINES = ListAsks(
    sorts=("name", "revenue", "cost", "profit", "margin"),
    default_sort="-profit",
    filters=("by", "team", *CHOICES),
)
_ORDERS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda line: line.name.casefold(),
    "revenue": lambda line: line.figures.revenue_minor,
    "cost": lambda line: line.figures.cost_minor,
    "profit": lambda line: line.figures.profit_minor,
    "margin": lambda line: line.figures.margin_permille or 0,
}


def question(session: Session, scope: Scope, choices: Mapping[str, str]) -> Question:
    """What an address asks of a scope: basis, period and whether the cost of time counts. What it does not
    say is accrual, this fiscal year, with time. Raises DomainError for days that cannot be."""
    portal = portal_of(session)
    period = read_period(
        choices.get("period", ""),
        choices.get("from", ""),
        choices.get("until", ""),
        today_in(portal),
        portal.fiscal_year_start,
    )
    basis = Basis.CASH if choices.get("basis") == Basis.CASH else Basis.ACCRUAL
    return Question(scope, period, basis, choices.get("time") != "none")


def remembered(session: Session, actor: Actor, choices: Mapping[str, str]) -> Mapping[str, str]:
    """The choices of the address, or where it has none those that the person made last."""
    if any(choices.get(name) for name in CHOICES):
        return {name: choices.get(name, "") for name in CHOICES}
    view = _view(session, actor)
    return view.query if view else {}


def remember(session: Session, actor: Actor, choices: Mapping[str, str]) -> None:
    """Keep the choices for the next page; days of one's own are not kept."""
    kept = {name: choices.get(name, "") for name in ("basis", "period", "time")}
    if kept["period"] == CUSTOM:
        del kept["period"]
    view = _view(session, actor) or SavedView(user_id=actor.user_id, page=VIEW)
    if view.query != kept:
        view.query = kept
        session.add(view)
        session.flush()


def rows_page(session: Session, actor: Actor, query: ListQuery) -> Found[Row]:
    """The rows of a figure, newest first; `totals` has their sum, the currency, the scope and its name, and
    the days that they are of."""
    scope = Scope.read(query.filter("of", "portal"))
    figure = query.filter("figure")
    if figure not in set(Figure):
        raise NotFound
    asked = question(session, scope, query.filters)
    month = _month(query.filter("month"), asked.period)
    within = Scope.read(query.filter("within")) if query.filter("within") else None
    opened = rows(session, actor, asked, Figure(figure), month, query.page if query.size else None, within)
    totals = {
        "sum": opened.sum_minor,
        "currency": opened.currency,
        "name": opened.name,
        "question": asked,
        "days": month or asked.period,
    }
    return Found(opened.rows, opened.total, query, totals)


def lines_page(session: Session, actor: Actor, query: ListQuery) -> Found[Line]:
    """The report's lines, of the portal or of the people in `team`; `totals` has the figures of all of them
    and the currency."""
    by, team = query.filter("by"), query.filter("team")
    asked = question(session, Scope.read(f"team:{team}") if team else Scope(), query.filters)
    lines_of = By.PERSON if team else By(by) if by in set(By) else By.PROJECT
    report = breakdown(session, actor, asked, lines_of)
    found = sorted(report.lines, key=_ORDERS[query.sort], reverse=query.descending)
    size = query.size or max(len(found), 1)
    shown = found[(query.page - 1) * size : query.page * size]
    totals = {"whole": report.whole, "currency": report.currency, "question": asked, "by": lines_of}
    return Found(shown, len(found), query, totals)


def _month(text: str, period: Period) -> Period | None:
    """The days of a month (`2026-03`) inside the period."""
    if not text:
        return None
    year, _, number = text.partition("-")
    if not (year.isdecimal() and number.isdecimal() and len(year) == 4 and 1 <= int(number) <= 12):
        raise NotFound
    days = Month(int(year), int(number)).period
    if days.last < period.first or days.first > period.last:
        raise NotFound
    return Period(max(days.first, period.first), min(days.last, period.last))


def _view(session: Session, actor: Actor) -> SavedView | None:
    return (
        session.execute(
            select(SavedView).where(col(SavedView.user_id) == actor.user_id, col(SavedView.page) == VIEW)
        )
        .scalars()
        .first()
    )
