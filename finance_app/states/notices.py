"""The bell of every page, and the list of what it rang for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, messages, t
from finance_app.services import notices
from finance_app.services.listing import ListAsks
from finance_app.services.notices import NoticeRecord
from finance_app.services.zoho import error_list
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher, updates
from finance_app.states.session import Session

MANY = 99


class Bell(Session):
    """How many notices the person has not read and how many errors the sync has; empty for none."""

    unread: str = ""
    sync_errors: str = ""

    _newest: int | None = None

    @handler()
    async def ring(self):
        await self._count()
        if self._me.may(Permission.INTEGRATION_EDIT):
            count = sum((await self._read(error_list.modules)).values())
            self.sync_errors = "" if not count else f"{MANY}+" if count > MANY else str(count)

    async def _count(self) -> None:
        count, self._newest = await self._read(notices.standing)
        self.unread = "" if not count else f"{MANY}+" if count > MANY else str(count)

    @handler()
    async def told(self):
        """Something new: the bell rings, and the newest is said, on whatever page the person is."""
        known = self._newest
        await self._count()
        if known is None or self._newest == known:
            return
        fresh = await self._read(notices.after, known)
        if fresh:
            self._say(words(fresh[0].kind, fresh[0].params, self._locale), kind="info")

    @handler(background=True)
    async def watch(self):
        async for _topic in updates((notices.TOPIC,)):
            yield Bell.told


@dataclass(frozen=True)
class NoticeRow:
    id: int
    text: str
    when: str
    href: str
    read: str


def notice_row(record: NoticeRecord, locale: str, zone: ZoneInfo) -> NoticeRow:
    return NoticeRow(
        id=record.id,
        text=words(record.kind, record.params, locale),
        when=formats.moment(record.created_at, locale, zone, "short"),
        href=record.href,
        read="yes" if record.read else "no",
    )


def words(kind: str, params: Mapping[str, Any], locale: str) -> str:
    """The notice in the reader's language; one without a text shows its kind."""
    key = f"notice.kind.{kind}"
    return t(locale, key, **params) if key in messages(locale) else kind.replace("_", " ")


class NoticeList(ListState, Watcher, Session):
    rows: list[NoticeRow] = []

    _asks: ClassVar[ListAsks] = notices.ASKS
    _topics: ClassVar = (notices.TOPIC,)

    @on_load()
    async def load(self):
        found = await self._read(notices.page, self._list_query())
        zone = ZoneInfo(self._me.time_zone)
        self._show([notice_row(record, self._locale, zone) for record in found.rows], found)

    @handler()
    async def open_notice(self, notice_id: int):
        """Go to what a notice is about; it is read then."""
        row = next((row for row in self.rows if row.id == notice_id), None)
        if row is None:
            return None
        await self._write(notices.mark_read, [row.id])
        await self._changed(notices.TOPIC)
        return rx.redirect(row.href) if row.href else None

    @handler()
    async def read_selected(self):
        await self._mark(self._selected_ids())
        return type(self).load

    @handler()
    async def read_all(self):
        await self._mark(None)
        return type(self).load

    async def _mark(self, ids: list[int] | None) -> None:
        count = await self._write(notices.mark_read, ids)
        self.selected = []
        await self._changed(notices.TOPIC)
        self._say(self._t("notice.marked", n=count))
