"""Projects with their tasks and staff, and time entries."""

import re

from finance_app.sandbox.books.documents import INVOICE
from finance_app.sandbox.books.kinds import Kind, load, refer, require
from finance_app.sandbox.books.records import change, create, delete, listed, need_body, serve, touched
from finance_app.sandbox.protocol import (
    BAD_REFERENCE,
    DUPLICATE,
    HAS_TRANSACTIONS,
    Answer,
    Call,
    Refusal,
    Routes,
    invalid,
    money,
    number,
)
from finance_app.sandbox.store import Record, field, timestamp

BILLING = (
    "fixed_cost_for_project",
    "based_on_project_hours",
    "based_on_staff_hours",
    "based_on_task_hours",
)
BUDGETS = ("", "no_budget", "total_project_cost", "total_project_hours", "hours_per_task", "hours_per_staff")
_TIME = re.compile(r"(\d{1,5}):([0-5]\d)$")


def work_routes(routes: Routes) -> None:
    _entry_routes(routes)
    _task_routes(routes)
    _staff_routes(routes)

    @routes("GET", "/projects/{id}/invoices")
    def invoices(call: Call) -> Answer:
        project = load(call, PROJECT, call.ids["id"])
        rows = [
            INVOICE.show(call, each)
            for each in call.store.find(call.org, INVOICE.name, customer_id=project["customer_id"])
            if any(line.get("project_id") == project["project_id"] for line in each["line_items"])
        ]
        return Answer({"invoices": rows})

    serve(routes, PROJECT)


def _entry_routes(routes: Routes) -> None:
    """Time entries live at /projects/timeentries; a public client asks for /timeentries."""
    for path in ("/projects/timeentries", "/timeentries"):
        routes.add("POST", path, lambda call: create(call, TIME_ENTRY))
        routes.add("GET", path, _entries)
        routes.add("DELETE", path, _delete_entries)
        routes.add("GET", f"{path}/runningtimer/me", lambda _call: Answer({"time_entry": {}}))
        routes.add(
            "GET",
            f"{path}/{{id}}",
            lambda call: Answer({"time_entry": load(call, TIME_ENTRY, call.ids["id"])}),
        )
        routes.add("PUT", f"{path}/{{id}}", lambda call: change(call, TIME_ENTRY))
        routes.add("DELETE", f"{path}/{{id}}", lambda call: delete(call, TIME_ENTRY))


def _entries(call: Call) -> Answer:
    extra = []
    for name, sign in (("from_date", ">="), ("to_date", "<=")):
        if call.query.get(name):
            extra.append((f"{field('log_date')} {sign} ?", call.query[name]))
    wanted = call.query.get("filter_by", "").rpartition(".")[2].lower()
    if wanted in ("unbilled", "invoiced"):
        extra.append((f"{field('billed_status')} = ?", wanted))
    plain = {name: value for name, value in call.query.items() if name != "filter_by"}
    call.query = plain
    return listed(call, TIME_ENTRY, extra=extra)


def _delete_entries(call: Call) -> Answer:
    for id in call.query.get("time_entry_ids", "").split(","):
        body = load(call, TIME_ENTRY, id)
        _keep_invoiced(call, body)
        call.store.remove(call.org, TIME_ENTRY.name, id)
    return Answer({}, "The selected timesheet entries have been deleted")


def _task_routes(routes: Routes) -> None:
    def of_project(call: Call) -> Record:
        project = load(call, PROJECT, call.ids["project"])
        task = load(call, TASK, call.ids["id"])
        if task["project_id"] != project["project_id"]:
            raise TASK.not_found()
        return task

    @routes("POST", "/projects/{project}/tasks")
    def add(call: Call) -> Answer:
        need_body(call)
        require(call.body, ("task_name",))
        task = add_task(call, load(call, PROJECT, call.ids["project"]), call.body)
        return Answer({"task": task}, "The project information has been updated.", 201)

    @routes("GET", "/projects/{project}/tasks")
    def every(call: Call) -> Answer:
        load(call, PROJECT, call.ids["project"])
        return listed(call, TASK, parent=call.ids["project"])

    @routes("GET", "/projects/{project}/tasks/{id}")
    def one(call: Call) -> Answer:
        return Answer({"task": of_project(call)})

    @routes("PUT", "/projects/{project}/tasks/{id}")
    def put(call: Call) -> Answer:
        need_body(call)
        task = of_project(call)
        body = touched(task, **call.body) | {"task_id": task["task_id"], "project_id": task["project_id"]}
        require(body, ("task_name",))
        _require_new_name(call, body)
        call.store.save(call.org, TASK.name, task["task_id"], body)
        return Answer({"task": body}, "The task information has been updated.")

    @routes("DELETE", "/projects/{project}/tasks/{id}")
    def remove(call: Call) -> Answer:
        task = of_project(call)
        if call.store.find(call.org, TIME_ENTRY.name, task_id=task["task_id"]):
            raise Refusal(HAS_TRANSACTIONS, "Tasks having time entries cannot be deleted.")
        call.store.remove(call.org, TASK.name, task["task_id"])
        return Answer({}, "The task has been deleted successfully.")


