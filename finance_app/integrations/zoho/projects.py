"""Zoho Projects (V3) as a source: portals, people, projects, phases, task lists, tasks, issues, time logs."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field

from finance_app.integrations.zoho.caller import Caller
from finance_app.integrations.zoho.centres import Centre
from finance_app.integrations.zoho.errors import Cause, ZohoError
from finance_app.integrations.zoho.oauth import Credentials
from finance_app.integrations.zoho.pacing import Pacer
from finance_app.integrations.zoho.records import Day, Record, Text

PER_PAGE = 100
PAYING_PLANS = ("express", "premium", "enterprise", "ultimate", "projectsplus")


def _seconds(value: Any) -> int:
    """Of `H:MM`, or of hours as a number."""
    hours, colon, minutes = str(value or "0").partition(":")
    if colon:
        return int(hours or 0) * 3600 + int(minutes or 0) * 60
    return int(Decimal(hours) * 3600)


def _ref(value: Any) -> Any:
    return value if isinstance(value, dict) else {"id": value or ""}


def _status(value: Any) -> Any:
    """V3 says a status as an object; lists of projects have had it as a word."""
    if isinstance(value, dict):
        return value
    word = str(value or "")
    return {"name": word, "is_closed_type": word.lower() in ("closed", "completed", "archived")}


def _percent(value: Any) -> int:
    return min(max(int(Decimal(str(value or 0))), 0), 100)


class Ref(Record):
    """Another record by its id. People are known by their `zpuid` in a portal."""

    id: Text = Field("", validation_alias=AliasChoices("zpuid", "id"))
    name: Text = Field("", validation_alias=AliasChoices("full_name", "display_name", "name"))
    email: Text = ""
    type: Text = ""


class Status(Record):
    name: Text = ""
    is_closed_type: bool = False


Reference = Annotated[Ref, BeforeValidator(_ref)]
StatusOf = Annotated[Status, BeforeValidator(_status)]
Percent = Annotated[int, BeforeValidator(_percent)]
Seconds = Annotated[int, BeforeValidator(_seconds)]


class Portal(Record):
    id: Text
    name: Text = ""
    plan: Text = ""
    role: Text = ""

    @property
    def may_connect(self) -> bool:
        """The native product connects portals of the plans Express, Premium and Enterprise only."""
        return self.plan.lower().replace(" ", "") in PAYING_PLANS


class Person(Record):
    id: Text = Field(validation_alias=AliasChoices("zpuid", "id"))
    name: Text = Field("", validation_alias=AliasChoices("full_name", "display_name", "name"))
    email: Text = ""
    status: Text = ""


class Project(Record):
    id: Text
    name: Text = ""
    status: StatusOf = Status()
    description: Text = ""
    currency_code: Text = ""
    billing_method: Text = ""
    client: Reference = Ref()
    owner: Reference = Ref()
    start_date: Day = None
    end_date: Day = None
    last_modified_time: Text = ""


class Phase(Record):
    id: Text
    name: Text = ""
    status: StatusOf = Status()
    start_date: Day = None
    end_date: Day = None


class TaskList(Record):
    id: Text
    name: Text = ""
    milestone: Reference = Ref()


class Work(Record):
    """The people of a task, and the hours that it should take."""

    owners: tuple[Reference, ...] = ()
    total_work: Seconds = 0


class Task(Record):
    id: Text
    name: Text = ""
    prefix: Text = ""
    description: Text = ""
    tasklist: Reference = Ref()
    milestone: Reference = Ref()
    status: StatusOf = Status()
    percent_complete: Percent = Field(
        0, validation_alias=AliasChoices("completion_percentage", "percent_complete")
    )
    completed: bool = Field(False, validation_alias=AliasChoices("is_completed", "completed"))
    priority: Text = ""
    billing_type: Text = ""
    work: Work = Field(Work(), validation_alias="owners_and_work")
    start_date: Day = None
    end_date: Day = None
    last_modified_time: Text = ""


class Issue(Record):
    id: Text
    title: Text = Field("", validation_alias=AliasChoices("name", "title"))
    prefix: Text = ""
    description: Text = ""
    status: StatusOf = Status()
    assignee: Reference = Ref()
    milestone: Reference = Ref()
    due_date: Day = None
    last_modified_time: Text = ""


class Approval(Record):
    status: Text = ""


class Log(Record):
    id: Text
    day: Day = Field(None, alias="date")
    seconds: Seconds = Field(0, validation_alias=AliasChoices("log_hour", "hours"))
    owner: Reference = Ref()
    module: Reference = Field(Ref(), validation_alias="module_detail")
    bill_status: Text = Field("", validation_alias=AliasChoices("billing_status", "bill_status"))
    approval: Approval = Approval()
    notes: Text = ""
    last_modified_time: Text = Field(
        "", validation_alias=AliasChoices("last_updated_time", "last_modified_time")
    )


R = TypeVar("R", bound=Record)
Raw = dict[str, Any]
UNREADABLE = (ValueError, ArithmeticError)
"""What reading a record raises that Zoho gives in another form than it says."""
PARTS = ("phases", "tasklists", "tasks", "issues")
LOG_KINDS = ("task", "issue", "general")


def name_of(raw: Raw) -> str:
    """What a record that cannot be read is called."""
    names = ("name", "full_name", "display_name", "title", "date", "zpuid", "id")
    return next((str(raw[name])[:100] for name in names if raw.get(name)), "?")


def _raws(rows: Any) -> list[Raw]:
    """Records as they come; what is none is kept as the name of one that cannot be read."""
    return [each if isinstance(each, dict) else {"name": str(each)} for each in rows or ()]


class Projects:
    """A portal of Zoho Projects, read only. `unread` names what could not be read of a list of records."""

    def __init__(self, call: Caller, portal: str = ""):
        self.call, self._root = call, f"/portal/{portal}"
        self.unread: list[str] = []

    @classmethod
    def of(
        cls, centre: Centre, portal: str, credentials: Credentials, pacer: Pacer, http: Any, **more: Any
    ) -> "Projects":
        return cls(Caller(http, f"{centre.projects}/api/v3", credentials, pacer, **more), portal)

    async def portals(self) -> list[Portal]:
        answer = await self.call("GET", "/portals")
        return list(self._read(Portal, _raws(answer.get("list") or answer.get("portals"))))

    def people(self) -> AsyncIterator[Person]:
        return self._every(f"{self._root}/users", "users", Person)

    def projects(self, **query: Any) -> AsyncIterator[Project]:
        return self._every(f"{self._root}/projects", "projects", Project, **query)

    def phases(self, project: str) -> AsyncIterator[Phase]:
        return self._every(f"{self._root}/projects/{project}/phases", "phases", Phase)

    def task_lists(self, project: str) -> AsyncIterator[TaskList]:
        return self._every(f"{self._root}/projects/{project}/tasklists", "tasklists", TaskList)

    def tasks(self, project: str, **query: Any) -> AsyncIterator[Task]:
        return self._every(f"{self._root}/projects/{project}/tasks", "tasks", Task, **query)

    def issues(self, project: str, **query: Any) -> AsyncIterator[Issue]:
        return self._every(f"{self._root}/projects/{project}/issues", "issues", Issue, **query)

    async def user_rows(self, page: int) -> tuple[list[Raw], bool]:
        """A page of the people, as it comes, and whether another one follows."""
        return await self._page(f"{self._root}/users", "users", page)

    async def project_rows(self, page: int) -> tuple[list[Raw], bool]:
        return await self._page(f"{self._root}/projects", "projects", page)

    async def rows(self, what: str, project: str, page: int) -> tuple[list[Raw], bool]:
        """A page of what a project has (`PARTS`), as it comes, and whether another one follows."""
        return await self._page(f"{self._root}/projects/{project}/{what}", what, page)

    async def log_rows(
        self, project: str, kind: str, page: int, since: date | None = None, until: date | None = None
    ) -> tuple[list[Raw], bool]:
        """A page of the time of tasks, of issues, or of neither (`general`), each log with its date."""
        answer = await self.call(
            "GET",
            f"{self._root}/projects/{project}/timelogs",
            page=page,
            per_page=PER_PAGE,
            module=json.dumps({"type": kind}),
            view_type="customdate" if since else "projectspan",
            start_date=since.isoformat() if since else None,
            end_date=until.isoformat() if until else None,
        )
        found = [
            {"date": day.get("date"), **log}
            for day in _raws(answer.get("time_logs"))
            for log in _raws(day.get("log_details"))
        ]
        return found, bool((answer.get("page_info") or {}).get("has_next_page"))

    async def is_there(self, what: str, project: str, record: str) -> bool:
        """Whether a record that no list has shown still exists."""
        try:
            await self.call("GET", f"{self._root}/projects/{project}/{what}/{record}")
        except ZohoError as error:
            if error.cause is Cause.MISSING or error.status == 404:
                return False
            raise
        return True

    async def logs(self, project: str, since: date | None = None, until: date | None = None):
        """The time logs of a project between two days, in the order of Zoho's pages."""
        for kind in LOG_KINDS:
            page, more = 1, True
            while more:
                rows, more = await self.log_rows(project, kind, page, since, until)
                for each in self._read(Log, rows):
                    yield each
                page += 1

    async def _every(self, path: str, many: str, record: type[R], **query: Any) -> AsyncIterator[R]:
        page, more = 1, True
        while more:
            rows, more = await self._page(path, many, page, **query)
            for each in self._read(record, rows):
                yield each
            page += 1

    def _read(self, record: type[R], rows: list[Raw]) -> Iterator[R]:
        for each in rows:
            try:
                found = record.model_validate(each)
            except UNREADABLE:
                self.unread.append(name_of(each))
                continue
            yield found

    async def _page(self, path: str, many: str, page: int, **query: Any) -> tuple[list[Raw], bool]:
        """Lists come bare (projects) or in an envelope; the last page is the one that is not full."""
        answer = await self.call("GET", path, page=page, per_page=PER_PAGE, **query)
        rows = _raws(answer.get("list") or answer.get(many))
        info = answer.get("page_info")
        return rows, bool(info.get("has_next_page") if info else len(rows) == PER_PAGE)
