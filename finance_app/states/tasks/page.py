"""The page of one task or issue: what it is, its time, the invoices that billed it, what happened to it."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

from sqlmodel import Session as Database

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.work import next_occurrence
from finance_app.i18n import formats
from finance_app.models import AuditEvent, Task
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.audit.names import Names, names_of
from finance_app.services.listing import ListQuery
from finance_app.services.tasks import directory as tasks
from finance_app.services.tasks import listing as task_listing
from finance_app.services.tasks import moves as task_moves
from finance_app.services.tasks import progress as task_progress
from finance_app.services.tasks.listing import TaskRecord
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking.listing import TimeRecord
from finance_app.states.audit_words import changes_for
from finance_app.states.handlers import handler, on_load
from finance_app.states.history import EventRow, event_rows
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import ProjectFrame, in_project
from finance_app.states.session import Session
from finance_app.states.tasks.listing import task_row
from finance_app.states.time_tracking.listing import TimeRow, time_row

SHOWN_LOGS = 20


@dataclass(frozen=True)
class InvoiceLink:
    number: str
    href: str


@dataclass(frozen=True)
class Known:
    """What one reading of the database says of a task."""

    task: Task
    record: TaskRecord
    logs: list[TimeRecord]
    log_count: int
    events: list[AuditEvent]
    names: Names


def known(session: Database, actor: Actor, project_id: int, task_id: int) -> Known:
    task = tasks.get(session, actor, project_id, task_id)
    found = time_listing.page(
        session,
        actor,
        ListQuery(
            sort="day",
            descending=True,
            filters={"project": str(project_id), "task": str(task_id)},
            size=SHOWN_LOGS,
        ),
    )
    events = audit.history(session, "task", task_id, 60)
    return Known(
        task,
        task_listing.record(session, actor, project_id, task_id),
        found.rows,
        found.total,
        events,
        names_of(session, [("task", task_id, event) for event in events]),
    )


class TaskPage(Watcher, Session):
    task_id: int = 0
    kind: str = "task"
    number: str = ""
    name: str = ""
    state: str = ""
    archived: bool = False
    details: dict[str, str] = {}
    may_tell: bool = False
    percent: str = ""
    percent_key: int = 0
    over: bool = False
    late: bool = False
    billable: bool = True
    logs: list[TimeRow] = []
    log_count: int = 0
    of_others: bool = False
    logs_href: str = ""
    list_href: str = ""
    invoices: list[InvoiceLink] = []
    history: list[EventRow] = []

    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id, task_id, locale = await in_project(self), self._id("task_id"), self._locale
        frame = await self.get_state(ProjectFrame)
        found = await self._read(known, project_id, task_id)
        today = await self._today()
        task, record = found.task, found.record
        row = task_row(record, today, frame.currency, locale)
        self.task_id, self.kind = task_id, task.kind.value
        self.number, self.name, self.state = record.number, record.name, task.state.value
        self.archived, self.over, self.late = record.archived, row.over, row.late
        self.billable = record.billable
        once = "" if task.planned_seconds is None else formats.hours(task.planned_seconds, locale)
        self.may_tell = task_progress.may_tell(self._me, task)
        self.percent = str(task.percent_done)
        self.details = {
            "owner": record.owner,
            "list": record.list_name,
            "milestone": record.milestone,
            "percent": row.percent,
            "planned": row.planned,
            "logged": row.logged or formats.hours(0, locale),
            "rate": row.rate,
            "start": formats.day(task.start_date, locale) if task.start_date else "",
            "due": row.due,
            "description": task.description,
            "recurrence": self._t(
                "task.recurrence_text",
                what=self._t(f"task.recurrence.{task.recurrence.value}"),
                n=task.occurrences,
                hours=once or "0",
            )
            + self._next_day(task, today)
            if task.recurrence
            else "",
        }
        self.logs = [time_row(log, locale) for log in found.logs]
        self.log_count = found.log_count
        self.of_others = not found.log_count and record.logged_seconds > 0
        self.logs_href = routes.with_query(
            routes.project_tab(routes.PROJECT_TIME, project_id), {"task": str(task_id)}
        )
        issue = task.kind is WorkKind.ISSUE
        pattern = routes.PROJECT_ISSUES if issue else routes.PROJECT_TASKS
        self.list_href = routes.project_tab(pattern, project_id)
        self.invoices = [
            InvoiceLink(number or self._t("time.draft_invoice"), routes.invoice(invoice_id))
            for invoice_id, number in record.invoices
        ]
        zone = ZoneInfo(self._me.time_zone)
        changes = changes_for(self._me, found.names, locale, project_id)
        self.history = event_rows(found.events, "task.event.", frame.currency, locale, zone, changes)

    def _next_day(self, task: Task, today: date) -> str:
        if not task.recurrence or not task.start_date or task.state is not WorkState.OPEN:
            return ""
        day = next_occurrence(task.start_date, task.recurrence, task.occurrences, today)
        if not day:
            return self._t("task.no_next")
        return self._t("task.next_day", day=formats.day(day, self._locale))

    @handler(Permission.PROJECTS_VIEW)
    async def set_percent(self, typed: str):
        """The owner of the task says how far it is, too."""
        text = str(typed).strip()[:20]
        if text == self.percent:
            return None
        try:
            await self._write(task_progress.set_percent, self._id("project_id"), self._id("task_id"), text)
        finally:
            self.percent_key += 1
        await self._changed("projects")
        self._say(self._t("task.percent_saved"))
        return type(self).load

    @handler(Permission.PROJECTS_VIEW)
    async def set_state(self, state: str):
        if state not in set(WorkState):
            raise DomainError("common.error.unknown_choice")
        wanted = WorkState(state)
        await self._write(task_progress.set_state, self._id("project_id"), self._id("task_id"), wanted)
        await self._changed("projects")
        self._say(self._t(f"task.done.{wanted.value}", n=1))
        return type(self).load

    @handler(Permission.PROJECTS_EDIT)
    async def set_archived(self, archived: bool):
        await self._write(
            task_moves.set_archived, self._id("project_id"), [self._id("task_id")], bool(archived)
        )
        await self._changed("projects")
        self._say(self._t("task.done.archived" if archived else "task.done.restored", n=1))
        return type(self).load
