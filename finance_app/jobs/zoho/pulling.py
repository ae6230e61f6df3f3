"""Fetching what was made or changed at Zoho since the last look."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from finance_app import db
from finance_app.integrations.zoho import Books, Cause, Product, ZohoError
from finance_app.jobs.zoho import vanishing
from finance_app.models import ZohoSync, ZohoSyncRun, ZohoSyncStep
from finance_app.models.columns import now
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.look import link_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import KINDS, Kind, News, Raw, of_row
from finance_app.services.zoho.sync.receiving.links import NotYet, known, seen, written
from finance_app.services.zoho.sync.receiving.taxes import GROUP
from finance_app.services.zoho.sync.wanted import First, Unfit

PASSES = 3


async def pull(books: Books, engine: Engine | None, sync_id: int, alive: Callable[[], None]) -> int:
    """Look through what was changed since the last time, oldest first; how many records were taken over.

    What cannot be taken over is in the error summary, and is fetched again on request. What is on its way to
    Zoho is put off until it is there, once."""
    taken, began, put_off = 0, now(), False
    with db.reading(engine) as session:
        sync = session.get_one(ZohoSync, sync_id)
        started, marks, product = written(sync.started_at), dict(sync.marks), Product(sync.product)
        asked, again = sync.pulled_at is None, starting.PUT_OFF in marks
    groups: dict[str, list[Raw]] = {}
    if back := await vanishing.look_through(books, engine, sync_id, alive):
        taken += back
        marks.pop(KINDS[-1].module.value, None)
    for kind in KINDS:
        if kind.module is Module.SALES_ORDER and product is not Product.BOOKS:
            continue
        since = marks.get(kind.module.value, started)
        rows = [
            (modified, each)
            async for each in books.call.pages(
                kind.place.path,
                kind.place.many,
                last_modified_time=since,
                sort_column="last_modified_time",
                sort_order="A",
            )
            if (modified := moment_of(each) or since) >= since
        ]
        mark, waits = since, False
        for modified, raw in sorted(rows, key=lambda row: row[0]):
            alive()
            try:
                taken += await _look_at(books, engine, sync_id, kind, raw, groups)
            except NotYet:
                waits = put_off = True
            mark = mark if waits else max(mark, modified)
        with db.transaction(engine) as session:
            row = session.get_one(ZohoSync, sync_id)
            row.marks = {**row.marks, kind.module.value: mark}
    with db.reading(engine) as session:
        asked = asked or errors.is_any_since(session, sync_id, began)
    if taken or asked:
        taken += await _again(books, engine, sync_id, alive, groups)
    with db.transaction(engine) as session:
        row = session.get_one(ZohoSync, sync_id)
        row.pulled_at = now()
        marks = {name: mark for name, mark in row.marks.items() if name != starting.PUT_OFF}
        row.marks = {**marks, starting.PUT_OFF: written(began)} if put_off and not again else marks
    return taken


async def _again(
    books: Books,
    engine: Engine | None,
    sync_id: int,
    alive: Callable[[], None],
    groups: dict[str, list[Raw]],
) -> int:
    """What could not be taken over so far may be by now: a credit note settles an invoice whose payment is
    taken back only after it."""
    taken = 0
    for _ in range(PASSES):
        before = taken
        with db.reading(engine) as session:
            failed = errors.not_taken(session, sync_id)
        for kind in KINDS:
            for remote_id in failed.get(kind.module, ()):
                alive()
                raw = await _whole(books, kind, {kind.place.id: remote_id}, groups)
                if raw is None:
                    with db.transaction(engine) as session:
                        taken += vanishing.gone(session, sync_id, kind, remote_id)
                    continue
                try:
                    own = [raw] if kind.module is Module.INVOICE else ()
                    for part in own or raw.get("invoices_credited") or raw.get("invoices") or ():
                        taken += await _settlement(books, engine, sync_id, str(part.get("invoice_id")))
                    taken += await _look_at(books, engine, sync_id, kind, raw, groups)
                except NotYet:
                    continue
        if taken == before:
            break
    return taken


async def _settlement(books: Books, engine: Engine | None, sync_id: int, invoice: str) -> int:
    """What settles an invoice at Zoho by now, also where its balance is the same as before."""
    kind = KINDS[-1]
    whole = await _whole(books, kind, {kind.place.id: invoice}, {})
    with db.transaction(engine) as session:
        link = known(session, sync_id, Module.INVOICE, invoice)
        if whole is None or link is None or kind.busy(session, link):
            return 0
        try:
            with session.begin_nested():
                return int(kind.take(session, session.get_one(ZohoSync, sync_id), whole))
        except Unfit:
            return 0


def moment_of(raw: Raw) -> str:
    """When it was changed, in UTC: Zoho writes the time zone of the organisation, whose offset moves."""
    text = str(raw.get("last_modified_time") or "")
    try:
        return written(datetime.fromisoformat(text)) if text else ""
    except ValueError:
        return ""


async def _look_at(
    books: Books,
    engine: Engine | None,
    sync_id: int,
    kind: Kind,
    raw: Raw,
    groups: dict[str, list[Raw]],
) -> int:
    try:
        with db.transaction(engine) as session:
            news = of_row(session, sync_id, kind, raw)
        if news is News.LATER:
            raise NotYet
        if news is not News.LOOK:
            return 0
        whole = await _whole(books, kind, raw, groups)
        if whole is None:
            return 0
        with db.transaction(engine) as session:
            changed = kind.take(session, session.get_one(ZohoSync, sync_id), whole)
            if kind.makes:
                seen(session, sync_id, kind.module, str(raw[kind.place.id]), raw)
            errors.resolve(session, sync_id, kind.module, -int(raw[kind.place.id]))
            if changed:
                _count(session, sync_id, kind.module)
    except (Unfit, First) as fault:
        refused = fault if isinstance(fault, Unfit) else Unfit("unknown_client", name=str(fault))
        with db.transaction(engine) as session:
            _note(session, sync_id, kind, raw, refused)
        return 0
    return int(changed)


async def _whole(books: Books, kind: Kind, raw: Raw, groups: dict[str, list[Raw]]) -> dict[str, Any] | None:
    """The record with its parts; None where it is gone."""
    path = f"{kind.place.path}/{raw[kind.place.id]}"
    try:
        whole = dict((await books.call("GET", path)).get(kind.place.one) or raw)
        for field, below in kind.parts.items():
            whole[field] = (await books.call("GET", f"{path}/{below}")).get(field) or []
    except ZohoError as error:
        if error.cause is Cause.MISSING:
            return None
        raise
    for line in [whole, *(whole.get("line_items") or ())]:
        if isinstance(line, dict) and line.get("tax_type") == GROUP and line.get("tax_id"):
            line["group"] = await _members(books, str(line["tax_id"]), groups)
    return whole


async def _members(books: Books, group: str, groups: dict[str, list[Raw]]) -> list[Raw]:
    if group not in groups:
        answer = await books.call("GET", f"/settings/taxgroups/{group}")
        groups[group] = (answer.get("tax_group") or {}).get("taxes") or []
    return groups[group]


def _note(session: Session, sync_id: int, kind: Kind, raw: Raw, fault: Unfit) -> None:
    """What was changed on both sides is a failure of our record, which a retry sends; anything else is one of
    Zoho's, which a retry fetches."""
    remote_id = str(raw[kind.place.id])
    link = kind.link(session, sync_id, remote_id)
    if link is not None and fault.reason == "changed_at_zoho":
        own = link_of(session, sync_id, kind.module, link.local_id)
        if own is not None:
            own.contest()
        errors.note(session, sync_id, kind.module, link.local_id, fault)
        return
    fault.details["modified"] = moment_of(raw)
    errors.note(session, sync_id, kind.module, -int(remote_id), fault, f"Zoho {kind.name(raw)}")


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
