"""The dialog in which the task lists of a project are added, named, ordered, archived and deleted."""

from dataclasses import dataclass

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.services.tasks import lists as task_lists
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler
from finance_app.states.session import Session


@dataclass(frozen=True)
class ListRow:
    id: int
    name: str
    milestone: str
    tasks: int
    archived: bool


class TaskLists(FormState, Session):
    """`open` shows the lists; the form stands below them, for a new list or for the one being changed."""

    open: bool = False
    rows: list[ListRow] = []
    list_id: int = 0
    project_id: str = ""
    deleting: int = 0

    @handler(Permission.PROJECTS_EDIT)
    async def show(self):
        self.project_id = str(self._id("project_id"))
        await self._read_rows()
        await self._edit(0)
        self.open = True

    @handler(Permission.PROJECTS_EDIT)
    async def set_open(self, is_open: bool):
        self.open = bool(is_open)

    async def _read_rows(self) -> None:
        found = await self._read(task_lists.all_of, self._id("project_id"))
        self.rows = [ListRow(row.id, row.name, row.milestone, row.tasks, row.archived) for row in found]
        self.deleting = 0

    async def _edit(self, list_id: int) -> None:
        self.list_id = list_id
        self._fill(await self._read(task_lists.form_values, self._id("project_id"), list_id or None))

    @handler(Permission.PROJECTS_EDIT)
    async def edit(self, list_id: int):
        """Put a list into the form; 0 empties it for a new one."""
        await self._edit(int(list_id))

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        version = given.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise DomainError("common.error.changed_meanwhile")
        await self._write(task_lists.save, self._id("project_id"), self.list_id or None, given, int(version))
        await self._after()
        await self._edit(0)

    async def _after(self) -> None:
        await self._read_rows()
        await self._changed("projects")

    @handler(Permission.PROJECTS_EDIT)
    async def shift(self, list_id: int, down: bool):
        await self._write(task_lists.shift, self._id("project_id"), int(list_id), bool(down))
        await self._after()

    @handler(Permission.PROJECTS_EDIT)
    async def set_archived(self, list_id: int, archived: bool):
        count = await self._write(
            task_lists.set_archived, self._id("project_id"), int(list_id), bool(archived)
        )
        await self._after()
        self._say(self._t("task.done.archived" if archived else "task.done.restored", n=count))

    @handler(Permission.PROJECTS_EDIT)
    async def ask_delete(self, list_id: int):
        """Ask in the row itself; 0 takes the question back."""
        self.deleting = int(list_id)

    @handler(Permission.PROJECTS_EDIT)
    async def delete(self, list_id: int):
        await self._write(task_lists.delete, self._id("project_id"), int(list_id))
        await self._after()
        await self._edit(0)
