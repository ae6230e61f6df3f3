"""Looking through the lists of Zoho, once a sync, for what is not in them any more: nothing tells of a
deletion."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db, routes
from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Books, Cause, ZohoError
from finance_app.models import ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.labels import label_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import KINDS, Kind, payments, vanishing
from finance_app.services.zoho.sync.receiving.links import in_words, known, written
from finance_app.services.zoho.sync.remaking import WORK
from finance_app.services.zoho.sync.wanted import CONTACTS, ITEMS, PROJECTS, TIME_ENTRIES, Place, tasks_of

MASTER = ((Module.CONTACT, CONTACTS), (Module.ITEM, ITEMS), (Module.PROJECT, PROJECTS))
ALL = {"filter_by": "Status.All"}
"""Inactive ones too."""


async def look_through(books: Books, engine: Engine | None, sync_id: int, alive: Callable[[], None]) -> int:
    """Once a run, by a request for 200 records; what is missing is asked for by itself, for pages move while
    they are read. How many payments were taken back."""
    with db.reading(engine) as session:
        if starting.LOOKED_THROUGH in session.get_one(ZohoSync, sync_id).marks:
            return 0
    look = _Look(books, engine, sync_id, alive)
    for module, place in MASTER:
        await look.through(module, place, **ALL)
    await look.list_time()
    await look.through_tasks()
    await look.through_time()
    taken = 0
    for kind in KINDS:
        if kind.makes:
            for remote_id in await look.missing(kind.module, kind.place):
                with db.transaction(engine) as session:
                    taken += gone(session, sync_id, kind, remote_id)
    with db.transaction(engine) as session:
        row = session.get_one(ZohoSync, sync_id)
        row.marks = {**row.marks, starting.LOOKED_THROUGH: written(now())}
    return taken


class _Look:
    def __init__(self, books: Books, engine: Engine | None, sync_id: int, alive: Callable[[], None]):
        self._books, self._engine, self._sync_id, self._alive = books, engine, sync_id, alive
        self._entries: dict[str, str] = {}
        """The time entries that are there, with their tasks."""

    async def missing(self, module: Module, place: Place, **query: Any) -> list[str]:
        with db.reading(self._engine) as session:
            if not vanishing.is_any_linked(session, self._sync_id, module):
                return []
        there = {str(each[place.id]) async for each in self._listed(place, **query)}
        with db.reading(self._engine) as session:
            unlisted = vanishing.unlisted(session, self._sync_id, module, there)
        return [id for id in unlisted if not await self._is_there(place, id)]

    async def through(self, module: Module, place: Place, **query: Any) -> None:
        self._report(await self.missing(module, place, **query), module)

    async def list_time(self) -> None:
        with db.reading(self._engine) as session:
            first = vanishing.first_day(session, self._sync_id)
        if first is not None:
            await self._list_time(from_date=first.isoformat(), filter_by="Date.All")

    async def _list_time(self, **query: Any) -> None:
        async for each in self._listed(TIME_ENTRIES, **query):
            self._entries[str(each[TIME_ENTRIES.id])] = str(each.get("task_id"))

    async def through_time(self) -> None:
        """Entries that a page has skipped are looked for once more by their day."""
        with db.reading(self._engine) as session:
            unlisted = vanishing.unlisted_time(session, self._sync_id, self._entries.keys())
        for day, ids in unlisted.items():
            await self._list_time(from_date=day.isoformat(), to_date=day.isoformat())
            self._report([id for id in ids if id not in self._entries], Module.TIME_LOG)

    async def through_tasks(self) -> None:
        """Zoho lists tasks by project only. A task of which there is time needs no look, nor does a project
        where that is so of every task."""
        with db.reading(self._engine) as session:
            projects = vanishing.tasks(session, self._sync_id)
        worked_on = set(self._entries.values())
        for project, ids in projects.items():
            unsure = [id for id in ids if id not in worked_on]
            if not unsure:
                continue
            place = tasks_of(project)
            try:
                there = {str(each[place.id]) async for each in self._listed(place)}
            except ZohoError as error:
                if error.cause is not Cause.MISSING:
                    raise
                continue  # the project is gone by now, which the next look finds
            missing = [id for id in unsure if id not in there and not await self._is_there(place, id)]
            self._report(missing, *WORK)

    async def _listed(self, place: Place, **query: Any) -> AsyncIterator[dict[str, Any]]:
        async for each in self._books.call.pages(place.path, place.many, **query):
            self._alive()
            yield each

    async def _is_there(self, place: Place, remote_id: str) -> bool:
        self._alive()
        return await self._books.is_there(f"{place.path}/{remote_id}")

    def _report(self, remote_ids: Iterable[str], *modules: Module) -> None:
        for remote_id in remote_ids:
            with db.transaction(self._engine) as session:
                for module in modules:
                    link = known(session, self._sync_id, module, remote_id)
                    if link is not None and not link.is_gone:
                        vanishing.report(session, link)


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
