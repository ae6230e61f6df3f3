"""The base currency comes from Zoho; it can only change while nothing counts in it."""

from sqlmodel import Session, select

from finance_app.domain.errors import DomainError
from finance_app.models import (
    Budget,
    BudgetPart,
    Estimate,
    Expense,
    Invoice,
    Payment,
    Portal,
    SalesOrder,
    UserRate,
)
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit


def in_use(session: Session) -> bool:
    """Whether anything is counted in the base currency already."""
    tables = (Invoice, Estimate, SalesOrder, Expense, Payment, UserRate)
    if any(session.exec(select(table.id).limit(1)).first() is not None for table in tables):
        return True
    planned = (
        select(table.project_id).where(table.cost_minor != None).limit(1)  # noqa: E711
        for table in (Budget, BudgetPart)
    )
    return any(session.exec(statement).first() is not None for statement in planned)


def check(session: Session, currency: str) -> None:
    """Raises DomainError where the organisation counts in another currency than ours, which is in use."""
    portal = session.exec(select(Portal)).first()
    if portal and portal.base_currency != currency and in_use(session):
        raise DomainError(
            "zoho.error.base_currency", theirs=currency, ours=portal.base_currency, field="organisation"
        )


def take(session: Session, actor: Actor, currency: str) -> None:
    """Raises DomainError as `check` does."""
    check(session, currency)
    portal = session.exec(select(Portal)).first()
    if portal is None or portal.base_currency == currency or not currency:
        return
    before, portal.base_currency = portal.base_currency, currency
    session.add(portal)
    session.flush()
    audit.record(
        session, actor, "portal", portal.id, "changed",
        before={"base_currency": before}, after={"base_currency": currency},
    )  # fmt: skip