def _staff_routes(routes: Routes) -> None:
    @routes("POST", "/projects/{id}/users")
    def add(call: Call) -> Answer:
        need_body(call)
        project = load(call, PROJECT, call.ids["id"])
        project["users"] = _staff(call, [*project["users"], *(call.body.get("users") or [])])
        call.store.save(call.org, PROJECT.name, project["project_id"], touched(project))
        return Answer({"users": project["users"]}, "Users added", 201)

    @routes("GET", "/projects/{id}/users")
    def every(call: Call) -> Answer:
        return Answer({"users": load(call, PROJECT, call.ids["id"])["users"]})

    @routes("GET", "/projects/{id}/users/{user}")
    def one(call: Call) -> Answer:
        return Answer({"user": _of_staff(call)[1]})

    @routes("PUT", "/projects/{id}/users/{user}")
    def put(call: Call) -> Answer:
        project, staff = _of_staff(call)
        staff.update({key: value for key, value in call.body.items() if key != "user_id"})
        call.store.save(call.org, PROJECT.name, project["project_id"], touched(project))
        return Answer({"users": [staff]}, "The staff information has been updated.")

    @routes("DELETE", "/projects/{id}/users/{user}")
    def remove(call: Call) -> Answer:
        project, staff = _of_staff(call)
        project["users"].remove(staff)
        call.store.save(call.org, PROJECT.name, project["project_id"], touched(project))
        return Answer({}, "The staff has been removed")


def add_task(call: Call, project: Record, body: Record) -> Record:
    moment = timestamp()
    task = {
        "description": "",
        "budget_hours": "00:00",
        "status": "active",
        "is_billable": True,
        "created_time": moment,
        "last_modified_time": moment,
        **body,
        "project_id": project["project_id"],
        "project_name": project["project_name"],
        "customer_id": project["customer_id"],
        "customer_name": project["customer_name"],
        "rate": number(money(body.get("rate"), "rate")),
    }
    _require_new_name(call, task)
    return call.store.add(call.org, TASK.name, task, id_field="task_id", parent=project["project_id"])


def _require_new_name(call: Call, task: Record) -> None:
    for other in call.store.find(call.org, TASK.name, task["project_id"], task_name=task["task_name"]):
        if other["task_id"] != task.get("task_id"):
            raise Refusal(DUPLICATE, f'The task "{task["task_name"]}" already exists in this project.')


def minutes(text: object) -> int:
    """Of `HH:MM`. Raises Refusal for anything else."""
    match = _TIME.match(str(text or "00:00"))
    if match is None:
        raise invalid("log_time")
    return int(match[1]) * 60 + int(match[2])


def clock(total: int) -> str:
    return f"{total // 60:02d}:{total % 60:02d}"


def _check_project(call: Call, body: Record, before: Record | None) -> Record:
    customer = refer(call, "contact", body["customer_id"], "customer_id")
    if before and before["customer_id"] != customer["contact_id"] and _is_billed(call, before):
        raise Refusal(HAS_TRANSACTIONS, "The customer of a project with invoiced time cannot be changed.")
    if body["billing_type"] not in BILLING:
        raise invalid("billing_type")
    if body.get("budget_type", "") not in BUDGETS:
        raise invalid("budget_type")
    shaped = {
        "description": "",
        "status": "active",
        "budget_type": "",
        **body,
        "customer_name": customer["contact_name"],
        "currency_code": customer["currency_code"],
        "rate": number(money(body.get("rate"), "rate")),
        "users": _staff(call, body.get("users") or (before or {}).get("users", [])),
    }
    tasks = shaped.pop("tasks", None) or []
    for task in tasks:
        if not task.get("task_id"):
            require(task, ("task_name",))
            add_task(call, shaped, task)
    return shaped


