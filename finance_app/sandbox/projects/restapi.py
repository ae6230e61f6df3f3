"""`/restapi/...`: every record in a list under its envelope, ids as numbers beside `id_string`, dates as
MM-DD-YYYY, addresses with or without a closing slash."""

from finance_app.sandbox.projects.records import (
    CHILDREN,
    LOG,
    PROJECT,
    USER,
    Kind,
    add,
    load,
    of_logs,
    owner,
    page,
)
from finance_app.sandbox.protocol import Answer, Call, Routes
from finance_app.sandbox.store import Record

ROOT = "/restapi"
PORTAL = f"{ROOT}/portal/{{portal}}"


def restapi_routes(routes: Routes) -> None:
    @routes("GET", f"{ROOT}/portals")
    def portals(call: Call) -> Answer:
        found = [
            {**each, "id": int(each["id"]), "id_string": each["id"]}
            for each in call.store.find("*", "portal")
        ]
        return Answer({"login_id": "1", "portals": found})

    _serve(routes, PROJECT, PORTAL)
    _serve(routes, USER, PORTAL)
    for kind in CHILDREN:
        _serve(routes, kind, f"{PORTAL}/projects/{{project}}")


def _serve(routes: Routes, kind: Kind, root: str) -> None:
    def every(call: Call) -> Answer:
        project = load(call, PROJECT, call.ids["project"])["id"] if "project" in call.ids else None
        rows, _ = page(call, kind, project, of_logs(call) if kind is LOG else None)
        if kind is LOG:
            return Answer({"timelogs": _by_day(rows)})
        return Answer({path: [_old(row) for row in rows] for path in kind.paths})

    def one(call: Call) -> Answer:
        return Answer({path: [_old(load(call, kind, call.ids["id"]))] for path in kind.paths})

    def create(call: Call) -> Answer:
        project = load(call, PROJECT, call.ids["project"])["id"] if "project" in call.ids else ""
        return Answer({kind.many: [_old(add(call, kind, call.body, project))]}, status=201)

    def delete(call: Call) -> Answer:
        call.store.remove(owner(call), kind.name, load(call, kind, call.ids["id"])["id"])
        return Answer({"response": "Deleted successfully"})

    for path in kind.paths:
        routes.add("GET", f"{root}/{path}", every)
        routes.add("POST", f"{root}/{path}", create)
        routes.add("GET", f"{root}/{path}/{{id}}", one)
        routes.add("DELETE", f"{root}/{path}/{{id}}", delete)


def _old(row: Record) -> Record:
    return {**row, "id": int(row["id"]), "id_string": row["id"]}


def _by_day(rows: list[Record]) -> Record:
    days: dict[str, dict[str, list[Record]]] = {}
    for row in rows:
        kind = "tasklogs" if row.get("task") else "buglogs" if row.get("issue") else "generallogs"
        days.setdefault(row["date"], {}).setdefault(kind, []).append(_log(row))
    return {"date": [{"date": _american(day), **logs} for day, logs in sorted(days.items())], "role": "admin"}


def _log(row: Record) -> Record:
    hours, _, minutes = str(row.get("hours", "0:00")).partition(":")
    return {
        **_old(row),
        "hours": int(hours or 0),
        "minutes": int(minutes or 0),
        "hours_display": f"{int(hours or 0):02d}:{int(minutes or 0):02d}",
        "total_minutes": int(hours or 0) * 60 + int(minutes or 0),
        "log_date": _american(row["date"]),
        "owner_id": row["owner"]["id"],
        "owner_name": row["owner"]["name"],
    }


def _american(day: str) -> str:
    year, month, rest = day.split("-")
    return f"{month}-{rest}-{year}"
