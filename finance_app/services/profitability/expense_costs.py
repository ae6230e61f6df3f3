"""What expenses cost a scope: by their date (accrual), or as they are paid for (cash).

On the cash basis an expense that is billed to a client costs as its invoice is received, pro rata and
cumulatively, so that the last receipt brings the rest; one that waits to be billed costs nothing yet. Others
cost when they are paid: the day the employee got the money back, else their own date. A rejected expense
costs nothing, nor does one paid in the client's name.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, union_all
from sqlmodel import Session, col

from finance_app.domain.periods import Month, Period
from finance_app.domain.profit import Basis
from finance_app.models import Expense, Project, ReceivedCost, User
from finance_app.services.expenses.costs import counted
from finance_app.services.profitability.scope import NOBODY, Of, Question, Scope


class By(StrEnum):
    PROJECT = "project"
    CLIENT = "client"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost of a day: of which expense, and how much of it."""

    expense_id: int
    day: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Named:
    """What a row says of an expense."""

    merchant: str
    person: str


def by_month(session: Session, question: Question, period: Period) -> Mapping[Month, int]:
    """Cost by month, in minor units of the base currency. Days come as text, which is quicker."""
    found: dict[Month, int] = defaultdict(int)
    for part in _parts(question, period):
        day = cast(part.day, String)
        statement = select(day, func.sum(part.amount)).where(*part.where).group_by(part.day)
        for text, amount in session.execute(statement):
            found[Month(int(text[:4]), int(text[5:7]))] += int(amount)
    return found


def by_group(session: Session, question: Question, by: By) -> Mapping[int | None, int]:
    """Cost by project, client or person; None for what has none of it."""
    found: dict[int | None, int] = defaultdict(int)
    for part in _parts(question, question.period):
        table = part.table
        keys = {
            By.PROJECT: (col(table.project_id),),
            By.CLIENT: (col(table.client_id), col(table.project_id)),
            By.PERSON: (col(table.user_id),),
        }[by]
        statement = select(*keys, func.sum(part.amount)).where(*part.where).group_by(*keys)
        rows = session.execute(statement).all()
        owners = _clients(session) if by is By.CLIENT and table is Expense else {}
        for *key, amount in rows:
            found[owners.get(key[-1]) or key[0]] += int(amount)
    return found


def costs(
    session: Session, question: Question, period: Period, first: int = 0, size: int | None = None
) -> tuple[list[Cost], int, int]:
    """The costs, the newest first, or some of them; how many there are and their sum."""
    made = [
        select(
            part.expense_id.label("expense_id"), part.day.label("day"), func.sum(part.amount).label("amount")
        )
        .where(*part.where, part.amount != 0)
        .group_by(part.expense_id, part.day)
        for part in _parts(question, period)
    ]
    every = union_all(*made).subquery()
    total, whole = session.execute(
        select(func.count(), func.coalesce(func.sum(every.c.amount), 0)).select_from(every)
    ).one()
    statement = select(*every.c).order_by(every.c.day.desc(), every.c.expense_id.desc())
    if size is not None:
        statement = statement.limit(size).offset(first)
    found = [Cost(id, day, int(amount)) for id, day, amount in session.execute(statement)]
    return found, int(total), int(whole)


def named(session: Session, ids: Sequence[int]) -> Mapping[int, Named]:
    rows = session.execute(
        select(col(Expense.id), col(Expense.merchant), col(User.name))
        .join(User, col(User.id) == col(Expense.user_id))
        .where(col(Expense.id).in_(ids))
    )
    return {id: Named(merchant, person) for id, merchant, person in rows}


@dataclass(frozen=True, slots=True)
class _Part:
    """A table of costs with the columns that every question needs of it."""

    table: type[Expense] | type[ReceivedCost]
    expense_id: Any
    day: Any
    amount: Any
    where: list[ColumnElement[bool]]


def _parts(question: Question, period: Period) -> list[_Part]:
    """What costs on a day of its own, and on the cash basis what costs as its invoice is received."""
    days = (period.first, period.last)
    scope = question.scope
    where = [*counted(), ~col(Expense.disbursement), *_of_expenses(scope)]
    if question.basis is Basis.ACCRUAL:
        own = col(Expense.day)
    else:
        own = func.coalesce(Expense.paid_back_on, Expense.day)
        where.append(~col(Expense.billable))
    where.append(own.between(*days))
    parts = [_Part(Expense, col(Expense.id), own, col(Expense.base_cost_minor), where)]
    if question.basis is Basis.CASH:
        day = col(ReceivedCost.day)
        amount = col(ReceivedCost.amount_minor)
        received = [day.between(*days), *_of_receipts(scope)]
        parts.append(_Part(ReceivedCost, col(ReceivedCost.expense_id), day, amount, received))
    return parts


def _of_expenses(scope: Scope) -> list[ColumnElement[bool]]:
    match scope.of:
        case Of.CLIENT:
            return [_of_client(scope)]
        case Of.PROJECT:
            return [scope.owns(col(Expense.project_id))]
        case Of.PERSON | Of.TEAM:
            return [scope.owns(col(Expense.user_id))]
    return []


def _of_client(scope: Scope) -> ColumnElement[bool]:
    """The client of an expense is that of its project, else its own."""
    clientless = select(col(Project.id)).where(col(Project.client_id).is_(None))
    by_itself = and_(
        scope.owns(col(Expense.client_id)),
        or_(col(Expense.project_id).is_(None), col(Expense.project_id).in_(clientless)),
    )
    return (
        by_itself if scope.ids == (NOBODY,) else or_(col(Expense.project_id).in_(scope.projects()), by_itself)
    )


def _of_receipts(scope: Scope) -> list[ColumnElement[bool]]:
    match scope.of:
        case Of.CLIENT:
            return [scope.owns(col(ReceivedCost.client_id))]
        case Of.PROJECT:
            return [scope.owns(col(ReceivedCost.project_id))]
        case Of.PERSON | Of.TEAM:
            return [scope.owns(col(ReceivedCost.user_id))]
    return []


def _clients(session: Session) -> dict[int | None, int | None]:
    return dict(session.execute(select(col(Project.id), col(Project.client_id))).all())
