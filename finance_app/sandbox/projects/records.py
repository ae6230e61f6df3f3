"""Portals, users, projects, phases, task lists, tasks, issues and time logs, as both protocols show them."""

import json
from dataclasses import dataclass, field

from finance_app.sandbox.protocol import Call, Refusal
from finance_app.sandbox.store import Record, timestamp


@dataclass(frozen=True)
class Kind:
    """`many` is the envelope; `aliases` are other names of the same address; `words` are required fields."""

    name: str
    many: str
    aliases: tuple[str, ...] = ()
    required: tuple[str, ...] = ("name",)
    defaults: Record = field(default_factory=dict)

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.many, *self.aliases)


OPEN = {"id": "1", "name": "Open", "is_closed_type": False}
CLOSED = {"id": "2", "name": "Closed", "is_closed_type": True}
PROJECT = Kind(
    "zp_project",
    "projects",
    defaults={
        "description": "",
        "status": "active",
        "project_type": "active",
        "billing_method": "based_on_project_hours",
        "budget_type": "",
        "currency_code": "EUR",
        "client": None,
    },
)
PHASE = Kind(
    "zp_phase", "phases", ("milestones",), defaults={"status": OPEN, "start_date": "", "end_date": ""}
)
TASK_LIST = Kind("zp_tasklist", "tasklists", defaults={"milestone": None, "status": "active"})
TASK = Kind(
    "zp_task",
    "tasks",
    defaults={
        "status": OPEN,
        "percent_complete": 0,
        "completed": False,
        "tasklist": None,
        "owners_and_work": {"owners": [], "total_work": "00:00"},
        "billing_type": "Billable",
        "rate_per_hour": "",
    },
)
ISSUE = Kind(
    "zp_issue", "issues", ("bugs",), required=("title",), defaults={"status": OPEN, "assignee": None}
)
LOG = Kind(
    "zp_log",
    "timelogs",
    ("logs",),
    required=("date", "owner"),
    defaults={
        "bill_status": "Billable",
        "approval_status": "Pending",
        "notes": "",
        "billed_status": "Unbilled",
    },
)
USER = Kind(
    "zp_user",
    "users",
    required=("name", "email"),
    defaults={"status": "active", "role": "employee", "profile": "Employee", "rate": "", "cost_per_hour": ""},
)
CHILDREN = (PHASE, TASK_LIST, TASK, ISSUE, LOG)


def owner(call: Call) -> str:
    """The namespace of a portal's records. Raises Refusal where there is no such portal."""
    portal = call.ids["portal"]
    if call.store.get("*", "portal", portal) is None and not _by_name(call, portal):
        raise Refusal(6401, "No such portal exists.", 404)
    return "portal:" + (portal if portal.isdigit() else _by_name(call, portal) or portal)


def add(call: Call, kind: Kind, body: Record, project: str = "") -> Record:
    for name in kind.required:
        if not body.get(name):
            raise Refusal(6832, f"Input parameter is missing: {name}.", 400)
    moment = timestamp()
    whole = {**kind.defaults, **body, "created_time": moment, "last_modified_time": moment}
    return call.store.add(owner(call), kind.name, whole, id_field="id", parent=project)


def load(call: Call, kind: Kind, id: str) -> Record:
    found = call.store.get(owner(call), kind.name, id)
    if found is None:
        raise Refusal(6404, f"The requested {kind.many.rstrip('s')} does not exist.", 404)
    return found


def change(call: Call, kind: Kind, id: str, body: Record) -> Record:
    whole = {**load(call, kind, id), **body, "id": id, "last_modified_time": timestamp()}
    return call.store.save(owner(call), kind.name, id, whole)


def page(
    call: Call, kind: Kind, project: str | None, conditions: list | None = None
) -> tuple[list[Record], dict]:
    """`page` and `per_page` of V3, or `index` (from 1) and `range` of the older protocol."""
    query = call.query
    try:
        if "index" in query or "range" in query:
            size = min(int(query.get("range", 100)), 200)
            offset = max(int(query.get("index", 1)) - 1, 0)
        else:
            size = min(int(query.get("per_page", 100)), 200)
            offset = (max(int(query.get("page", 1)), 1) - 1) * size
    except ValueError as error:
        raise Refusal(6831, "Input parameter does not match the pattern specified.", 400) from error
    conditions = list(conditions or [])
    if query.get("last_modified_time"):
        conditions.append(("json_extract(body, '$.last_modified_time') >= ?", query["last_modified_time"]))
    rows, more = call.store.select(
        owner(call), kind.name, conditions, parent=project, limit=size, offset=offset
    )
    number = offset // size + 1
    info = {"page": number, "per_page": size, "page_count": len(rows), "has_next_page": more}
    return rows, info


def of_logs(call: Call) -> list:
    """Time logs between two days, of a person, a bill status, or of tasks, issues or neither."""
    found: list = []
    if call.query.get("module"):
        found += _of_module(call.query["module"])
    for name, sign in (("start_date", ">="), ("end_date", "<=")):
        if call.query.get(name):
            found.append((f"json_extract(body, '$.date') {sign} ?", call.query[name]))
    if call.query.get("bill_status", "All") != "All":
        found.append(("json_extract(body, '$.bill_status') = ?", call.query["bill_status"]))
    if call.query.get("users_list", "all") != "all":
        found.append(("json_extract(body, '$.owner.id') = ?", call.query["users_list"]))
    return found


def _of_module(asked: str) -> list:
    """`{"type": "task"}`, `issue` or `general`, as the parameter of V3 says it."""
    try:
        kind = json.loads(asked)["type"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(6831, "Invalid module", 400) from error
    task, issue = "json_extract(body, '$.task')", "json_extract(body, '$.issue')"
    sql = {
        "task": f"{task} IS NOT NULL AND ?",
        "issue": f"{issue} IS NOT NULL AND ?",
        "general": f"{task} IS NULL AND {issue} IS NULL AND ?",
    }
    if kind not in sql:
        raise Refusal(6831, "Invalid module", 400)
    return [(sql[kind], 1)]


def _by_name(call: Call, name: str) -> str:
    for portal in call.store.find("*", "portal"):
        if portal["name"] == name:
            return str(portal["id"])
    return ""
