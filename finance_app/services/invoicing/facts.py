"""What the states of an invoice follow from, and settling it anew when an allocation comes or goes."""

from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.payment import balance
from finance_app.domain.workflow import (
    DisplayedState,
    InvoiceAction,
    InvoiceFacts,
    allowed_actions,
    displayed_state,
    invoice_state,
)
from finance_app.models import Allocation, Invoice, Portal
from finance_app.services.profitability import posting


def balance_of(invoice: Invoice) -> int:
    """What is left to settle, in minor units."""
    return balance(invoice.total_minor, invoice.settled_minor)


def facts_of(invoice: Invoice) -> InvoiceFacts:
    return InvoiceFacts(
        total_minor=invoice.total_minor,
        balance_minor=balance_of(invoice),
        issued_at=invoice.issued_at,
        voided_at=invoice.voided_at,
        viewed_at=invoice.viewed_at,
        due_on=invoice.due_date,
    )


def displayed_of(invoice: Invoice, today: date) -> DisplayedState:
    return displayed_state(facts_of(invoice), today)


def actions_of(invoice: Invoice, portal: Portal, today: date) -> frozenset[InvoiceAction]:
    return allowed_actions(facts_of(invoice), today, portal.strict_numbering)


def settle(session: Session, invoice: Invoice) -> None:
    """Work out what the live allocations settle, and the state from that. The caller has the lock."""
    session.flush()
    invoice.settled_minor = int(
        session.execute(
            select(func.coalesce(func.sum(col(Allocation.amount_minor)), 0)).where(
                col(Allocation.invoice_id) == invoice.id, col(Allocation.removed_at).is_(None)
            )
        ).scalar_one()
    )
    invoice.state = invoice_state(facts_of(invoice))
    session.flush()
    posting.post_settlements(session, invoice)
