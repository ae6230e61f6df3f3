"""The lists of estimates and of sales orders: what people see of each, counts by state, sums by currency."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, case, func, literal, or_, select
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col

from finance_app.domain.estimates import EstimateState, OrderState
from finance_app.models import Client, Estimate, SalesOrder
from finance_app.services.accounts.identity import Actor
from finance_app.services.document_rights import readable
from finance_app.services.estimating.facts import (
    billed_of_estimate,
    billed_of_order,
    estimate_state_sql,
    order_state_sql,
)
from finance_app.services.invoicing.listing import CurrencyTotal
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import portal_of, today, today_in

ASKS = ListAsks(
    sorts=("number", "client", "date", "expiry", "total", "left"),
    default_sort="-date",
    filters=("state", "client", "project", "from", "until", "expiring"),
)
SOON = timedelta(days=14)
"""How long before its end an open estimate counts as expiring."""
ORDER_ASKS = ListAsks(
    sorts=("number", "client", "date", "total", "left"),
    default_sort="-date",
    filters=("state", "client", "project", "from", "until"),
)


OUT = tuple(
    state.value for state in (EstimateState.DECLINED, EstimateState.EXPIRED, EstimateState.SUPERSEDED)
)
"""States of estimates that no total counts beside others."""


@dataclass(frozen=True)
class EstimateRecord:
    """A row of either list. `left_minor` is left to invoice of what was accepted or ordered, else zero."""

    id: int
    number: str
    title: str
    client: str
    issue_date: date
    expires_on: date | None
    currency: str
    total_minor: int
    left_minor: int
    state: str
    days_left: int | None


def page(session: Session, actor: Actor, query: ListQuery) -> Found[EstimateRecord]:
    """One page of the estimates; replaced versions only where the filter asks for them."""
    today = today_in(portal_of(session))
    state = estimate_state_sql(today)
    left = case(
        (
            col(Estimate.accepted_at).is_not(None),
            col(Estimate.total_minor) - billed_of_estimate(Estimate.id),
        ),
        else_=0,
    )
    conditions = [
        *readable(actor, Estimate),
        *_conditions(Estimate, query),
        *_of_state(state, query, EstimateState.SUPERSEDED),
        *(_ending(state, today) if query.filter("expiring") == "yes" else ()),
    ]
    out = literal(False) if query.filter("state") else state.in_(OUT)
    return _page(session, query, Estimate, conditions, state, left, col(Estimate.expires_on), today, out)


def _ending(state: ColumnElement[str], today: date) -> list[Any]:
    return [
        state.in_((EstimateState.SENT.value, EstimateState.VIEWED.value)),
        col(Estimate.expires_on).between(today, today + SOON),
    ]


def order_page(session: Session, actor: Actor, query: ListQuery) -> Found[EstimateRecord]:
    """One page of the sales orders."""
    state = order_state_sql()
    left = case(
        (col(SalesOrder.voided_at).is_not(None), 0),
        (col(SalesOrder.issued_at).is_(None), 0),
        else_=col(SalesOrder.total_minor) - billed_of_order(SalesOrder.id),
    )
    conditions = [
        *readable(actor, SalesOrder),
        *_conditions(SalesOrder, query),
        *_of_state(state, query, None),
    ]
    today = today_in(portal_of(session))
    out = literal(False) if query.filter("state") else state == OrderState.VOID.value
    return _page(session, query, SalesOrder, conditions, state, left, literal(None), today, out)


def counts(session: Session, actor: Actor, query: ListQuery) -> dict[str, int]:
    """How many estimates of the search and the other filters are in each state."""
    return _counts(session, actor, Estimate, estimate_state_sql(today(session)), query)


def order_counts(session: Session, actor: Actor, query: ListQuery) -> dict[str, int]:
    return _counts(session, actor, SalesOrder, order_state_sql(), query)


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Estimates for the palette: id, number or title, client; the newest first."""
    return _suggestions(session, actor, Estimate, text, limit)


def order_suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    return _suggestions(session, actor, SalesOrder, text, limit)


def _suggestions(
    session: Session, actor: Actor, kind: Any, text: str, limit: int
) -> list[tuple[int, str, str]]:
    statement = (
        select(kind.id, kind.number, kind.title, col(Client.name))
        .join(Client, col(Client.id) == kind.client_id)
        .where(*readable(actor, kind), _matches(kind, text) if text else literal(True))
        .order_by(kind.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1] or row[2] or row[3], row[3]) for row in session.execute(statement)]


def _page(
    session: Session,
    query: ListQuery,
    kind: Any,
    conditions: list[Any],
    state: ColumnElement[str],
    left: Any,
    expiry: Any,
    today: date,
    out: ColumnElement[bool],
) -> Found[EstimateRecord]:
    """A page; the totals leave `out` what will bring nothing, unless the filter asks for just that."""
    statement = (
        select(
            kind.id,
            func.coalesce(kind.number, ""),
            kind.title,
            col(Client.name),
            kind.issue_date,
            expiry,
            kind.currency,
            kind.total_minor,
            left.label("remaining"),
            sql_cast(state, String).label("shown"),
        )
        .join(Client, col(Client.id) == kind.client_id)
        .where(*conditions)
    )
    sorts = {
        "number": func.coalesce(kind.number, ""),
        "client": func.lower(Client.name),
        "date": kind.issue_date,
        "expiry": expiry,
        "total": kind.total_minor,
        "left": left,
    }
    found = page_of(session, statement, query, sorts=sorts, tie=kind.id)
    rows = [
        EstimateRecord(*row[:8], int(row[8]), row[9], (row[5] - today).days if row[5] else None)
        for row in found.rows
    ]
    sums = (
        select(kind.currency, func.sum(case((out, 0), else_=kind.total_minor)), func.sum(left))
        .join(Client, col(Client.id) == kind.client_id)
        .where(*conditions)
        .group_by(kind.currency)
        .order_by(kind.currency)
    )
    totals = [CurrencyTotal(row[0], int(row[1]), int(row[2])) for row in session.execute(sums)]
    return Found(rows, found.total, found.query, {"currencies": totals})


def _counts(
    session: Session, actor: Actor, kind: Any, state: ColumnElement[str], query: ListQuery
) -> dict[str, int]:
    statement = (
        select(state.label("shown"), kind.id)
        .join(Client, col(Client.id) == kind.client_id)
        .where(*readable(actor, kind), *_conditions(kind, query))
        .subquery()
    )
    grouped = select(statement.c.shown, func.count()).group_by(statement.c.shown)
    return {str(row[0]): row[1] for row in session.execute(grouped)}


def _of_state(state: ColumnElement[str], query: ListQuery, hidden: EstimateState | None) -> list[Any]:
    wanted = query.filter("state")
    if wanted in {*EstimateState, *OrderState}:
        return [state == wanted]
    return [state != hidden.value] if hidden else []


def _conditions(kind: Any, query: ListQuery) -> list[Any]:
    conditions: list[Any] = []
    if query.search:
        conditions.append(_matches(kind, query.search))
    for name, column in (("client", kind.client_id), ("project", kind.project_id)):
        text = query.filter(name)
        if text.isascii() and text.isdigit() and len(text) < 10:
            conditions.append(column == int(text))
    if start := _day(query.filter("from")):
        conditions.append(kind.issue_date >= start)
    if end := _day(query.filter("until")):
        conditions.append(kind.issue_date <= end)
    return conditions


def _matches(kind: Any, text: str) -> Any:
    columns = (kind.number, kind.title, kind.reference, col(Client.name))
    return or_(*(column.ilike(like(text), escape="\\") for column in columns))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
