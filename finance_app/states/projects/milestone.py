"""Milestones of a project: the list, one of them with its tasks, and the dialog that adds or changes one."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

import reflex as rx
from sqlmodel import Session as Database

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import AuditEvent
from finance_app.models.kinds import WorkKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.audit.names import Names, names_of
from finance_app.services.listing import ListAsks, ListQuery
from finance_app.services.projects import milestones
from finance_app.services.projects.milestones import MilestoneRecord
from finance_app.services.tasks import listing as task_listing
from finance_app.states.audit_words import changes_for
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.history import EventRow, event_rows
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import ProjectFrame, in_project
from finance_app.states.session import Session, joined
from finance_app.states.tasks.listing import TaskRow, task_row

SHOWN_TASKS = 20


@dataclass(frozen=True)
class MilestoneRow:
    """`done` is a whole percentage for the bar: closed tasks of all."""

    id: int
    name: str
    dates: str
    due: str
    late: bool
    state: str
    open_tasks: int
    all_tasks: int
    done: int
    planned: str
    logged: str
    over: bool
    billed: str
    amount: str
    invoiced: str
    href: str


def milestone_row(record: MilestoneRecord, today: date, currency: str, locale: str) -> MilestoneRow:
    def money(minor: int | None) -> str:
        return "" if minor is None else formats.money(minor, currency, locale)

    days = [formats.day(day, locale) for day in (record.start_date, record.due_date) if day]
    closed_tasks = record.all_tasks - record.open_tasks
    return MilestoneRow(
        id=record.id,
        name=record.name,
        dates=joined(days, " – "),
        due=formats.day(record.due_date, locale) if record.due_date else "",
        late=not record.closed and record.due_date is not None and record.due_date < today,
        state="closed" if record.closed else "open",
        open_tasks=record.open_tasks,
        all_tasks=record.all_tasks,
        done=100 * closed_tasks // record.all_tasks if record.all_tasks else 0,
        planned=formats.hours(record.planned_seconds, locale),
        logged=formats.hours(record.logged_seconds, locale),
        over=record.logged_seconds > record.planned_seconds > 0,
        billed=formats.hours(record.billed_seconds, locale),
        amount=money(record.amount_minor),
        invoiced=money(record.invoiced_minor),
        href=milestone_address(record.project_id, record.id),
    )


def milestone_address(project_id: int | str, milestone_id: int | str) -> str:
    pattern = routes.project_tab(routes.PROJECT_MILESTONE, project_id)
    return pattern.replace("[milestone_id]", str(milestone_id))


class MilestoneList(ListState, Watcher, Session):
    rows: list[MilestoneRow] = []

    _asks: ClassVar[ListAsks] = milestones.ASKS
    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id, asked = await in_project(self), self._list_query()
        currency = (await self.get_state(ProjectFrame)).currency
        query = replace(asked, filters={**asked.filters, "project": str(project_id)})
        found = await self._read(milestones.page, query)
        today = await self._today()
        self._show([milestone_row(row, today, currency, self._locale) for row in found.rows], found)
        self.narrowed = bool(asked.search or asked.filter("state"))

    @handler(Permission.PROJECTS_EDIT)
    async def shift(self, milestone_id: int, down: bool):
        await self._write(milestones.shift, self._id("project_id"), int(milestone_id), bool(down))
        await self._changed("projects")
        return type(self).load


def _history(database: Database, _actor: Actor, milestone_id: int) -> tuple[list[AuditEvent], Names]:
    events = audit.history(database, "milestone", milestone_id, 40)
    return events, names_of(database, [("milestone", milestone_id, event) for event in events])


class MilestonePage(Watcher, Session):
    row: MilestoneRow = MilestoneRow(0, "", "", "", False, "open", 0, 0, 0, "", "", False, "", "", "", "")
    description: str = ""
    tasks: list[TaskRow] = []
    task_count: int = 0
    tasks_href: str = ""
    list_href: str = ""
    history: list[EventRow] = []

    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id, milestone_id = await in_project(self), self._id("milestone_id")
        locale, currency = self._locale, (await self.get_state(ProjectFrame)).currency
        record = await self._read(milestones.record, project_id, milestone_id)
        today = await self._today()
        self.row = milestone_row(record, today, currency, locale)
        self.description = (await self._read(milestones.get, project_id, milestone_id)).description
        filters = {"project": str(project_id), "milestone": str(milestone_id), "group": "list"}
        query = ListQuery(sort="number", filters=filters, size=SHOWN_TASKS)
        found = await self._read(task_listing.page, WorkKind.TASK, query)
        self.tasks = [task_row(task, today, currency, locale) for task in found.rows]
        self.task_count = found.total
        self.tasks_href = routes.with_query(
            routes.project_tab(routes.PROJECT_TASKS, project_id), {"milestone": str(milestone_id)}
        )
        self.list_href = routes.project_tab(routes.PROJECT_MILESTONES, project_id)
        events, names = await self._read(_history, milestone_id)
        zone = ZoneInfo(self._me.time_zone)
        changes = changes_for(self._me, names, locale, project_id)
        self.history = event_rows(events, "milestone.event.", currency, locale, zone, changes)

    @handler(Permission.PROJECTS_EDIT)
    async def set_closed(self, closed: bool):
        await self._write(
            milestones.set_closed, self._id("project_id"), self._id("milestone_id"), bool(closed)
        )
        await self._changed("projects")
        self._say(self._t("milestone.closed" if closed else "milestone.reopened", name=self.row.name))
        return type(self).load

    @handler(Permission.PROJECTS_EDIT)
    async def delete(self):
        project_id = self._id("project_id")
        await self._write(milestones.delete, project_id, self._id("milestone_id"))
        await self._changed("projects")
        self._say(self._t("milestone.deleted", name=self.row.name))
        return rx.redirect(routes.project_tab(routes.PROJECT_MILESTONES, project_id))


class MilestoneForm(FormState, Session):
    """A new milestone, or the change of one. The page below loads anew by its watcher."""

    milestone_id: int = 0

    @handler(Permission.PROJECTS_EDIT)
    async def open_milestone(self, milestone_id: int):
        """Open the dialog for a milestone, or with 0 for a new one."""
        project_id = self._id("project_id")
        self._fill(await self._read(milestones.form_values, project_id, int(milestone_id) or None))
        self.milestone_id = int(milestone_id)
        self._open_form()

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        version = given.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise DomainError("common.error.changed_meanwhile")
        await self._write(
            milestones.save, self._id("project_id"), self.milestone_id or None, given, int(version)
        )
        await self._changed("projects")
        return self._saved()
