"""Which expenses a person may see, and which may still be changed."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from finance_app.domain.errors import NotFound
from finance_app.domain.expense import require_editable_expense
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.models import Expense, Portal
from finance_app.models.columns import now
from finance_app.services.accounts import Actor
from finance_app.services.invoicing.company import portal_of

KIND = "expense"


def zone(portal: Portal) -> ZoneInfo:
    return ZoneInfo(portal.time_zone)


def today(session: Session) -> date:
    """The present day in the portal's time zone."""
    return now().astimezone(zone(portal_of(session))).date()


def get(session: Session, actor: Actor, expense_id: int) -> Expense:
    """Raises NotFound, also where the expense is another person's and the actor sees only their own."""
    actor.require(Permission.EXPENSES_VIEW)
    expense = session.get(Expense, expense_id)
    if expense is None or expense.deleted_at is not None:
        raise NotFound
    if expense.user_id != actor.user_id and not actor.may(Permission.EXPENSES_VIEW_ALL):
        raise NotFound
    return expense


def editable(session: Session, actor: Actor, expense_id: int) -> Expense:
    """An expense that the actor may change now. Raises NotFound, or DomainError where it is locked."""
    actor.require(Permission.EXPENSES_EDIT)
    expense = get(session, actor, expense_id)
    if expense.user_id != actor.user_id:
        actor.require(Permission.EXPENSES_EDIT_ALL)
    portal = portal_of(session)
    require_editable_expense(
        expense.approval,
        claimed=expense.invoice_line_id is not None,
        paid_back=expense.paid_back_on is not None,
        needs_approval=portal.expenses_need_approval,
    )
    check_open(expense.day, portal.closed_until)
    return expense
