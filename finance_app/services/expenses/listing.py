"""The list of expenses: rows, filters, sums."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, Select, and_, cast, false, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from finance_app.domain.expense import ExpenseState, expense_state
from finance_app.domain.permissions import Permission
from finance_app.models import (
    Client,
    Expense,
    ExpenseCategory,
    ExpenseLine,
    Invoice,
    InvoiceLine,
    Project,
    Task,
    User,
)
from finance_app.models.kinds import ApprovalState, InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses import receipts
from finance_app.services.expenses.access import visible
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import portal_of, today
from finance_app.services.time_tracking.listing import period_of

PERIODS = ("this_week", "last_week", "this_month", "last_month")
WAITING = ("ready", "unapproved")
"""The filter `state` also takes these words: to be billed now, or once it is approved."""
REPAY = ("owed", "paid_back", "firm")
ASKS = ListAsks(
    sorts=("day", "merchant", "person", "project", "amount"),
    default_sort="-day",
    filters=(
        *("period", "from", "until", "person", "client", "project", "category", "currency"),
        *("state", "approval", "repay", "receipt"),
    ),
)


@dataclass(frozen=True)
class ExpenseRecord:
    """A row. `category` is that of the first line, `lines` how many there are. Amounts are in minor units of
    `currency`, `base_gross_minor` of base currency. `invoice` is empty for a draft."""

    id: int
    day: date
    user_id: int
    person: str
    merchant: str
    notes: str
    category: str
    lines: int
    project_id: int | None
    project: str
    client: str
    task: str
    currency: str
    exchange_rate: Decimal
    gross_minor: int
    tax_minor: int
    base_gross_minor: int
    base_cost_minor: int
    charge_minor: int
    mark_up_minor: int
    billable: bool
    disbursement: bool
    own_money: bool
    approval: ApprovalState
    approval_note: str
    paid_back_on: date | None
    invoice_id: int | None
    invoice: str
    invoice_state: InvoiceState | None
    receipts: int
    version: int

    @property
    def state(self) -> ExpenseState:
        return expense_state(
            billable=self.billable,
            claimed=self.invoice_id is not None,
            paid=self.invoice_state is InvoiceState.PAID,
        )


def approved(session: Session) -> Any:
    """Approved, where the portal asks for it; else not rejected."""
    if portal_of(session).expenses_need_approval:
        return col(Expense.approval) == ApprovalState.APPROVED
    return col(Expense.approval) != ApprovalState.REJECTED


def client_id_of() -> Any:
    """The client of an expense, for statements that join Project: the project's, else its own."""
    return func.coalesce(col(Project.client_id), col(Expense.client_id))


def page(session: Session, actor: Actor, query: ListQuery) -> Found[ExpenseRecord]:
    """One page of the expenses that the actor may see; `totals["base_gross_minor"]` is the sum of all that
    are found, in base currency."""
    statement = records().where(*conditions(session, actor, query))
    sorts = {
        "day": col(Expense.day),
        "merchant": func.lower(Expense.merchant),
        "person": (func.lower(User.name), col(Expense.day)),
        "project": (func.lower(func.coalesce(Project.name, "")), col(Expense.day)),
        "amount": col(Expense.base_gross_minor),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Expense.id))
    total = session.execute(
        _joined(select(func.coalesce(func.sum(col(Expense.base_gross_minor)), 0))).where(
            *conditions(session, actor, query)
        )
    ).scalar_one()
    rows = [ExpenseRecord(*row) for row in found.rows]
    return Found(rows, found.total, found.query, {"base_gross_minor": int(total)})


def record(session: Session, actor: Actor, expense_id: int) -> ExpenseRecord | None:
    """One row, by its number, if the actor may see it."""
    where = [*conditions(session, actor, ListQuery()), col(Expense.id) == expense_id]
    row = session.execute(records().where(*where)).first()
    return ExpenseRecord(*row) if row else None


