"""What guards the movement of money: locks in one order, and days on which money may move."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.workflow import InvoiceState
from finance_app.models import Client, Invoice, Portal


def lock_client(session: Session, client_id: int) -> Client:
    """The client, whose money nobody else moves until the transaction ends. Raises NotFound.

    Always taken before the client's invoices, so that two payments never wait for each other.
    """
    client = session.execute(
        select(Client)
        .where(col(Client.id) == client_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if client is None:
        raise NotFound
    return client


def lock_invoices(session: Session, invoice_ids: Iterable[int]) -> list[Invoice]:
    """The invoices as they are now, locked in the order of their ids until the transaction ends."""
    return list(
        session.execute(
            select(Invoice)
            .where(col(Invoice.id).in_(set(invoice_ids)))
            .order_by(col(Invoice.id))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).scalars()
    )


def lock_open_invoice(session: Session, invoice_id: int) -> Invoice:
    """An issued invoice with a balance, locked. Raises NotFound, or DomainError where it is not open."""
    found = lock_invoices(session, [invoice_id])
    if not found:
        raise NotFound
    if found[0].state is not InvoiceState.ISSUED:
        raise DomainError("error.payment.invoice_not_open", invoice=found[0].number or "")
    return found[0]


def check_day(portal: Portal, day: date, today: date) -> None:
    """Raises DomainError for a day after today, or inside the closed fiscal period."""
    if day > today:
        raise DomainError("payment.error.future", date=day, field="day")
    check_not_closed(portal, day)


def check_not_closed(portal: Portal, day: date) -> None:
    """Raises DomainError for a day inside the closed fiscal period."""
    if portal.closed_until and day <= portal.closed_until:
        raise DomainError("payment.error.closed", date=day, closed=portal.closed_until, field="day")
