"""Which expenses a person may see, and which may still be changed."""

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.expense import require_editable_expense
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.models import Expense
from finance_app.services.accounts.identity import Actor
from finance_app.services.portal import portal_of

KIND = "expense"


def get(session: Session, actor: Actor, expense_id: int) -> Expense:
    """Raises NotFound, also where the expense is another person's and the actor sees only their own."""
    actor.require_somewhere(Permission.EXPENSES_VIEW)
    expense = session.get(Expense, expense_id)
    if expense is None or expense.deleted_at is not None or not of_all(actor, expense):
        raise NotFound
    return expense


def of_all(actor: Actor, expense: Expense, permission: Permission = Permission.EXPENSES_VIEW_ALL) -> bool:
    """Whether an expense is the actor's own, or of a project where he holds a permission for everybody's."""
    return expense.user_id == actor.user_id or actor.may(permission, expense.project_id)


def visible(actor: Actor) -> list[ColumnElement[bool]]:
    """What the expenses that the actor may see meet. Raises DomainError where there can be none."""
    actor.require_somewhere(Permission.EXPENSES_VIEW)
    projects = actor.projects_with(Permission.EXPENSES_VIEW_ALL)
    if projects is None:
        return []
    return [or_(col(Expense.user_id) == actor.user_id, col(Expense.project_id).in_(projects))]


def editable(session: Session, actor: Actor, expense_id: int) -> Expense:
    """An expense that the actor may change now. Raises NotFound, or DomainError where it is locked."""
    expense = get(session, actor, expense_id)
    actor.require(Permission.EXPENSES_EDIT, expense.project_id)
    if expense.user_id != actor.user_id:
        actor.require(Permission.EXPENSES_EDIT_ALL, expense.project_id)
    portal = portal_of(session)
    require_editable_expense(
        expense.approval,
        claimed=expense.invoice_line_id is not None,
        paid_back=expense.paid_back_on is not None,
        needs_approval=portal.expenses_need_approval,
    )
    check_open(expense.day, portal.closed_until)
    return expense
