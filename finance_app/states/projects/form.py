"""The form of a project: a new one, and the change of one, with its budget."""

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services import rates
from finance_app.services.budgeting.overview import spent_beyond
from finance_app.services.projects import form as project_form
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.projects.rate_change import RateChange
from finance_app.states.session import Session

CHOICES = ("billing_method", "budget_type", "budget_scope", "cost_tracking", "rounding_mode")
"""What the fields shown and the explanations depend on."""


class ProjectForm(RateChange, FormState, Session):
    """The page that creates a project, and the one that changes it."""

    heading: str = ""
    chosen: dict[str, str] = {}
    base_currency: str = ""
    is_billed: bool = False
    spent_hours: str = ""
    spent_cost: str = ""
    cancel_href: str = routes.PROJECTS

    @on_load(Permission.PROJECTS_EDIT)
    async def load_new(self):
        await self._start({**await self._read(project_form.form_values, None), "currency": ""})
        self.heading, self.cancel_href = "", routes.PROJECTS
        self.is_billed, self.spent_hours, self.spent_cost = False, "", ""

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id = self._id("project_id")
        await self._start(await self._read(project_form.form_values, project_id))
        self.heading, self.cancel_href = self.values["name"], routes.project(project_id)
        now = await self._read(project_form.figures_to_now, project_id)
        self.is_billed = now.is_billed
        self.spent_hours = self._t("budget.hours", hours=formats.hours(now.seconds, self._locale))
        cost = now.cost_minor
        self.spent_cost = "" if cost is None else formats.money(cost, self.base_currency, self._locale)

    async def _start(self, values: dict[str, str]) -> None:
        self._leave_change()
        self._fill({"client_id": "", "client_id_label": "", **values})
        self.chosen = {name: values.get(name, "") for name in CHOICES}
        self.base_currency = await self._read(lambda session, _actor: rates.base_currency(session))

    @handler(Permission.PROJECTS_VIEW)
    async def choose(self, name: str, value: str):
        """What was chosen in one of the CHOICES, so that the form shows what goes with it."""
        if name in CHOICES:
            self.chosen = {**self.chosen, str(name): str(value)[:20]}

    @handler(Permission.PROJECTS_EDIT)
    async def create(self, data: dict):
        project = await self._write(project_form.create, texts(data))
        await self._changed("projects")
        self._say(self._t("project.created", name=project.name))
        return rx.redirect(routes.project(project.id or 0))

    @handler(Permission.PROJECTS_VIEW)
    async def save(self, data: dict):
        return await self._save(texts(data))

    @handler(Permission.PROJECTS_VIEW)
    async def confirm_rates(self):
        return await self._save(self._asked, confirmed=True)

    async def _save(self, given: dict[str, str], *, confirmed: bool = False):
        project_id, version = self._id("project_id"), given.get("version", "")
        if not version.isdigit():
            raise DomainError("common.error.changed_meanwhile")
        done = await self._weigh(
            given, project_form.update, project_id, given, int(version), confirmed=confirmed
        )
        if done is None:
            return None
        await self._changed("projects", "time")
        answer = self._saved_rates(done, routes.project(project_id))
        if (percent := await self._read(spent_beyond, project_id)) is not None:
            self._say(
                self._t("budget.saved_below", percent=formats.percent(percent, self._locale)), kind="warning"
            )
        return answer
