"""A draft invoice of expenses alone: of those chosen, or of all that a client has to be billed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import Expense, Invoice, Project
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses.charge import NAME
from finance_app.services.expenses.listing import client_id_of
from finance_app.services.invoicing.drafts import DraftHead, create_from_time
from finance_app.services.invoicing.scope import Scope
from finance_app.services.portal import today


def of_chosen(
    session: Session, actor: Actor, expense_ids: Sequence[int], request_key: str | None = None
) -> Invoice:
    """Raises DomainError where they are of several clients, of none, or not to be billed."""
    actor.require(Permission.INVOICES_EDIT)
    wanted = sorted(set(expense_ids))
    found = session.execute(
        select(col(Expense.id), col(Expense.day), client_id_of())
        .outerjoin(Project, col(Project.id) == col(Expense.project_id))
        .where(col(Expense.id).in_(wanted))
    ).all()
    clients = {row[2] for row in found}
    if not wanted or None in clients:
        raise DomainError("expense.error.without_client")
    if len(clients) > 1:
        raise DomainError("expense.error.several_clients")
    until = max([today(session), *(row[1] for row in found)])
    scope = Scope((), until, charges={NAME: {"only": wanted}}, client_id=clients.pop())
    return create_from_time(session, actor, scope, DraftHead(), request_key=request_key)


def of_client(session: Session, actor: Actor, client_id: int, request_key: str | None = None) -> Invoice:
    """All that the client has to be billed. Raises DomainError where that is nothing."""
    actor.require(Permission.INVOICES_EDIT)
    scope = Scope((), today(session), charges={NAME: {"all": True}}, client_id=client_id)
    return create_from_time(session, actor, scope, DraftHead(), request_key=request_key)
