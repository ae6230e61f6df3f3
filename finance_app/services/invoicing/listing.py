"""The list of invoices: what people see of each, how many are in each state, and what is owed by currency."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, String, case, exists, func, literal, or_, select
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col

from finance_app.domain.workflow import DisplayedState
from finance_app.models import Client, Invoice, InvoiceLine
from finance_app.models.kinds import InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.document_rights import readable
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import portal_of, today, today_in

ASKS = ListAsks(
    sorts=("number", "client", "issued", "due", "total", "balance"),
    default_sort="-issued",
    filters=("state", "client", "project", "currency", "from", "until", "due_from", "due_until"),
)
OPEN = "open"
"""The filter `state` also takes this word: issued with a balance, whether late or not."""


@dataclass(frozen=True)
class InvoiceRecord:
    """A row of the list. `days_to_due` is negative once late, and counts for open invoices only."""

    id: int
    number: str
    title: str
    client: str
    issue_date: date
    due_date: date
    currency: str
    total_minor: int
    balance_minor: int
    state: DisplayedState
    days_to_due: int


@dataclass(frozen=True)
class CurrencyTotal:
    """What the found invoices of a currency come to; void ones count for nothing."""

    currency: str
    total_minor: int
    balance_minor: int


def displayed(today: date):
    """`domain.workflow.displayed_state` as SQL, so that the database filters and counts by it."""
    shown = DisplayedState
    state = col(Invoice.state)
    return case(
        (state != InvoiceState.ISSUED, sql_cast(state, String)),
        (col(Invoice.due_date) < today, literal(shown.OVERDUE.value)),
        (col(Invoice.settled_minor) > 0, literal(shown.PARTIALLY_PAID.value)),
        (col(Invoice.viewed_at).is_not(None), literal(shown.VIEWED.value)),
        else_=literal(shown.SENT.value),
    )


def page(session: Session, actor: Actor, query: ListQuery) -> Found[InvoiceRecord]:
    """One page of the invoices; `totals` has a CurrencyTotal for each currency of all that is found.

    An invoice without a balance is due no more: only open ones have days left or late.
    """
    today = today_in(portal_of(session))
    state = displayed(today)
    balance = case(
        (col(Invoice.state) == InvoiceState.VOID, 0),
        else_=col(Invoice.total_minor) - col(Invoice.settled_minor),
    )
    conditions = [*readable(actor, Invoice), *_conditions(query)]
    if wanted := query.filter("state"):
        conditions.append(col(Invoice.state) == InvoiceState.ISSUED if wanted == OPEN else state == wanted)
    statement = (
        select(
            col(Invoice.id),
            func.coalesce(col(Invoice.number), ""),
            col(Invoice.title),
            col(Client.name),
            col(Invoice.issue_date),
            col(Invoice.due_date),
            col(Invoice.currency),
            col(Invoice.total_minor),
            balance.label("balance"),
            state.label("shown"),
        )
        .join(Client, col(Client.id) == col(Invoice.client_id))
        .where(*conditions)
    )
    sorts = {
        "number": func.coalesce(col(Invoice.number), ""),
        "client": func.lower(Client.name),
        "issued": col(Invoice.issue_date),
        "due": col(Invoice.due_date),
        "total": col(Invoice.total_minor),
        "balance": balance,
    }
    grouped = _narrowed(
        query, col(Invoice.currency), col(Invoice.state), func.count(), func.sum(col(Invoice.total_minor)),
        func.sum(balance),
    ).where(*conditions).group_by(col(Invoice.currency), col(Invoice.state))  # fmt: skip
    groups = session.execute(grouped.order_by(col(Invoice.currency))).all()
    found = page_of(
        session,
        statement,
        query,
        sorts=sorts,
        tie=col(Invoice.id),
        total=sum(row[2] for row in groups),
    )
    rows = [InvoiceRecord(*row[:9], DisplayedState(row[9]), (row[5] - today).days) for row in found.rows]
    live = [row for row in groups if row[1] is not InvoiceState.VOID]
    sums = [
        CurrencyTotal(
            currency,
            sum(int(row[3]) for row in live if row[0] == currency),
            sum(int(row[4]) for row in live if row[0] == currency),
        )
        for currency in dict.fromkeys(row[0] for row in live)
    ]
    return Found(rows, found.total, found.query, {"currencies": sums})


def counts(session: Session, actor: Actor, query: ListQuery) -> dict[str, int]:
    """How many invoices of the search and the other filters are in each displayed state."""
    mine = readable(actor, Invoice)
    state = displayed(today(session)).label("shown")
    statement = _narrowed(query, state, func.count()).where(*mine, *_conditions(query)).group_by(state)
    return {str(row[0]): row[1] for row in session.execute(statement)}


def _narrowed(query: ListQuery, *columns: Any) -> Select:
    """Figures of invoices; clients are joined only where the search looks at their names."""
    statement = select(*columns).select_from(Invoice)
    return statement.join(Client, col(Client.id) == col(Invoice.client_id)) if query.search else statement


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Invoices for the palette: id, number or title, client; the newest first."""
    statement = (
        select(col(Invoice.id), col(Invoice.number), col(Invoice.title), col(Client.name))
        .join(Client, col(Client.id) == col(Invoice.client_id))
        .where(*readable(actor, Invoice), _matches(text) if text else literal(True))
        .order_by(col(Invoice.id).desc())
        .limit(limit)
    )
    return [(row[0], row[1] or row[2] or row[3], row[3]) for row in session.execute(statement)]


def _conditions(query: ListQuery) -> list:
    conditions = []
    if query.search:
        conditions.append(_matches(query.search))
    if client := _number(query.filter("client")):
        conditions.append(col(Invoice.client_id) == client)
    if project := _number(query.filter("project")):
        conditions.append(
            exists().where(
                col(InvoiceLine.invoice_id) == col(Invoice.id), col(InvoiceLine.project_id) == project
            )
        )
    if currency := query.filter("currency"):
        conditions.append(col(Invoice.currency) == currency)
    for names, column in (
        (("from", "until"), col(Invoice.issue_date)),
        (("due_from", "due_until"), col(Invoice.due_date)),
    ):
        first, last = (as_day(query.filter(name)) for name in names)
        conditions += [column >= first] if first else []
        conditions += [column <= last] if last else []
    return conditions


def _matches(text: str):
    pattern = like(text)
    return or_(
        *(
            column.ilike(pattern, escape="\\")
            for column in (col(Invoice.number), col(Invoice.title), col(Invoice.reference), col(Client.name))
        )
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def as_day(text: str) -> date | None:
    """A day of the address; one that is no day narrows nothing, as an address may come from anywhere."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
