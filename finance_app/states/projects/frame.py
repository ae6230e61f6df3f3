"""What stands around every page of a project: its name, client, state, and what is done to it as a whole.

class ProjectBudget(Watcher, Session):
    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id = await in_project(self)
"""

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.services.budgeting import standing
from finance_app.services.projects import directory as projects
from finance_app.states.handlers import handler
from finance_app.states.session import Session, joined


class ProjectFrame(Session):
    """`health` is surplus, at_risk or overrun, and empty where the project has no budget."""

    project_id: str = ""
    name: str = ""
    context: str = ""
    client: str = ""
    client_href: str = ""
    currency: str = ""
    state: str = ""
    method: str = ""
    health: str = ""
    edit_href: str = ""
    bill_href: str = ""
    asked: str = ""

    async def _show(self, health: bool) -> int:
        project_id = self._id("project_id")
        project = await self._read(projects.get, project_id)
        client = await self._read(projects.client_name, project)
        self.project_id, self.name = str(project_id), project.name
        self.client, self.currency = client, project.currency
        opens_client = project.client_id and self._me.may(Permission.CLIENTS_VIEW)
        self.client_href = routes.client(project.client_id or 0) if opens_client else ""
        self.context = joined([client, project.code, project.currency])
        self.state = "archived" if project.archived_at is not None else project.state.value
        self.method = project.billing_method.value
        self.edit_href = routes.project_edit(project_id)
        self.bill_href = routes.bill_time(project_id=project_id) if project.client_id else ""
        if health:
            stand = await self._read(lambda session, _actor: standing.of_project(session, project))
            self.health = stand.health.value if stand and stand.health else ""
        self.asked = ""
        return project_id

    @handler(Permission.PROJECTS_EDIT)
    async def ask(self, what: str):
        """Open the confirmation of archive or delete, or close it with an empty text."""
        self.asked = what if what in ("archive", "delete") else ""

    @handler(Permission.PROJECTS_EDIT)
    async def close_question(self, is_open: bool):
        if not is_open:
            self.asked = ""

    @handler(Permission.PROJECTS_EDIT)
    async def archive(self):
        await self._write(projects.archive, [self._id("project_id")])
        await self._changed("projects")
        self._say(self._t("project.archived", name=self.name))
        return self._reload()

    @handler(Permission.PROJECTS_EDIT)
    async def restore(self):
        await self._write(projects.restore, [self._id("project_id")])
        await self._changed("projects")
        self._say(self._t("project.restored", name=self.name))
        return self._reload()

    @handler(Permission.PROJECTS_EDIT)
    async def delete(self):
        await self._write(projects.delete, self._id("project_id"))
        await self._changed("projects")
        self._say(self._t("project.deleted", name=self.name))
        return rx.redirect(routes.PROJECTS)


async def in_project(page: Session, *, health: bool = True) -> int:
    """Fill the frame around a page of a project, in its `load`; the id of the project. Raises NotFound.

    Without `health` the page itself fills in how the budget stands.
    """
    frame = await page.get_state(ProjectFrame)
    return await frame._show(health)
