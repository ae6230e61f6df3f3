"""The dialogs of tasks and issues that several pages share: the form, the move, the deletion."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models.kinds import WorkKind
from finance_app.services import rates
from finance_app.services.tasks import directory as tasks
from finance_app.services.tasks import moves as task_moves
from finance_app.services.tasks.moves import Moved
from finance_app.states.form import FormState, beside, texts
from finance_app.states.handlers import handler
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.projects.rate_change import RateChange
from finance_app.states.session import Session
from finance_app.states.tasks.listing import WorkList, task_address


def chosen_id(text: str, field: str) -> int | None:
    """The number that a selector sent, or None where nothing is chosen."""
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise DomainError("common.error.unknown_choice", field=field)
    return int(text) if text else None


class TaskForm(RateChange, FormState, Session):
    """A new task or issue, or the change of one. The page below loads anew by its watcher."""

    task_id: int = 0
    kind: str = WorkKind.TASK.value
    recurs: bool = False
    own_rates: bool = False

    @handler(Permission.PROJECTS_EDIT)
    async def open_new(self, kind: str):
        project_id = self._id("project_id")
        chosen = self._query.get("list", "")
        values = await self._read(tasks.new_values, project_id, chosen if chosen.isdecimal() else "")
        self.kind = kind if kind in set(WorkKind) else WorkKind.TASK.value
        await self._begin(0, values)

    @handler(Permission.PROJECTS_EDIT)
    async def open_task(self, task_id: int):
        project_id = self._id("project_id")
        task = await self._read(tasks.get, project_id, int(task_id))
        self.kind = task.kind.value
        await self._begin(int(task_id), await self._read(tasks.form_values, project_id, int(task_id)))

    async def _begin(self, task_id: int, values: dict[str, str]) -> None:
        frame = await self.get_state(ProjectFrame)
        self.task_id = task_id
        self.recurs = values["recurrence"] != ""
        self.own_rates = self.kind == WorkKind.TASK.value and frame.method == "task_hours"
        self._fill(values)
        self._open_form()

    @handler(Permission.PROJECTS_EDIT)
    async def choose_recurrence(self, recurrence: str):
        self.recurs = bool(recurrence)

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        given["billable"] = "on" if given.get("billable") else ""
        if self.task_id:
            return await self._save(given)
        task = await self._write(tasks.create, self._id("project_id"), WorkKind(self.kind), given)
        await self._changed("projects")
        self._saved()
        self._say(self._t("task.created", number=task.number or "", name=task.name))
        return None

    @handler(Permission.PROJECTS_EDIT)
    async def confirm_rates(self):
        return await self._save(self._asked, confirmed=True)

    async def _save(self, given: dict[str, str], *, confirmed: bool = False) -> Any:
        version = given.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise DomainError("common.error.changed_meanwhile")
        project_id = self._id("project_id")
        done = await self._weigh(
            given, tasks.update, project_id, self.task_id, given, int(version), confirmed=confirmed
        )
        if done is None:
            return None
        await self._changed("projects", "time")
        return self._saved_rates(done)


class MoveForm(FormState, Session):
    """Where ticked tasks go: to a list, a milestone, or with their time to another project."""

    what: str = "list"
    ids: list[int] = []
    project_id: str = ""
    effect: list[str] = []
    refused: str = ""
    from_page: bool = False

    @handler(Permission.PROJECTS_EDIT)
    async def ask_selected(self, what: str):
        listed = await self.get_state(WorkList)
        self._begin(what, listed._selected_ids())
        self.from_page = False

    @handler(Permission.PROJECTS_EDIT)
    async def ask_task(self, what: str, task_id: int):
        self._begin(what, [int(task_id)])
        self.from_page = True

    def _begin(self, what: str, ids: list[int]) -> None:
        self.what = what if what in ("list", "milestone", "project") else "list"
        self.ids = ids
        self.project_id = str(self._id("project_id"))
        self.effect, self.refused = [], ""
        self._fill({"target": "", "target_label": ""})
        self._open_form(bool(ids))

    @handler(Permission.PROJECTS_EDIT)
    async def look(self, target: str, _label: str):
        """Tell what a move to this project would do to time and rates."""
        self.effect, self.refused = [], ""
        target_id = chosen_id(str(target), "target")
        if self.what != "project" or target_id is None:
            return
        project_id = self._id("project_id")

        def tried(session: Any, me: Any) -> Moved:
            return rates.tried(
                session,
                lambda: task_moves.move_to_project(session, me, project_id, self.ids, target_id),
            )

        try:
            self.effect = self._told(await self._write(tried))
        except DomainError as refusal:
            params = {name: value for name, value in refusal.params.items() if name != "field"}
            self.refused = self._t(refusal.code, **params)

    def _told(self, moved: Moved) -> list[str]:
        locale = self._locale
        lines = [self._t("task.move.list_falls")]
        if moved.logs:
            count = formats.number(moved.logs, locale)
            hours = formats.hours(moved.seconds, locale)
            lines.append(self._t("task.move.time_goes", n=moved.logs, n_text=count, hours=hours))
            if self._me.may(Permission.RATES_VIEW):
                lines.append(
                    self._t(
                        "task.move.amount",
                        before=formats.money(moved.before_minor, moved.before_currency, locale),
                        after=formats.money(moved.after_minor, moved.after_currency, locale),
                    )
                )
        if moved.unpriced_seconds:
            lines.append(self._t("task.move.unpriced", hours=formats.hours(moved.unpriced_seconds, locale)))
        if moved.rates_dropped:
            lines.append(self._t("task.move.rates_dropped", n=moved.rates_dropped))
        return lines

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        project_id, given = self._id("project_id"), texts(data)
        target = chosen_id(given.get("target", ""), "target")
        if self.what == "project":
            return await self._to_project(project_id, target)
        work = task_moves.set_list if self.what == "list" else task_moves.set_milestone
        with beside("target"):
            count = await self._write(work, project_id, self.ids, target)
        (await self.get_state(WorkList)).selected = []
        await self._changed("projects")
        self._saved()
        self._say(self._t("task.done.moved", n=count))
        return None

    async def _to_project(self, project_id: int, target: int | None):
        if target is None:
            raise DomainError("task.error.choose_project", field="target")
        with beside("target"):
            moved = await self._write(task_moves.move_to_project, project_id, self.ids, target)
        (await self.get_state(WorkList)).selected = []
        await self._changed("projects", "time")
        self._saved()
        self._say(self._t("task.done.moved", n=moved.tasks))
        if not self.from_page:
            return None
        issue = "/issues" in self.router.url.path
        kind = WorkKind.ISSUE if issue else WorkKind.TASK
        return rx.redirect(task_address(target, kind, self.ids[0]))


class DeleteForm(FormState, Session):
    """The deletion of a task: at once where nothing hangs on it, else the ways that are left."""

    task_id: int = 0
    project_id: str = ""
    name: str = ""
    logs: int = 0
    hours: str = ""
    billed: bool = False

    @handler(Permission.PROJECTS_EDIT)
    async def ask(self, task_id: int):
        project_id = self._id("project_id")
        task = await self._read(tasks.get, project_id, int(task_id))
        load = await self._read(task_moves.load_of, project_id, [int(task_id)])
        self.task_id, self.project_id, self.name = int(task_id), str(project_id), task.name
        self.logs, self.hours = load.logs, formats.hours(load.seconds, self._locale)
        self.billed = not load.movable
        self._fill({"time_to": "", "time_to_label": ""})
        self._open_form()

    @handler(Permission.PROJECTS_EDIT)
    async def archive(self):
        """The way that loses nothing."""
        await self._write(task_moves.set_archived, self._id("project_id"), [self.task_id], True)
        await self._changed("projects")
        self._saved()
        self._say(self._t("task.done.archived", n=1))

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        project_id, given = self._id("project_id"), texts(data)
        target = chosen_id(given.get("time_to", ""), "time_to")
        if self.logs and target is None:
            raise DomainError("task.error.choose_task", field="time_to")
        with beside("time_to"):
            await self._write(task_moves.delete, project_id, self.task_id, time_to=target)
        await self._changed("projects", "time")
        self._saved()
        self._say(self._t("task.deleted", name=self.name))
        issue = "/issues" in self.router.url.path
        pattern = routes.PROJECT_ISSUES if issue else routes.PROJECT_TASKS
        return rx.redirect(routes.project_tab(pattern, project_id))
