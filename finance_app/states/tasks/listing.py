"""The tasks, or the issues, of a project: one page of them in groups, and what is done to ticked rows."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import ClassVar

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.listing import ListAsks
from finance_app.services.tasks import listing as task_listing
from finance_app.services.tasks import moves as task_moves
from finance_app.services.tasks.listing import NARROWING, GroupSum, TaskRecord, group_key, group_of
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import ProjectFrame, in_project
from finance_app.states.session import Session, joined
from finance_app.states.time_tracking.listing import options


@dataclass(frozen=True)
class TaskRow:
    """`heading` is the name of the group over its first row on the page, else empty."""

    id: int
    number: str
    name: str
    owner: str
    place: str
    state: str
    percent: str
    planned: str
    logged: str
    over: bool
    billable: bool
    rate: str
    due: str
    late: bool
    recurring: bool
    invoice: str
    invoice_href: str
    more_invoices: str
    href: str
    heading: str = ""
    heading_note: str = ""


def task_row(record: TaskRecord, today: date, currency: str, locale: str) -> TaskRow:
    planned, invoices = record.planned_seconds, record.invoices
    is_open = record.state is WorkState.OPEN and not record.archived
    return TaskRow(
        id=record.id,
        number=record.number,
        name=record.name,
        owner=record.owner,
        place=joined(dict.fromkeys([record.list_name, record.milestone])),
        state="archived" if record.archived else record.state.value,
        percent=formats.percent(Decimal(record.percent), locale),
        planned="" if planned is None else formats.hours(planned, locale),
        logged=formats.hours(record.logged_seconds, locale) if record.logged_seconds else "",
        over=planned is not None and record.logged_seconds > planned,
        billable=record.billable,
        rate=""
        if record.bill_rate is None
        else f"{formats.number(record.bill_rate, locale, min_decimals=2)}\u00a0{currency}",
        due=formats.day(record.due_date, locale) if record.due_date else "",
        late=is_open and record.due_date is not None and record.due_date < today,
        recurring=record.recurring,
        invoice=(invoices[0][1] or t(locale, "time.draft_invoice")) if invoices else "",
        invoice_href=routes.invoice(invoices[0][0]) if invoices else "",
        more_invoices=f"+{len(invoices) - 1}" if len(invoices) > 1 else "",
        href=task_address(record.project_id, record.kind, record.id),
    )


def task_address(project_id: int | str, kind: WorkKind, task_id: int | str) -> str:
    pattern = routes.PROJECT_ISSUE if kind is WorkKind.ISSUE else routes.PROJECT_TASK
    return routes.project_tab(pattern, project_id).replace("[task_id]", str(task_id))


def sums_text(sums: GroupSum, kind: WorkKind, locale: str) -> str:
    """`12 tasks · 40.00 h planned · 31.50 h logged`."""
    return joined(
        [
            t(locale, f"task.count.{kind.value}", n=sums.count, n_text=formats.number(sums.count, locale)),
            t(locale, "task.planned_hours", hours=formats.hours(sums.planned_seconds, locale))
            if sums.planned_seconds
            else "",
            t(locale, "task.logged_hours", hours=formats.hours(sums.logged_seconds, locale))
            if sums.logged_seconds
            else "",
        ]
    )


class WorkList(ListState, Watcher, Session):
    """The address says of which kind: `/projects/7/tasks` or `/projects/7/issues`."""

    rows: list[TaskRow] = []
    owners: list[dict[str, str]] = []
    lists: list[dict[str, str]] = []
    milestones: list[dict[str, str]] = []
    planned: str = ""
    logged: str = ""
    summary: str = ""
    own_rates: bool = False

    _asks: ClassVar[ListAsks] = task_listing.ASKS
    _topics: ClassVar = ("projects", "time", "invoices")

    @property
    def _kind(self) -> WorkKind:
        return WorkKind.ISSUE if "/issues" in self.router.url.path else WorkKind.TASK

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id, kind, locale = await in_project(self), self._kind, self._locale
        frame = await self.get_state(ProjectFrame)
        asked = self._list_query()
        query = replace(asked, filters={**asked.filters, "project": str(project_id)})
        found = await self._read(task_listing.page, kind, query)
        choices = await self._read(task_listing.choices, project_id)
        today = await self._today()
        nobody = [{"value": "none", "label": self._t("task.nobody")}]
        self.owners = [{"value": "me", "label": self._t("task.mine")}, *options(choices.owners), *nobody]
        self.lists = [*options(choices.lists), {"value": "none", "label": self._t("task.no_list")}]
        self.milestones = [
            *options(choices.milestones),
            {"value": "none", "label": self._t("task.no_milestone")},
        ]
        self.own_rates = kind is WorkKind.TASK and frame.method == "task_hours"
        rows = [task_row(record, today, frame.currency, locale) for record in found.rows]
        everything: GroupSum = found.totals["all"]
        self.planned = formats.hours(everything.planned_seconds, locale)
        self.logged = formats.hours(everything.logged_seconds, locale)
        self.summary = sums_text(everything, kind, locale)
        self._show(self._grouped(rows, found.rows, group_of(query), found.totals["groups"]), found)
        self.narrowed = bool(asked.search or any(asked.filter(name) for name in NARROWING))

    def _grouped(
        self,
        rows: list[TaskRow],
        records: list[TaskRecord],
        group: str,
        sums: dict[int | None, GroupSum],
    ) -> list[TaskRow]:
        if group == "none":
            return rows
        names = {"list": "list_name", "milestone": "milestone", "owner": "owner"}[group]
        without = {"list": "task.no_list", "milestone": "task.no_milestone", "owner": "task.nobody"}[group]
        before: object = object()
        shown = []
        for row, record in zip(rows, records, strict=True):
            key = group_key(record, group)
            if key != before:
                note = sums_text(sums[key], self._kind, self._locale) if key in sums else ""
                heading = getattr(record, names) or self._t(without)
                row = replace(row, heading=heading, heading_note=note)
            before = key
            shown.append(row)
        return shown

    async def _done(self, count: int, what: str):
        self.selected = []
        await self._changed("projects")
        self._say(self._t(what, n=count))
        return type(self).load

    @handler(Permission.PROJECTS_EDIT)
    async def set_state(self, state: str):
        if state not in set(WorkState):
            raise DomainError("common.error.unknown_choice")
        wanted = WorkState(state)
        count = await self._write(task_moves.set_state, self._id("project_id"), self._selected_ids(), wanted)
        return await self._done(count, f"task.done.{wanted.value}")

    @handler(Permission.PROJECTS_EDIT)
    async def set_archived(self, archived: bool):
        count = await self._write(
            task_moves.set_archived, self._id("project_id"), self._selected_ids(), bool(archived)
        )
        return await self._done(count, "task.done.archived" if archived else "task.done.restored")
