"""What waits for approval, by week and person."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove
from finance_app.i18n import formats
from finance_app.services.portal import portal_of
from finance_app.services.time_tracking import approvals
from finance_app.services.time_tracking.approvals import Sheet
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session
from finance_app.states.time_tracking.form import RejectForm
from finance_app.states.time_tracking.week import address
from finance_app.states.time_tracking.words import clock, told


@dataclass(frozen=True)
class SheetRow:
    key: str
    user_id: int
    person: str
    monday: str
    week: str
    logs: str
    hours: str
    billable: str
    href: str


class Approvals(Watcher, Session):
    sheets: list[SheetRow] = []
    needs_approval: bool = False

    _topics: ClassVar = ("time",)

    @on_load(Permission.TIME_APPROVE)
    async def load(self):
        found = await self._read(approvals.to_approve)
        portal = await self._read(lambda session, _me: portal_of(session))
        self.needs_approval = portal.needs_approval
        self.sheets = [self._row(sheet) for sheet in found]

    def _row(self, sheet: Sheet) -> SheetRow:
        locale, sunday = self._locale, sheet.monday + timedelta(days=6)
        return SheetRow(
            f"{sheet.user_id}-{sheet.monday}",
            sheet.user_id,
            sheet.person,
            sheet.monday.isoformat(),
            self._t(
                "time.week.range", first=formats.day(sheet.monday, locale), last=formats.day(sunday, locale)
            ),
            formats.number(sheet.logs, locale),
            clock(sheet.seconds),
            clock(sheet.billable_seconds),
            address(sheet.monday, str(sheet.user_id), []),
        )

    async def _ids(self, user_id: int, monday: str) -> list[int]:
        try:
            day = date.fromisoformat(str(monday))
        except ValueError:
            raise NotFound from None
        return await self._read(approvals.ids_of_sheet, int(user_id), day)

    @handler(Permission.TIME_APPROVE)
    async def approve(self, user_id: int, monday: str):
        ids = await self._ids(user_id, monday)
        outcome = await self._write(approvals.move, ids, ApprovalMove.APPROVE)
        await self._changed("time")
        text, detail = told(outcome, ApprovalMove.APPROVE, self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
        return type(self).load

    @handler(Permission.TIME_APPROVE)
    async def reject(self, user_id: int, monday: str):
        ids = await self._ids(user_id, monday)
        form = await self.get_state(RejectForm)
        form._ask(ids)
