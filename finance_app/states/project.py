"""Projects: the list, one of them, and the form."""

from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services import projects
from finance_app.services.listing import ListAsks
from finance_app.services.projects import ProjectRecord
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.project_frame import in_project
from finance_app.states.rate_change import RateChange
from finance_app.states.session import Session, joined


@dataclass(frozen=True)
class ProjectRow:
    id: int
    name: str
    client: str
    method: str
    state: str
    hours: str
    unbilled: str
    last_day: str
    href: str


def project_row(record: ProjectRecord, locale: str) -> ProjectRow:
    unbilled, last = record.unbilled_minor, record.last_day
    return ProjectRow(
        id=record.id,
        name=record.name,
        client=record.client,
        method=record.method.value,
        state="archived" if record.archived else record.state.value,
        hours=formats.hours(record.seconds, locale),
        unbilled="" if unbilled is None else formats.money(unbilled, record.currency, locale),
        last_day=formats.day(last, locale) if last else "",
        href=routes.project(record.id),
    )


class ProjectList(ListState, Watcher, Session):
    rows: list[ProjectRow] = []

    _asks: ClassVar[ListAsks] = projects.ASKS
    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        found = await self._read(projects.page, self._list_query())
        self._show([project_row(record, self._locale) for record in found.rows], found)

    @handler(Permission.PROJECTS_EDIT)
    async def archive_selected(self):
        count = await self._write(projects.archive, self._selected_ids())
        self.selected = []
        await self._changed("projects")
        self._say(self._t("project.archive.bulk_done", n=count))
        return type(self).load


class ProjectPage(Watcher, Session):
    """The dashboard of a project."""

    hours: str = ""
    unbilled: str = ""
    last_day: str = ""
    description: str = ""
    dates: str = ""

    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id = await in_project(self)
        record = await self._read(projects.figures, project_id)
        project = await self._read(projects.get, project_id)
        row = project_row(record, self._locale)
        self.hours, self.unbilled, self.last_day = row.hours, row.unbilled, row.last_day
        self.description = project.description
        self.dates = joined(
            [formats.day(day, self._locale) for day in (project.start_date, project.end_date) if day], " – "
        )


class ProjectForm(RateChange, FormState, Session):
    """The page that creates a project, and the one that changes it."""

    heading: str = ""
    method: str = ""
    cancel_href: str = routes.PROJECTS

    @on_load(Permission.PROJECTS_EDIT)
    async def load_new(self):
        self._start({**await self._read(projects.form_values, None), "currency": ""})
        self.heading, self.cancel_href = "", routes.PROJECTS

    @on_load(Permission.PROJECTS_EDIT)
    async def load(self):
        project_id = self._id("project_id")
        self._start(await self._read(projects.form_values, project_id))
        self.heading, self.cancel_href = self.values["name"], routes.project(project_id)

    def _start(self, values: dict[str, str]) -> None:
        self._fill({"client_id": "", "client_id_label": "", **values})
        self.method = values["billing_method"]

    @handler(Permission.PROJECTS_EDIT)
    async def choose_method(self, method: str):
        self.method = str(method)[:20]

    @handler(Permission.PROJECTS_EDIT)
    async def create(self, data: dict):
        project = await self._write(projects.create, texts(data))
        await self._changed("projects")
        self._say(self._t("project.created", name=project.name))
        return rx.redirect(routes.project(project.id or 0))

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        return await self._save(texts(data))

    @handler(Permission.PROJECTS_EDIT)
    async def confirm_rates(self):
        return await self._save(self._asked, confirmed=True)

    async def _save(self, given: dict[str, str], *, confirmed: bool = False):
        project_id, version = self._id("project_id"), given.get("version", "")
        if not version.isdigit():
            raise DomainError("common.error.changed_meanwhile")
        done = await self._weigh(given, projects.update, project_id, given, int(version), confirmed=confirmed)
        if done is None:
            return None
        await self._changed("projects", "time")
        return self._saved_rates(done, routes.project(project_id))