def _joined(statement: Select) -> Select:
    return (
        statement.select_from(Expense)
        .join(User, col(User.id) == col(Expense.user_id))
        .outerjoin(Project, col(Project.id) == col(Expense.project_id))
        .outerjoin(Client, col(Client.id) == client_id_of())
        .outerjoin(InvoiceLine, col(InvoiceLine.id) == col(Expense.invoice_line_id))
        .outerjoin(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
    )


def records() -> Select:
    first = aliased(ExpenseLine)
    category = (
        select(col(ExpenseCategory.name))
        .join(first, first.category_id == col(ExpenseCategory.id))  # type: ignore[arg-type]
        .where(first.expense_id == col(Expense.id))
        .order_by(first.position)
        .limit(1)
        .correlate(Expense)
        .scalar_subquery()
    )
    lines = (
        select(func.count())
        .select_from(ExpenseLine)
        .where(col(ExpenseLine.expense_id) == col(Expense.id))
        .correlate(Expense)
        .scalar_subquery()
    )
    attached = receipts.counts()
    return (
        _joined(
            select(
                col(Expense.id),
                col(Expense.day),
                col(Expense.user_id),
                col(User.name),
                col(Expense.merchant),
                col(Expense.notes),
                func.coalesce(category, ""),
                lines,
                col(Expense.project_id),
                func.coalesce(Project.name, ""),
                func.coalesce(Client.name, ""),
                func.coalesce(Task.name, ""),
                col(Expense.currency),
                col(Expense.exchange_rate),
                col(Expense.gross_minor),
                col(Expense.tax_minor),
                col(Expense.base_gross_minor),
                col(Expense.base_cost_minor),
                col(Expense.charge_minor),
                col(Expense.mark_up_minor),
                col(Expense.billable),
                col(Expense.disbursement),
                col(Expense.own_money),
                col(Expense.approval),
                col(Expense.approval_note),
                col(Expense.paid_back_on),
                col(InvoiceLine.invoice_id),
                func.coalesce(Invoice.number, ""),
                col(Invoice.state),
                func.coalesce(attached.c.receipts, 0),
                col(Expense.version),
            )
        )
        .outerjoin(Task, col(Task.id) == col(Expense.task_id))
        .outerjoin(attached, attached.c.expense_id == col(Expense.id))
    )


def conditions(session: Session, actor: Actor, query: ListQuery) -> list[Any]:
    """What the list asks, over the joins of `records`."""
    where: list[Any] = [col(Expense.deleted_at).is_(None)]
    where += visible(actor)
    for name, column in (("person", Expense.user_id), ("project", Expense.project_id)):
        if query.filter(name) == "none":
            where.append(col(column).is_(None))
        elif query.filter(name):
            number = _number(query.filter(name))
            where.append(col(column) == number if number else false())
    if client := query.filter("client"):
        where.append(client_id_of().is_(None) if client == "none" else client_id_of() == _number(client))
    if category := query.filter("category"):
        of_line = select(col(ExpenseLine.expense_id))
        of_line = (
            of_line.where(col(ExpenseLine.category_id).is_(None))
            if category == "none"
            else of_line.where(col(ExpenseLine.category_id) == _number(category))
        )
        where.append(col(Expense.id).in_(of_line))
    if period := period_of(query.filter("period"), today(session)):
        where.append(col(Expense.day).between(period.first, period.last))
    if first := _day(query.filter("from")):
        where.append(col(Expense.day) >= first)
    if last := _day(query.filter("until")):
        where.append(col(Expense.day) <= last)
    if query.filter("currency"):
        where.append(col(Expense.currency) == query.filter("currency"))
    if query.filter("state") in set(ExpenseState):
        where.append(_in_state(ExpenseState(query.filter("state"))))
    if query.filter("state") in WAITING:
        ready = approved(session)
        where += [_in_state(ExpenseState.UNBILLED), ready if query.filter("state") == "ready" else ~ready]
    if query.filter("approval") in set(ApprovalState):
        where.append(col(Expense.approval) == ApprovalState(query.filter("approval")))
    where += _repaid(query.filter("repay"))
    if query.filter("receipt") in ("yes", "no"):
        attached = select(receipts.counts().c.expense_id)
        has = col(Expense.id).in_(attached)
        where.append(has if query.filter("receipt") == "yes" else ~has)
    if query.search:
        where.append(_matches(query.search))
    return where


def _in_state(state: ExpenseState) -> Any:
    claimed, paid = col(Expense.invoice_line_id).is_not(None), col(Invoice.state) == InvoiceState.PAID
    return {
        ExpenseState.NON_BILLABLE: and_(~claimed, ~col(Expense.billable)),
        ExpenseState.UNBILLED: and_(~claimed, col(Expense.billable)),
        ExpenseState.INVOICED: and_(claimed, ~paid),
        ExpenseState.REIMBURSED: and_(claimed, paid),
    }[state]


def _repaid(which: str) -> list[Any]:
    if which == "firm":
        return [~col(Expense.own_money)]
    if which == "owed":
        not_rejected = col(Expense.approval) != ApprovalState.REJECTED
        return [col(Expense.own_money), col(Expense.paid_back_on).is_(None), not_rejected]
    return [col(Expense.paid_back_on).is_not(None)] if which == "paid_back" else []


def _matches(text: str) -> Any:
    pattern = like(text)
    names = (Expense.merchant, Expense.notes, Project.name, Client.name, Invoice.number)
    return or_(*(col(name).ilike(pattern, escape="\\") for name in names))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Choices:
    """What the filters offer: pairs of id and name."""

    people: list[tuple[int, str]]
    projects: list[tuple[int, str]]
    clients: list[tuple[int, str]]
    categories: list[tuple[int, str]]


def choices(session: Session, actor: Actor) -> Choices:
    """What the filters offer to the actor: only what some visible expense has."""
    seen = conditions(session, actor, ListQuery())

    def pairs(kind: Any, link: Any) -> list[tuple[int, str]]:
        used = _joined(select(link)).where(*seen)
        rows = session.execute(
            select(col(kind.id), col(kind.name)).where(col(kind.id).in_(used)).order_by(func.lower(kind.name))
        ).all()
        return [(row[0], row[1]) for row in rows]

    categories = session.execute(
        select(col(ExpenseCategory.id), col(ExpenseCategory.name)).order_by(func.lower(ExpenseCategory.name))
    ).all()
    people = pairs(User, col(Expense.user_id)) if actor.may_somewhere(Permission.EXPENSES_VIEW_ALL) else []
    return Choices(
        people,
        pairs(Project, col(Expense.project_id)),
        pairs(Client, client_id_of()),
        [(row[0], row[1]) for row in categories],
    )


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Expenses for the command palette: id, merchant, day and person."""
    query = replace(ListQuery(), search=text)
    rows = session.execute(
        records()
        .where(*conditions(session, actor, query))
        .order_by(col(Expense.day).desc(), col(Expense.id).desc())
        .limit(limit)
    ).all()
    found = [ExpenseRecord(*row) for row in rows]
    return [(each.id, each.merchant or each.category, f"{each.day} · {each.person}") for each in found]


def merchants(session: Session, actor: Actor, limit: int = 50) -> list[str]:
    """Merchants for the completion, the latest used first; the actor's own come before those of others."""
    mine = func.max(cast(col(Expense.user_id) == actor.user_id, Integer))
    statement = (
        select(col(Expense.merchant))
        .where(col(Expense.merchant) != "", col(Expense.deleted_at).is_(None))
        .group_by(col(Expense.merchant))
        .order_by(mine.desc(), func.max(col(Expense.day)).desc())
        .limit(limit)
    )
    statement = statement.where(*visible(actor))
    return list(session.execute(statement).scalars())


def last_of_merchant(session: Session, actor: Actor, merchant: str) -> ExpenseLine | None:
    """The first line of the last expense at a merchant, whose category the next one probably has."""
    where = [func.lower(Expense.merchant) == merchant.strip().lower(), col(Expense.deleted_at).is_(None)]
    where += visible(actor)
    return (
        session.execute(
            select(ExpenseLine)
            .join(Expense, col(Expense.id) == col(ExpenseLine.expense_id))
            .where(*where)
            .order_by(col(Expense.day).desc(), col(Expense.id).desc(), col(ExpenseLine.position))
            .limit(1)
        )
        .scalars()
        .first()
    )
