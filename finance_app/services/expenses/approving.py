"""Approval of expenses, and paying people back. Each move is one conditional update: of two people who move
the same expense at once, one is told that it moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.expense import ExpenseMove, expense_approval_after, require_payable
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.models import Expense
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import alerts
from finance_app.services.expenses.access import KIND, of_all
from finance_app.services.portal import portal_of, today

NOTE_LENGTH = 1000


@dataclass(frozen=True)
class Moved:
    """The expenses that moved, and for each that did not the refusal that says why."""

    moved: list[int]
    refused: dict[int, DomainError] = field(default_factory=dict)


def move(
    session: Session, actor: Actor, expense_ids: Sequence[int], asked: ExpenseMove, note: str = ""
) -> Moved:
    """Approve, reject or unapprove those that allow it, and say of the others why not. Rejecting needs a
    note. Raises DomainError where the portal works without approval."""
    actor.require_somewhere(Permission.EXPENSES_APPROVE)
    if not portal_of(session).expenses_need_approval:
        raise DomainError("expense.error.no_approval")
    note = note.strip()
    if asked is ExpenseMove.REJECT and not note:
        raise DomainError("expense.error.note_needed", field="note")
    if len(note) > NOTE_LENGTH:
        raise DomainError("common.error.too_long", field="note", n=NOTE_LENGTH)

    def after(expense: Expense) -> dict[str, Any]:
        actor.require(Permission.EXPENSES_APPROVE, expense.project_id)
        target = expense_approval_after(
            expense.approval,
            asked,
            claimed=expense.invoice_line_id is not None,
            paid_back=expense.paid_back_on is not None,
        )
        approving = asked is ExpenseMove.APPROVE
        return {
            "approval": target,
            "approval_note": note if asked is ExpenseMove.REJECT else "",
            "approved_by_id": actor.user_id if approving else None,
            "approved_at": now() if approving else None,
        }

    return _each(session, actor, expense_ids, after, asked.value, {"note": note} if note else {})


def pay_back(session: Session, actor: Actor, expense_ids: Sequence[int], day: date | None = None) -> Moved:
    """Mark what employees paid as paid back to them on `day` (today where absent)."""
    actor.require(Permission.EXPENSES_PAY)
    portal = portal_of(session)
    paid_on = day or today(session)
    check_open(paid_on, portal.closed_until)

    def after(expense: Expense) -> dict[str, Any]:
        require_payable(
            expense.approval,
            owed=expense.own_money,
            paid_back=expense.paid_back_on is not None,
            needs_approval=portal.expenses_need_approval,
        )
        if paid_on < expense.day:
            raise DomainError("expense.error.paid_before", day=expense.day)
        return {"paid_back_on": paid_on}

    return _each(session, actor, expense_ids, after, "paid_back", {"day": paid_on.isoformat()})


def undo_pay_back(session: Session, actor: Actor, expense_ids: Sequence[int]) -> Moved:
    """Take the mark back."""
    actor.require(Permission.EXPENSES_PAY)
    closed_until = portal_of(session).closed_until

    def after(expense: Expense) -> dict[str, Any]:
        if expense.paid_back_on is None:
            raise DomainError("expense.error.not_paid_back")
        check_open(expense.paid_back_on, closed_until)
        return {"paid_back_on": None}

    return _each(session, actor, expense_ids, after, "not_paid_back", {})


def _each(
    session: Session,
    actor: Actor,
    expense_ids: Sequence[int],
    after: Callable[[Expense], dict[str, Any]],
    action: str,
    details: dict[str, Any],
) -> Moved:
    outcome = Moved([])
    wanted = list(dict.fromkeys(expense_ids))
    found = {
        each.id: each
        for each in session.execute(select(Expense).where(col(Expense.id).in_(wanted))).scalars().all()
    }
    for expense_id in wanted:
        expense = found.get(expense_id)
        if expense is None or expense.deleted_at is not None or not of_all(actor, expense):
            outcome.refused[expense_id] = NotFound()
            continue
        try:
            values = after(expense)
        except DomainError as fault:
            outcome.refused[expense_id] = fault
            continue
        done = session.execute(
            update(Expense)
            .where(col(Expense.id) == expense_id, col(Expense.version) == expense.version)
            .values(**values, version=expense.version + 1, updated_at=now())
            .execution_options(synchronize_session=False)
        )
        if not isinstance(done, CursorResult) or done.rowcount != 1:
            outcome.refused[expense_id] = DomainError("common.error.changed_meanwhile")
            continue
        session.refresh(expense)
        if "approval" in values and expense.project_id:
            alerts.look_again(session, expense.project_id)
        audit.record(session, actor, KIND, expense_id, action, **details)
        outcome.moved.append(expense_id)
    session.flush()
    return outcome
