"""The list of time logs, with what is done to ticked rows."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove
from finance_app.i18n import formats, t
from finance_app.services.budgeting import opened
from finance_app.services.listing import ListAsks, ListQuery
from finance_app.services.portal import portal_of
from finance_app.services.time_tracking import approvals
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking import logs as time_logs
from finance_app.services.time_tracking.listing import TimeRecord
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import in_project
from finance_app.states.session import Session
from finance_app.states.time_tracking.form import RejectForm
from finance_app.states.time_tracking.words import clock, told


@dataclass(frozen=True)
class TimeRow:
    id: int
    day: str
    person: str
    client: str
    project: str
    task: str
    notes: str
    hours: str
    billable: bool
    approval: str
    approval_note: str
    invoice: str
    invoice_href: str
    billed: bool
    href: str
    amount: str = ""


NO_ROW = TimeRow(0, "", "", "", "", "", "", "", True, "open", "", "", "", False, "")


def time_row(record: TimeRecord, locale: str) -> TimeRow:
    billed = record.invoice_id is not None
    return TimeRow(
        id=record.id,
        day=formats.day(record.day, locale),
        person=record.person,
        client=record.client,
        project=record.project,
        task=record.task,
        notes=record.notes if len(record.notes) < 160 else f"{record.notes[:159]}…",
        hours=clock(record.seconds),
        billable=record.billable,
        approval=str(record.approval),
        approval_note=record.approval_note,
        invoice=record.invoice or (t(locale, "time.draft_invoice") if billed else ""),
        invoice_href=f"{routes.INVOICES}/{record.invoice_id}" if billed else "",
        billed=billed,
        href=routes.time_log(record.id),
    )


def options(pairs: list[tuple[int, str]]) -> list[dict[str, str]]:
    return [{"value": str(number), "label": name} for number, name in pairs]


class TimeList(ListState, Watcher, Session):
    rows: list[TimeRow] = []
    people: list[dict[str, str]] = []
    projects: list[dict[str, str]] = []
    clients: list[dict[str, str]] = []
    imports: list[dict[str, str]] = []
    hours: str = ""
    of_parts: list[str] = []
    all_href: str = ""
    amount_of: str = ""
    amount: str = ""
    spent: str = ""
    spent_href: str = ""
    sees_all: bool = False
    needs_approval: bool = False
    undo_count: int = 0
    undo_events: list[int] = []

    _asks: ClassVar[ListAsks] = time_listing.ASKS
    _topics: ClassVar = ("time",)

    @on_load(Permission.TIME_VIEW)
    async def load(self):
        """All time, or that of the project on whose page the list stands."""
        asked = query = self._list_query()
        self.of_parts = []
        if self._param("project_id"):
            project_id = await in_project(self)
            query = replace(asked, filters={**asked.filters, "project": str(project_id)})
            self.of_parts = await self._read(
                lambda session, _me: time_listing.parts_named(session, project_id, query)
            )
            if query.filter("task") == time_listing.NONE:
                self.of_parts = [self._t("budget.without_task")]
            self.all_href = routes.with_query(
                routes.project_tab(routes.PROJECT_TIME, project_id), {"amount": query.filter("amount")}
            )
        found = await self._read(time_listing.page, query)
        choices = await self._read(time_listing.choices)
        portal = await self._read(lambda session, _me: portal_of(session))
        self.people, self.projects = options(choices.people), options(choices.projects)
        self.clients, self.imports = options(choices.clients), options(choices.imports)
        self.sees_all = self._me.may(Permission.TIME_VIEW_ALL)
        self.needs_approval = portal.needs_approval
        self.hours = formats.hours(found.totals["seconds"], self._locale)
        rows = [time_row(record, self._locale) for record in found.rows]
        self._show(await self._with_amounts(rows, query), found)
        self.narrowed = asked.narrowed

    async def _with_amounts(self, rows: list[TimeRow], query: ListQuery) -> list[TimeRow]:
        """The rows with their amounts, where a figure in money was opened."""
        self.amount_of, self.amount, self.spent = "", "", ""
        if not self._param("project_id"):
            return rows
        project_id = self._id("project_id")
        found = await self._read(opened.amounts, project_id, query, [row.id for row in rows])
        if found is None:
            return rows
        show = partial(formats.money, currency=found.currency, locale=self._locale)
        self.amount_of, self.amount = query.filter("amount"), show(found.total)
        self.spent = show(found.expense_minor) if found.expense_minor else ""
        self.spent_href = routes.with_query(routes.EXPENSES, {"project": str(project_id)})
        return [replace(row, amount=show(found.logs[row.id]) if row.id in found.logs else "") for row in rows]

    @handler(Permission.TIME_EDIT)
    async def duplicate(self, log_id: int):
        log = await self._write(time_logs.duplicate, int(log_id))
        await self._changed("time")
        self._say(self._t("time.duplicated", day=formats.day(log.day, self._locale)))
        return type(self).load

    @handler(Permission.TIME_EDIT)
    async def delete(self, log_id: int):
        return await self._delete([int(log_id)])

    @handler(Permission.TIME_EDIT)
    async def delete_selected(self):
        return await self._delete(self._selected_ids())

    async def _delete(self, log_ids: list[int]):
        self.undo_events = await self._write(time_logs.delete, log_ids)
        self.undo_count = len(self.undo_events)
        self.selected = []
        await self._changed("time")
        return type(self).load

    @handler(Permission.TIME_EDIT)
    async def undo(self):
        await self._write(time_logs.restore, self.undo_events)
        self.undo_events, self.undo_count = [], 0
        await self._changed("time")
        self._say(self._t("time.undone"))
        return type(self).load

    @handler()
    async def forget_undo(self):
        self.undo_events, self.undo_count = [], 0

    @handler(Permission.TIME_EDIT)
    async def set_billable(self, billable: bool):
        count = await self._write(time_logs.set_billable, self._selected_ids(), bool(billable))
        self.selected = []
        await self._changed("time")
        self._say(self._t("time.billable_changed", n=count))
        return type(self).load

    @handler(Permission.TIME_EDIT)
    async def move(self, asked: str):
        if asked not in set(ApprovalMove):
            raise DomainError("common.error.unknown_choice")
        wanted = ApprovalMove(asked)
        outcome = await self._write(approvals.move, self._selected_ids(), wanted)
        self.selected = [str(log_id) for log_id in outcome.refused]
        await self._changed("time")
        text, detail = told(outcome, wanted, self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
        return type(self).load

    @handler(Permission.TIME_APPROVE)
    async def reject_selected(self):
        form = await self.get_state(RejectForm)
        form._ask(self._selected_ids())
