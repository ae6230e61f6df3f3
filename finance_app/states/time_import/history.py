"""The list of imports, and the upload that starts one."""

import json
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services import time_import
from finance_app.services.listing import ListAsks
from finance_app.services.time_import import drafts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.session import Session


@dataclass(frozen=True)
class ImportRow:
    id: int
    file_name: str
    state: str
    created: str
    person: str
    rows: str
    bad: str
    hours: str
    href: str


class ImportList(ListState, Watcher, Session):
    rows: list[ImportRow] = []

    _asks: ClassVar[ListAsks] = time_import.ASKS
    _topics: ClassVar = ("time_imports",)

    @on_load(Permission.TIME_IMPORT)
    async def load(self):
        found = await self._read(time_import.page, self._list_query())
        zone, locale = ZoneInfo(self._me.time_zone), self._locale
        rows = [
            ImportRow(
                id=record.id,
                file_name=record.file_name,
                state=record.state,
                created=formats.moment(record.created_at, locale, zone, "short"),
                person=record.person,
                rows="" if record.state == "draft" else formats.number(record.rows, locale),
                bad="" if record.state == "draft" else formats.number(record.bad, locale),
                hours="" if record.state == "draft" else formats.hours(record.seconds, locale),
                href=routes.time_import(record.id, "format" if record.state == "draft" else "result"),
            )
            for record in found.rows
        ]
        self._show(rows, found)

    @handler(Permission.TIME_IMPORT)
    async def discard(self, import_id: int):
        await self._write(drafts.discard, int(import_id))
        await self._changed("time_imports")
        self._say(self._t("time_import.discarded"))
        return type(self).load


class ImportFile(Session):
    """The first step: the file itself goes to a route of its own."""

    @on_load(Permission.TIME_IMPORT)
    async def load(self):
        """Nothing to fetch: the page only offers the upload."""

    @handler(Permission.TIME_IMPORT)
    async def uploaded(self, answer: str):
        """`answer` is what the route said: the id of the new draft."""
        import_id = int(json.loads(answer)["id"])
        await self._changed("time_imports")
        return rx.redirect(routes.time_import(import_id, "format"))
