"""Looking through the lists of Zoho, once a sync, for what is not in them any more: nothing tells of a
deletion."""

from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db, routes
from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Books
from finance_app.models import ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.labels import label_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import KINDS, Kind, payments, vanishing
from finance_app.services.zoho.sync.receiving.links import in_words, known, written


async def look_through(books: Books, engine: Engine | None, sync_id: int, alive: Callable[[], None]) -> int:
    """Once a run, by a request for 200 records; what is missing is asked for by itself, for pages move while
    they are read. How many payments were taken back."""
    with db.reading(engine) as session:
        if starting.LOOKED_THROUGH in session.get_one(ZohoSync, sync_id).marks:
            return 0
    taken = 0
    for kind in KINDS:
        if kind.makes:
            taken += await _look_through(books, engine, sync_id, kind, alive)
    with db.transaction(engine) as session:
        row = session.get_one(ZohoSync, sync_id)
        row.marks = {**row.marks, starting.LOOKED_THROUGH: written(now())}
    return taken


async def _look_through(
    books: Books, engine: Engine | None, sync_id: int, kind: Kind, alive: Callable[[], None]
) -> int:
    place, module = kind.place, kind.module
    with db.reading(engine) as session:
        if not vanishing.is_any_linked(session, sync_id, module):
            return 0
    there = {str(each[place.id]) async for each in books.call.pages(place.path, place.many)}
    with db.reading(engine) as session:
        missing = vanishing.unlisted(session, sync_id, module, there)
    taken = 0
    for remote_id in missing:
        alive()
        if not await books.is_there(f"{place.path}/{remote_id}"):
            with db.transaction(engine) as session:
                taken += gone(session, sync_id, kind, remote_id)
    return taken


def gone(session: Session, sync_id: int, kind: Kind, remote_id: str) -> bool:
    """A record that is not at Zoho any more: whether that changed something here."""
    link = known(session, sync_id, kind.module, remote_id) if kind.makes else None
    if link is not None and kind.module is Module.PAYMENT:
        return _taken_back(session, sync_id, link)
    if link is not None and not link.is_gone:
        vanishing.report(session, link)
    errors.resolve(session, sync_id, kind.module, -int(remote_id))
    return False


def _taken_back(session: Session, sync_id: int, link: ZohoLink) -> bool:
    """What cannot be taken back now, as in a closed period, is tried again by each sync, and by a retry."""
    payment, remote_id = link.local_id, link.remote_id
    name = label_of(session, Module.PAYMENT, payment)
    try:
        with session.begin_nested():
            changed = payments.gone(session, session.get_one(ZohoSync, sync_id), link)
    except DomainError as error:
        fault = in_words(session, error)
        fault.details |= {"modified": written(now()), "page": routes.payment(payment)}
        errors.note(session, sync_id, Module.PAYMENT, -int(remote_id), fault, name)
        return False
    errors.resolve(session, sync_id, Module.PAYMENT, -int(remote_id))
    return changed
