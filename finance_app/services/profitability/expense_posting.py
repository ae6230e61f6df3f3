"""What billed expenses cost as their invoice is received, written anew from its revenue entries: the rule is
`domain.profit.costs_as_received`.

Whoever posts the settlements of an invoice, or takes an expense off it or puts one on, calls this in the same
transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from finance_app.domain.profit import RevenueKind, costs_as_received
from finance_app.models import Expense, InvoiceLine, ReceivedCost, RevenueEntry
from finance_app.services.expenses.costs import counted

_EARNED = (RevenueKind.RECEIPT, RevenueKind.WRITE_OFF, RevenueKind.OPEN)


def post(session: Session, invoice_id: int) -> None:
    """After what was received of an invoice changed, or which expenses it bills."""
    session.flush()
    _clear(session, col(ReceivedCost.invoice_id) == invoice_id)
    expenses = (
        session.execute(
            select(Expense)
            .join(InvoiceLine, col(InvoiceLine.id) == col(Expense.invoice_line_id))
            .where(
                col(InvoiceLine.invoice_id) == invoice_id,
                *counted(),
                col(Expense.billable),
                ~col(Expense.disbursement),
            )
            .order_by(col(Expense.id))
        )
        .scalars()
        .all()
    )
    if not expenses:
        return
    receipts, net = _received(session, invoice_id)
    clients = (
        session.execute(
            select(col(RevenueEntry.client_id)).where(col(RevenueEntry.invoice_id) == invoice_id).limit(1)
        )
        .scalars()
        .all()
    )
    for expense in expenses:
        for day, amount in costs_as_received(expense.base_cost_minor, receipts, net):
            session.add(
                ReceivedCost(
                    expense_id=expense.id,
                    invoice_id=invoice_id,
                    day=day,
                    client_id=clients[0],
                    project_id=expense.project_id,
                    user_id=expense.user_id,
                    amount_minor=amount,
                )
            )
    session.flush()


def free(session: Session, expense_ids: Sequence[int]) -> None:
    """After expenses were taken off their invoices."""
    _clear(session, col(ReceivedCost.expense_id).in_(expense_ids))


def _received(session: Session, invoice_id: int) -> tuple[list[tuple[date, int]], int]:
    """What came in by day, and all that the invoice can still earn."""
    rows = session.execute(
        select(col(RevenueEntry.kind), col(RevenueEntry.day), func.sum(RevenueEntry.amount_minor))
        .where(col(RevenueEntry.invoice_id) == invoice_id, col(RevenueEntry.kind).in_(_EARNED))
        .group_by(col(RevenueEntry.kind), col(RevenueEntry.day))
        .order_by(col(RevenueEntry.day))
    ).all()
    by_day: dict[date, int] = defaultdict(int)
    net = 0
    for kind, day, amount in rows:
        net += -int(amount) if kind is RevenueKind.WRITE_OFF else int(amount)
        if kind is RevenueKind.RECEIPT:
            by_day[day] += int(amount)
    return list(by_day.items()), net


def _clear(session: Session, of) -> None:
    session.execute(delete(ReceivedCost).where(of).execution_options(synchronize_session=False))
