"""Zoho Projects (V3) as a source: portals, people, projects, phases, task lists, tasks, issues, time logs."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from finance_app.integrations.zoho.caller import Caller
from finance_app.integrations.zoho.centres import Centre
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


class Ref(Record):
    id: Text = ""
    name: Text = ""


def _ref(value: Any) -> Any:
    return value if isinstance(value, dict) else {"id": value or ""}


Reference = Annotated[Ref, BeforeValidator(_ref)]
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
    id: Text
    name: Text = ""
    email: Text = ""
    status: Text = ""


class Project(Record):
    id: Text
    name: Text = ""
    status: Text = ""
    description: Text = ""
    currency_code: Text = ""
    billing_method: Text = ""
    client: Reference = Ref()
    start_date: Day = None
    end_date: Day = None
    last_modified_time: Text = ""


class Phase(Record):
    id: Text
    name: Text = ""
    start_date: Day = None
    end_date: Day = None


class TaskList(Record):
    id: Text
    name: Text = ""
    milestone: Reference = Ref()


class Task(Record):
    id: Text
    name: Text = ""
    tasklist: Reference = Ref()
    percent_complete: int = 0
    completed: bool = False
    last_modified_time: Text = ""


class Issue(Record):
    id: Text
    title: Text = ""
    last_modified_time: Text = ""


class Log(Record):
    id: Text
    day: Day = Field(None, alias="date")
    seconds: Seconds = Field(0, alias="hours")
    owner: Reference = Ref()
    task: Reference = Ref()
    issue: Reference = Ref()
    bill_status: Text = ""
    approval_status: Text = ""
    notes: Text = ""
    last_modified_time: Text = ""


R = TypeVar("R", bound=Record)


class Projects:
    """A portal of Zoho Projects, read only."""

    def __init__(self, call: Caller, portal: str = ""):
        self.call, self._root = call, f"/portal/{portal}"

    @classmethod
    def of(
        cls, centre: Centre, portal: str, credentials: Credentials, pacer: Pacer, http: Any, **more: Any
    ) -> "Projects":
        return cls(Caller(http, f"{centre.projects}/api/v3", credentials, pacer, **more), portal)

    async def portals(self) -> list[Portal]:
        answer = await self.call("GET", "/portals")
        return [Portal.model_validate(each) for each in answer.get("list") or answer.get("portals") or []]

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

    async def logs(self, project: str, since: date | None = None, until: date | None = None, **query: Any):
        """The time logs of a project between two days, in the order of Zoho's pages."""
        asked = {
            **query,
            "start_date": since.isoformat() if since else None,
            "end_date": until.isoformat() if until else None,
        }
        page, path = 1, f"{self._root}/projects/{project}/logs"
        while True:
            answer = await self.call("GET", path, page=page, per_page=PER_PAGE, **asked)
            for day in answer.get("time_logs") or []:
                for log in day.get("log_details") or []:
                    yield Log.model_validate({"date": day.get("date"), **log})
            if not (answer.get("page_info") or {}).get("has_next_page"):
                return
            page += 1

    async def _every(self, path: str, many: str, record: type[R], **query: Any) -> AsyncIterator[R]:
        """Lists come bare (projects) or in an envelope; the last page is the one that is not full."""
        page = 1
        while True:
            answer = await self.call("GET", path, page=page, per_page=PER_PAGE, **query)
            rows = answer.get("list") or answer.get(many) or []
            for each in rows:
                yield record.model_validate(each)
            info = answer.get("page_info")
            if not (info.get("has_next_page") if info else len(rows) == PER_PAGE):
                return
            page += 1
