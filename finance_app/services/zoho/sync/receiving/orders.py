"""Sales orders of Zoho Books."""

from typing import Any

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.models import SalesOrder, SalesOrderLine, ZohoSync
from finance_app.services.estimating import orders
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.content import fill, offer
from finance_app.services.zoho.sync.receiving.following import follow
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    Raw,
    agree,
    day_of,
    in_words,
    known,
    link_up,
)


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here, to the cent."""
    link = known(session, sync.id or 0, Module.SALES_ORDER, str(raw["salesorder_id"]))
    if link is None:
        row = _make(session, sync, raw)
        remote_id = str(raw["salesorder_id"])
        link_up(session, sync, Module.SALES_ORDER, row.id or 0, remote_id, row.number or "")
        return True
    row = session.get_one(SalesOrder, link.local_id)
    changed = False
    if row.voided_at is None and raw.get("status") == "void":
        try:
            orders.void(session, ZOHO, link.local_id, "Zoho")
        except DomainError as error:
            raise in_words(session, error) from error
        agree(session, sync, link)
        changed = True
    elif row.voided_at is None:
        changed = follow(session, sync, link, row, SalesOrderLine, "sales_order_id", raw, _dates)
    return changed


def _dates(row: Any, raw: Raw) -> None:
    row.issue_date = day_of(raw)


def _make(session: Session, sync: ZohoSync, raw: Raw) -> SalesOrder:
    sync_id, number = sync.id or 0, str(raw["salesorder_number"])
    row = offer(session, sync_id, SalesOrder, number, raw)
    try:
        fill(session, sync_id, row, SalesOrderLine, "sales_order_id", raw)
        return orders.confirm(session, ZOHO, row.id or 0, number=number)
    except DomainError as error:
        raise in_words(session, error) from error
