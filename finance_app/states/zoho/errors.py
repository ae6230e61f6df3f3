"""The error summary: why a record is not at Zoho as it should be, and what can be done about it."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.integrations.zoho import Cause
from finance_app.models.kinds import SyncErrorState
from finance_app.services.listing import ListAsks
from finance_app.services.zoho import error_list
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.errors import Shown
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.notices import Bell
from finance_app.states.session import Session

EDIT = Permission.INTEGRATION_EDIT


@dataclass(frozen=True)
class ErrorRow:
    id: int
    module: str
    label: str
    href: str
    text: str
    remedy: str
    form: str
    form_text: str
    said: str
    held: str
    first: str
    last: str
    attempts: str
    state: str
    is_open: bool
    is_resolved: bool


class ZohoErrors(ListState, Watcher, Session):
    rows: list[ErrorRow] = []
    modules: list[dict[str, str]] = []
    retry_text: str = ""
    """Names how many the button concerns; empty where there is nothing to retry."""

    _asks: ClassVar[ListAsks] = error_list.ASKS
    _topics: ClassVar = ("zoho",)

    @on_load(EDIT)
    async def load(self):
        found = await self._read(error_list.page, self._list_query())
        counts = await self._read(error_list.modules)
        self.modules = [
            {"value": name, "label": f"{self._t(f'zoho_sync.module.{name}')} ({n})"}
            for name, n in counts.items()
        ]
        resolved = error_list.state_of(self._list_query().filter("state")) is SyncErrorState.RESOLVED
        retried = 0 if resolved else found.total
        self.retry_text = self._t("zoho.errors.retry_these", n=retried) if retried else ""
        self._show([self._row(each) for each in found.rows], found)
        return Bell.ring

    def _row(self, each: Shown) -> ErrorRow:
        zone, locale = ZoneInfo(self._me.time_zone), self._locale
        said = ""
        if each.message:
            said = (
                self._t("zoho.errors.code", n=str(each.zoho_code), said=each.message)
                if each.zoho_code
                else each.message
            )
            heard = each.reason != Cause.UNREACHABLE
            said = self._t("zoho.errors.said_by_zoho" if heard else "zoho.errors.technical", said=said)
        return ErrorRow(
            id=each.id,
            module=self._t(f"zoho_sync.module.{each.module}"),
            label=each.label or self._t(each.name),
            href=each.page,
            text=self._t(each.text, **each.details),
            remedy=self._t(each.remedy, **each.details),
            form=each.form,
            form_text=self._t(each.form_text) if each.form else "",
            said=said,
            held=self._t("zoho.errors.held", n=each.held) if each.held else "",
            first=formats.moment(each.first_seen_at, locale, zone, "short"),
            last=formats.moment(each.last_seen_at, locale, zone, "short"),
            attempts=formats.number(each.attempts, locale),
            state=each.state.value,
            is_open=each.state is SyncErrorState.OPEN,
            is_resolved=each.state is SyncErrorState.RESOLVED,
        )

    @handler(EDIT)
    async def retry(self, error_id: int):
        await self._write(errors.retry, int(error_id))
        await self._changed("zoho")
        self._say(self._t("zoho.errors.retried"))
        return type(self).load

    @handler(EDIT)
    async def ignore(self, error_id: int):
        await self._write(errors.ignore, int(error_id))
        await self._changed("zoho")
        self._say(self._t("zoho.errors.ignored"))
        return type(self).load

    @handler(EDIT)
    async def retry_all(self):
        n = await self._write(
            error_list.retry_all, *(self.filters.get(name, "") for name in ("module", "state"))
        )
        await self._changed("zoho")
        self._say(self._t("zoho.errors.retried_all", n=n))
        return type(self).load
