"""The bill-from day of the connection to Zoho: time before it counts as billed, without an invoice."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from finance_app.models import TimeLog, ZohoConnection
from finance_app.models.kinds import ConnectionState


def bill_from(session: Session) -> date | None:
    """The day; None where all time may be billed."""
    return session.exec(
        select(ZohoConnection.bill_from).where(
            ZohoConnection.live == True,  # noqa: E712
            ZohoConnection.state != ConnectionState.DRAFT,
        )
    ).first()


def settled_before(session: Session) -> Any:
    """Of a log that no invoice has: whether it is too early to be billed. None where all may be billed."""
    day = bill_from(session)
    if day is None:
        return None
    return (col(TimeLog.day) < day) & col(TimeLog.invoice_line_id).is_(None)


def still_to_bill(session: Session) -> list[Any]:
    """The condition on logs that are, or would be, billed by us; none where all may be billed."""
    settled = settled_before(session)
    return [] if settled is None else [~settled]
