"""The dialogs of time that several pages share: one log, and the note of a refusal."""

import secrets
from collections.abc import Sequence

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove
from finance_app.services.time_tracking import approvals
from finance_app.services.time_tracking import logs as time_logs
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler
from finance_app.states.session import Session
from finance_app.states.time_tracking.words import told


class LogForm(FormState, Session):
    """A new time log, or the change of one; the page below loads anew by its watcher."""

    log_id: int = 0
    project_id: str = ""
    new_task: str = ""

    @handler(Permission.TIME_EDIT)
    async def open_new(self):
        self._begin(0, await self._read(time_logs.new_values))

    @handler(Permission.TIME_EDIT)
    async def open_on(self, project_id: str, task_id: str):
        """A new log on this project, and where given on this task."""
        self._begin(0, await self._read(time_logs.new_values_on, str(project_id), str(task_id)))

    @handler(Permission.TIME_EDIT)
    async def open_log(self, log_id: int):
        await self._read(time_logs.editable, int(log_id))
        self._begin(int(log_id), await self._read(time_logs.form_values, int(log_id)))

    def _begin(self, log_id: int, values: dict[str, str]) -> None:
        self.log_id, self.project_id, self.new_task = log_id, values.get("project_id", ""), ""
        self._fill({**values, "request": secrets.token_hex(16)})
        self._open_form()

    @handler(Permission.TIME_EDIT)
    async def choose_project(self, project_id: str, label: str):
        """Tasks are those of the project, so the choice of a task ends with another project."""
        self.project_id, self.new_task = str(project_id), ""
        self.values = {
            **self.values,
            "project_id": str(project_id),
            "project_id_label": str(label),
            "task_id": "",
            "task_id_label": "",
        }

    @handler(Permission.TIME_EDIT)
    async def choose_task(self, _task_id: str, _label: str):
        self.new_task = ""

    @handler(Permission.TIME_EDIT)
    async def name_task(self, name: str):
        """The log goes to a task that is made together with it."""
        self.new_task = str(name)[: time_logs.TASK_NAME_LENGTH]
        self.values = {**self.values, "task_id": "", "task_id_label": ""}

    @handler(Permission.TIME_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        given["billable"] = "on" if given.get("billable") else ""
        if self.new_task and not given.get("task_id"):
            given["task_name"] = self.new_task
        if self.log_id:
            version = given.get("version", "")
            if not (version.isascii() and version.isdigit() and len(version) < 10):
                raise DomainError("common.error.changed_meanwhile")
            await self._write(time_logs.change, self.log_id, given, int(version))
        else:
            await self._write(time_logs.create, given, given.get("request", ""))
        await self._changed("time")
        return self._saved(message="time.saved")


class RejectForm(FormState, Session):
    """The note without which nobody rejects time."""

    ids: list[int] = []

    def _ask(self, log_ids: Sequence[int]) -> None:
        self.ids = list(log_ids)
        self._fill({"note": ""})
        self._open_form(bool(self.ids))

    @handler(Permission.TIME_APPROVE)
    async def save(self, data: dict):
        note = texts(data).get("note", "")
        outcome = await self._write(approvals.move, self.ids, ApprovalMove.REJECT, note)
        await self._changed("time")
        self.form_open, self.errors = False, {}
        text, detail = told(outcome, ApprovalMove.REJECT, self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
