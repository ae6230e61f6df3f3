"""The people on a project, beside its dashboard, and the dialog that adds one or agrees another rate."""

from dataclasses import dataclass
from typing import Any, ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.projects import members as project_members
from finance_app.services.projects.members import MemberRecord
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.projects.rate_change import RateChange
from finance_app.states.session import Session

SHOWN = 100


@dataclass(frozen=True)
class MemberRow:
    """`share` is a whole percentage of the longest of the bars."""

    id: int
    name: str
    job_title: str
    joined: bool
    is_manager: bool
    hours: str
    share: int
    open_tasks: int
    rate: str
    agreed: bool
    href: str


def member_row(record: MemberRecord, most: int, project_id: int, currency: str, locale: str) -> MemberRow:
    time = routes.project_tab(routes.PROJECT_TIME, project_id)
    return MemberRow(
        id=record.user_id,
        name=record.name,
        job_title=record.job_title,
        joined=record.joined,
        is_manager=record.is_manager,
        hours="" if record.seconds is None else formats.hours(record.seconds, locale),
        share=100 * (record.seconds or 0) // most if most else 0,
        open_tasks=record.open_tasks,
        rate=""
        if record.rate is None
        else f"{formats.number(record.rate, locale, min_decimals=2)}\u00a0{currency}",
        agreed=record.own_rate is not None,
        href=routes.with_query(time, {"person": str(record.user_id)}),
    )


class ProjectMembers(RateChange, FormState, Watcher, Session):
    members: list[MemberRow] = []
    member_count: int = 0
    by_person: bool = False
    user_id: int = 0
    person: str = ""
    removing: bool = False

    _topics: ClassVar = ("projects", "time")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        self._leave_change()
        project_id = self._id("project_id")
        frame = await self.get_state(ProjectFrame)
        found = await self._read(project_members.members, project_id)
        most = max((record.seconds or 0 for record in found), default=0)
        self.by_person = frame.method == "staff_hours" and self._me.may(Permission.RATES_VIEW, project_id)
        self.member_count = len(found)
        self.members = [
            member_row(record, most, project_id, frame.currency, self._locale) for record in found[:SHOWN]
        ]

    @handler(Permission.PROJECTS_EDIT)
    async def open_new(self):
        self.user_id, self.person, self.removing = 0, "", False
        self._fill({"user_id": "", "user_id_label": "", "bill_rate": ""})
        self._open_form()

    @handler(Permission.RATES_EDIT)
    async def open_rate(self, user_id: int):
        value = await self._read(project_members.rate_value, self._id("project_id"), int(user_id))
        self.user_id, self.person, self.removing = int(user_id), self._name(int(user_id)), False
        self._fill({"bill_rate": value})
        self._open_form()

    def _name(self, user_id: int) -> str:
        return next((row.name for row in self.members if row.id == user_id), "")

    @handler(Permission.PROJECTS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        self.removing = False
        if self.user_id:
            return await self._set_rate(given)
        await self._write(project_members.add, self._id("project_id"), given)
        await self._changed("projects", "time")
        return [*self._saved(message="project.member.added"), type(self).load]

    @handler(Permission.PROJECTS_EDIT)
    async def remove(self, user_id: int):
        self.user_id, self.removing = int(user_id), True
        return await self._remove()

    @handler(Permission.PROJECTS_EDIT)
    async def confirm_rates(self):
        if self.removing:
            return await self._remove(confirmed=True)
        return await self._set_rate(self._asked, confirmed=True)

    async def _set_rate(self, given: dict[str, str], *, confirmed: bool = False) -> Any:
        project_id = self._id("project_id")
        done = await self._weigh(
            given, project_members.set_rate, project_id, self.user_id, given, confirmed=confirmed
        )
        if done is None:
            return None
        await self._changed("projects", "time")
        return [*self._saved_rates(done), type(self).load]

    async def _remove(self, *, confirmed: bool = False) -> Any:
        project_id = self._id("project_id")
        done = await self._weigh({}, project_members.remove, project_id, self.user_id, confirmed=confirmed)
        if done is None:
            return None
        await self._changed("projects", "time")
        return [*self._saved_rates(done), type(self).load]
