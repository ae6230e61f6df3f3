"""`/api/v3/...`: records come bare, projects as an array, other lists in an envelope with `page_info`."""

from finance_app.sandbox.projects.records import (
    CHILDREN,
    LOG,
    PROJECT,
    TASK,
    USER,
    Kind,
    add,
    change,
    load,
    of_logs,
    owner,
    page,
)
from finance_app.sandbox.protocol import Answer, Call, Routes
from finance_app.sandbox.store import Record

ROOT = "/api/v3"
PORTAL = f"{ROOT}/portal/{{portal}}"


def v3_routes(routes: Routes) -> None:
    @routes("GET", f"{ROOT}/portals")
    def portals(call: Call) -> Answer:
        return Answer(call.store.find("*", "portal"))

    @routes("GET", f"{ROOT}/portal/{{portal}}")
    def portal(call: Call) -> Answer:
        owner(call)
        return Answer(call.store.get("*", "portal", call.ids["portal"]) or {})

    @routes("GET", f"{PORTAL}/projects")
    def projects(call: Call) -> Answer:
        return Answer(page(call, PROJECT, None)[0])

    for path in ("timelogs", "logs"):
        routes.add("GET", f"{PORTAL}/{path}", lambda call: Answer(_by_day(call, None)))
    _serve(routes, PROJECT, PORTAL, listed=False)
    _serve(routes, USER, PORTAL)
    for kind in CHILDREN:
        _serve(routes, kind, f"{PORTAL}/projects/{{project}}")

    @routes("GET", f"{PORTAL}/projects/{{project}}/users")
    def staff(call: Call) -> Answer:
        load(call, PROJECT, call.ids["project"])
        rows, info = page(call, USER, None)
        return Answer({"users": rows, "page_info": info})


def _serve(routes: Routes, kind: Kind, root: str, *, listed: bool = True) -> None:
    def parent(call: Call) -> str:
        return load(call, PROJECT, call.ids["project"])["id"] if "project" in call.ids else ""

    def every(call: Call) -> Answer:
        project = parent(call)
        if kind is LOG:
            return Answer(_by_day(call, project))
        rows, info = page(call, kind, project if "project" in call.ids else None)
        return Answer({kind.many: [_shown(kind, row) for row in rows], "page_info": info})

    def one(call: Call) -> Answer:
        return Answer(_shown(kind, load(call, kind, call.ids["id"])))

    def create(call: Call) -> Answer:
        project = parent(call)
        return Answer(add(call, kind, call.body, project), status=201)

    def update(call: Call) -> Answer:
        return Answer(change(call, kind, call.ids["id"], call.body))

    def delete(call: Call) -> Answer:
        call.store.remove(owner(call), kind.name, load(call, kind, call.ids["id"])["id"])
        return Answer({}, status=204)

    for path in kind.paths:
        if listed:
            routes.add("GET", f"{root}/{path}", every)
        routes.add("POST", f"{root}/{path}", create)
        routes.add("GET", f"{root}/{path}/{{id}}", one)
        for method in ("PATCH", "PUT"):
            routes.add(method, f"{root}/{path}/{{id}}", update)
        routes.add("DELETE", f"{root}/{path}/{{id}}", delete)


def _shown(kind: Kind, row: Record) -> Record:
    """With the names that V3 has for it; those of a log are in `_log`."""
    if kind is TASK:
        return {**row, "completion_percentage": row["percent_complete"], "is_completed": row["completed"]}
    return _log(row) if kind is LOG else row


def _log(row: Record) -> Record:
    kind = "task" if row.get("task") else "issue" if row.get("issue") else "general"
    hours, _, minutes = str(row.get("hours", "0:00")).partition(":")
    return {
        **row,
        "log_hour": f"{int(hours or 0):02d}:{int(minutes or 0):02d}",
        "approval": {"status": str(row["approval_status"]).lower()},
        "module_detail": {**(row.get(kind) or {}), "type": kind},
    }


def _by_day(call: Call, project: str | None) -> Record:
    rows, info = page(call, LOG, project, of_logs(call))
    days: dict[str, list[Record]] = {}
    for row in rows:
        days.setdefault(row["date"], []).append(_log(row))
    return {
        "time_logs": [{"date": day, "log_details": logs} for day, logs in days.items()],
        "page_info": info,
    }
