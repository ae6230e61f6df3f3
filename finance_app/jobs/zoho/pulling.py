"""Fetching what was made or changed at Zoho since the last look."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from finance_app import db
from finance_app.integrations.zoho import Books, Cause, Product, ZohoError
from finance_app.models import ZohoSync, ZohoSyncRun, ZohoSyncStep
from finance_app.models.columns import now
from finance_app.services.zoho.sync import errors, receiving
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import (
    CREDIT_NOTES,
    ESTIMATES,
    INVOICES,
    PAYMENTS,
    SALES_ORDERS,
    First,
    Place,
    Unfit,
)

Raw = Mapping[str, Any]
WATCHED: tuple[tuple[Module, Place], ...] = (
    (Module.INVOICE, INVOICES),
    (Module.CREDIT_NOTE, CREDIT_NOTES),
    (Module.ESTIMATE, ESTIMATES),
    (Module.SALES_ORDER, SALES_ORDERS),
    (Module.PAYMENT, PAYMENTS),
)
UNSENT = ("draft", "void")


async def pull(books: Books, engine: Engine | None, sync_id: int, alive: Callable[[], None]) -> int:
    """Look through what was changed since the last time, oldest first; how many records were taken over.

    What cannot be taken over is in the error summary, and is fetched again on request."""
    taken = 0
    with db.reading(engine) as session:
        sync = session.get_one(ZohoSync, sync_id)
        started = sync.started_at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        marks, product = dict(sync.marks), Product(sync.product)
    for module, place in WATCHED:
        if module is Module.SALES_ORDER and product is not Product.BOOKS:
            continue
        since = marks.get(module.value, started)
        rows = [
            each
            async for each in books.call.pages(
                place.path,
                place.many,
                last_modified_time=since,
                sort_column="last_modified_time",
                sort_order="A",
            )
            if str(each.get("last_modified_time") or since) >= since
        ]
        for raw in rows:
            alive()
            taken += await _look_at(books, engine, sync_id, module, place, raw)
            since = max(since, str(raw.get("last_modified_time") or since))
        with db.transaction(engine) as session:
            row = session.get_one(ZohoSync, sync_id)
            row.marks = {**row.marks, module.value: since}
    with db.transaction(engine) as session:
        session.get_one(ZohoSync, sync_id).pulled_at = now()
    return taken


async def _look_at(
    books: Books, engine: Engine | None, sync_id: int, module: Module, place: Place, raw: Raw
) -> int:
    remote_id = str(raw[place.id])
    with db.transaction(engine) as session:
        link = receiving.known(session, sync_id, module, remote_id)
        if link is not None:
            changed = receiving.differs(session, module, link, raw)
            follows = link.made_at_zoho and module is Module.PAYMENT
            if changed and not follows:
                link.fingerprint = ""
                fault = Unfit("changed_at_zoho", number=raw.get(f"{place.one}_number") or link.reference)
                errors.note(session, sync_id, module, link.local_id, fault)
            if not (changed and follows):
                return 0
        elif module not in (Module.INVOICE, Module.PAYMENT) or raw.get("status") in UNSENT:
            return 0
        if link is None and receiving.is_ours(session, module, raw, f"{place.one}_number"):
            return 0
    try:
        answer = await books.call("GET", f"{place.path}/{remote_id}")
    except ZohoError as error:
        if error.cause is Cause.MISSING:
            return 0
        raise
    whole = answer.get(place.one) or raw
    try:
        with db.transaction(engine) as session:
            sync = session.get_one(ZohoSync, sync_id)
            take = receiving.payment if module is Module.PAYMENT else receiving.invoice
            take(session, sync, whole)
            errors.resolve(session, sync_id, module, -int(remote_id))
            _count(session, sync_id, module)
    except (Unfit, First) as fault:
        refused = fault if isinstance(fault, Unfit) else Unfit("unknown_client", name=str(fault))
        refused.details["modified"] = str(raw.get("last_modified_time", ""))
        label = str(whole.get("invoice_number") or whole.get("payment_number") or remote_id)
        with db.transaction(engine) as session:
            errors.note(session, sync_id, module, -int(remote_id), refused, f"Zoho {label}")
        return 0
    return 1


def _count(session: Session, sync_id: int, module: Module) -> None:
    """The latest run shows what was fetched."""
    step = session.exec(
        select(ZohoSyncStep)
        .join(ZohoSyncRun, col(ZohoSyncRun.id) == col(ZohoSyncStep.run_id))
        .where(ZohoSyncRun.sync_id == sync_id, ZohoSyncStep.module == module)
        .order_by(col(ZohoSyncStep.id).desc())
        .limit(1)
    ).first()
    if step is not None:
        step.fetched += 1