def _show_project(call: Call, body: Record) -> Record:
    entries = call.store.find(call.org, TIME_ENTRY.name, project_id=body["project_id"])
    sums = {"total": 0, "billed": 0, "un_billed": 0, "billable": 0, "non_billable": 0}
    for entry in entries:
        time = minutes(entry["log_time"])
        sums["total"] += time
        sums["billable" if entry["is_billable"] else "non_billable"] += time
        if entry["is_billable"]:
            sums["billed" if entry["billed_status"] == "invoiced" else "un_billed"] += time
    hours = {f"{name}_hours": clock(total) for name, total in sums.items()}
    if call.path == PROJECT.path and call.method == "GET":
        return {**body, **hours}
    return {**body, **hours, "tasks": call.store.find(call.org, TASK.name, body["project_id"])}


def _is_billed(call: Call, project: Record) -> bool:
    return bool(
        call.store.find(call.org, TIME_ENTRY.name, project_id=project["project_id"], billed_status="invoiced")
    )


def _keep_worked(call: Call, body: Record) -> None:
    if _is_billed(call, body):
        raise Refusal(HAS_TRANSACTIONS, "Projects with invoiced time entries cannot be deleted.")
    for kind, id_field in ((TIME_ENTRY, "time_entry_id"), (TASK, "task_id")):
        for row in call.store.find(call.org, kind.name, project_id=body["project_id"]):
            call.store.remove(call.org, kind.name, row[id_field])


def _staff(call: Call, users: list[Record]) -> list[Record]:
    found: dict[str, Record] = {}
    for user in users:
        known = refer(call, "user", user.get("user_id"), "user_id")
        rates = {key: user[key] for key in ("rate", "cost_rate", "budget_hours") if key in user}
        found[known["user_id"]] = {
            "user_id": known["user_id"],
            "user_name": known["name"],
            "email": known["email"],
            "user_role": known["user_role"],
            "status": known["status"],
            "is_current_user": known["is_current_user"],
            **rates,
        }
    return list(found.values())


def _of_staff(call: Call) -> tuple[Record, Record]:
    project = load(call, PROJECT, call.ids["id"])
    for user in project["users"]:
        if user["user_id"] == call.ids["user"]:
            return project, user
    raise Refusal(1002, "The staff does not exist.", 404)


def _check_entry(call: Call, body: Record, before: Record | None) -> Record:
    _keep_invoiced(call, before or {})
    project = refer(call, PROJECT.name, body["project_id"], "project_id")
    task = refer(call, TASK.name, body["task_id"], "task_id")
    user = refer(call, "user", body["user_id"], "user_id")
    if task["project_id"] != project["project_id"]:
        raise Refusal(BAD_REFERENCE, "Invalid task_id is given.")
    if not re.match(r"\d{4}-\d{2}-\d{2}$", str(body["log_date"])):
        raise invalid("log_date")
    if minutes(body.get("log_time")) == 0 and not body.get("start_timer"):
        raise invalid("log_time")
    billable = str(body.get("is_billable", True)).lower() != "false"
    return {
        "notes": "",
        "begin_time": "",
        "end_time": "",
        "invoice_id": "",
        "billed_status": "unbilled",
        **body,
        "log_time": clock(minutes(body.get("log_time"))),
        "is_billable": billable,
        "project_name": project["project_name"],
        "customer_id": project["customer_id"],
        "customer_name": project["customer_name"],
        "task_name": task["task_name"],
        "user_name": user["name"],
        "is_current_user": user["is_current_user"],
    }


def _keep_invoiced(_call: Call, body: Record) -> None:
    if body.get("billed_status") == "invoiced":
        raise Refusal(HAS_TRANSACTIONS, "Invoiced time entries cannot be changed or deleted.")


PROJECT = Kind(
    "project",
    "/projects",
    "project",
    "projects",
    "project_id",
    "project",
    required=("project_name", "customer_id", "billing_type"),
    unique="project_name",
    search=("customer_id",),
    text=("project_name", "customer_name", "description"),
    created="The project has been created.",
    saved="The project information has been updated.",
    deleted="The project has been deleted.",
    status_words={
        "active": "The selected Projects have been marked as active.",
        "inactive": "The selected projects have been marked as inactive.",
    },
    check=_check_project,
    show=_show_project,
    before_delete=_keep_worked,
)
TASK = Kind("task", "/tasks", "task", "task", "task_id", "task", text=("task_name", "description"))
TIME_ENTRY = Kind(
    "time_entry",
    "/projects/timeentries",
    "time_entry",
    "time_entries",
    "time_entry_id",
    "time entry",
    required=("project_id", "task_id", "user_id", "log_date"),
    search=("project_id", "user_id", "task_id", "billed_status"),
    text=("notes",),
    dates=("log_date",),
    created="Your timesheet entry has been added.",
    saved="The timesheet's information has been updated.",
    deleted="The time entry has been deleted.",
    check=_check_entry,
    before_delete=_keep_invoiced,
)
