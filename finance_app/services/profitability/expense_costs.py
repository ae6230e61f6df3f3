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
from fractions import Fraction

from sqlalchemy import ColumnElement, and_, exists, func, not_, select
from sqlmodel import Session, col

from finance_app.domain.money import round_half_up
from finance_app.domain.periods import Period
from finance_app.domain.profit import Basis, RevenueKind
from finance_app.models import Expense, InvoiceLine, Project, RevenueEntry, User
from finance_app.services.expenses.costs import counted
from finance_app.services.profitability.scope import Of, Question, Scope


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


def by_day(session: Session, question: Question, period: Period) -> Mapping[date, int]:
    """Cost by day, in minor units of the base currency."""
    day = _own_day(question.basis)
    statement = (
        select(day, func.sum(Expense.base_cost_minor))
        .where(*_plain(question), day.between(period.first, period.last))
        .group_by(day)
    )
    found: dict[date, int] = defaultdict(int)
    for on, amount in session.execute(statement):
        found[on] += int(amount)
    for cost in _with_receipts(session, question, period):
        found[cost.day] += cost.amount_minor
    return found


def by_group(
    session: Session, question: Question, group: ColumnElement, period: Period
) -> Mapping[int | None, int]:
    """Cost by a column of the expense: its project, its client or its person."""
    day = _own_day(question.basis)
    statement = (
        select(group, func.sum(Expense.base_cost_minor))
        .where(*_plain(question), day.between(period.first, period.last))
        .group_by(group)
    )
    found: dict[int | None, int] = defaultdict(int)
    for key, amount in session.execute(statement):
        found[key] += int(amount)
    received = _with_receipts(session, question, period)
    keys = dict(
        session.execute(
            select(col(Expense.id), group).where(col(Expense.id).in_({cost.expense_id for cost in received}))
        ).all()
    )
    for cost in received:
        found[keys[cost.expense_id]] += cost.amount_minor
    return found


def costs(session: Session, question: Question, period: Period) -> list[Cost]:
    """Every cost, the newest first; they sum to what `by_day` says."""
    day = _own_day(question.basis)
    statement = select(col(Expense.id), day, col(Expense.base_cost_minor)).where(
        *_plain(question), day.between(period.first, period.last)
    )
    own = [Cost(id, on, amount) for id, on, amount in session.execute(statement) if amount]
    found = [*own, *_with_receipts(session, question, period)]
    return sorted(found, key=lambda cost: (cost.day, cost.expense_id), reverse=True)


def named(session: Session, ids: Sequence[int]) -> Mapping[int, Named]:
    rows = session.execute(
        select(col(Expense.id), col(Expense.merchant), col(User.name))
        .join(User, col(User.id) == col(Expense.user_id))
        .where(col(Expense.id).in_(ids))
    )
    return {id: Named(merchant, person) for id, merchant, person in rows}


def client_of() -> ColumnElement[int | None]:
    """The client of an expense: that of its project, else its own."""
    of_project = (
        select(col(Project.client_id)).where(col(Project.id) == col(Expense.project_id)).scalar_subquery()
    )
    return func.coalesce(of_project, Expense.client_id)


def _own_day(basis: Basis):
    return col(Expense.day) if basis is Basis.ACCRUAL else func.coalesce(Expense.paid_back_on, Expense.day)


def _plain(question: Question) -> list[ColumnElement[bool]]:
    """Those that cost on a day of their own."""
    found = _counted(question.scope)
    if question.basis is Basis.CASH:
        found.append(not_(and_(col(Expense.billable), ~col(Expense.disbursement))))
    return found


def _counted(scope: Scope) -> list[ColumnElement[bool]]:
    found = [*counted(), ~col(Expense.disbursement)]
    match scope.of:
        case Of.CLIENT:
            found.append(scope.owns(client_of()))
        case Of.PROJECT:
            found.append(scope.owns(col(Expense.project_id)))
        case Of.PERSON | Of.TEAM:
            found.append(scope.owns(col(Expense.user_id)))
    return found


def _with_receipts(session: Session, question: Question, period: Period) -> list[Cost]:
    """Billed expenses, as their invoices were received in the period."""
    if question.basis is not Basis.CASH:
        return []
    received = exists().where(
        col(RevenueEntry.invoice_id) == col(InvoiceLine.invoice_id),
        col(RevenueEntry.kind) == RevenueKind.RECEIPT,
        col(RevenueEntry.day).between(period.first, period.last),
    )
    expenses = session.execute(
        select(col(Expense.id), col(Expense.base_cost_minor), col(InvoiceLine.invoice_id))
        .join(InvoiceLine, col(InvoiceLine.id) == col(Expense.invoice_line_id))
        .where(*_counted(question.scope), col(Expense.billable), received)
    ).all()
    shares = _received_shares(session, {row[2] for row in expenses})
    found = []
    for id, cost, invoice_id in expenses:
        before = 0
        for day, share in shares.get(invoice_id, ()):
            so_far = round_half_up(cost * share)
            if period.first <= day <= period.last and so_far != before:
                found.append(Cost(id, day, so_far - before))
            before = so_far
    return found


def _received_shares(session: Session, invoice_ids: set[int]) -> Mapping[int, list[tuple[date, Fraction]]]:
    """Of each invoice, after each day of a receipt, which share of what it can still earn was received."""
    rows = session.execute(
        select(
            col(RevenueEntry.invoice_id),
            col(RevenueEntry.kind),
            col(RevenueEntry.day),
            func.sum(RevenueEntry.amount_minor),
        )
        .where(
            col(RevenueEntry.invoice_id).in_(invoice_ids),
            col(RevenueEntry.kind).in_((RevenueKind.RECEIPT, RevenueKind.WRITE_OFF, RevenueKind.OPEN)),
        )
        .group_by(col(RevenueEntry.invoice_id), col(RevenueEntry.kind), col(RevenueEntry.day))
        .order_by(col(RevenueEntry.day))
    ).all()
    whole: dict[int, int] = defaultdict(int)
    receipts: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for invoice_id, kind, day, amount in rows:
        whole[invoice_id] += -int(amount) if kind is RevenueKind.WRITE_OFF else int(amount)
        if kind is RevenueKind.RECEIPT:
            receipts[invoice_id].append((day, int(amount)))
    found: dict[int, list[tuple[date, Fraction]]] = {}
    for invoice_id, days in receipts.items():
        so_far, steps = 0, []
        for day, amount in days:
            so_far += amount
            steps.append((day, Fraction(so_far, whole[invoice_id]) if whole[invoice_id] else Fraction(1)))
        found[invoice_id] = steps
    return found
