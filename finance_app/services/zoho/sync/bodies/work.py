"""Projects, tasks and issues, time logs, and what people cost a client on a project."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import col, func, select

from finance_app.domain.money import to_decimal
from finance_app.domain.rates import BillingMethod
from finance_app.models import Portal, Project, ProjectMember, Task, TaskList, TimeLog, UserRate, ZohoLink
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, ProjectState, WorkKind
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import (
    PROJECTS,
    TIME_ENTRIES,
    Follow,
    Gone,
    NoMinute,
    Nothing,
    Plan,
    Unfit,
    Wanted,
    tasks_of,
)

GENERAL = "General"
"""The task of time that belongs to none: Zoho knows no time without a task."""

BILLING = {
    BillingMethod.FIXED_COST: "fixed_cost_for_project",
    BillingMethod.PROJECT_HOURS: "based_on_project_hours",
    BillingMethod.STAFF_HOURS: "based_on_staff_hours",
    BillingMethod.TASK_HOURS: "based_on_task_hours",
}


def project_body(project: Project, name: str, customer: str) -> dict[str, Any]:
    rate: Any = project.bill_rate or Decimal(0)
    if project.billing_method is BillingMethod.FIXED_COST:
        rate = to_decimal(project.price_minor or 0, project.currency)
    return {
        "project_name": name,
        "customer_id": customer,
        "description": project.description,
        "billing_type": BILLING[project.billing_method],
        "rate": rate,
    }


def project(look: Look, id: int) -> Plan:
    row = look.session.get(Project, id)
    if row is None:
        return Gone(PROJECTS)
    if row.client_id is None:
        raise Unfit("no_client", name=row.name)
    name, reference = look.name_for(Module.PROJECT, id, row.name.strip())
    closed = row.state is ProjectState.CLOSED or row.archived_at is not None
    return Wanted(
        PROJECTS,
        project_body(row, name, look.remote(Module.CONTACT, row.client_id)),
        reference,
        lambda found: found.get("project_name") == name,
        states=("inactive",) if closed else ("active",),
        reached={"inactive": ("inactive",), "active": ("active",)},
    )


def task_body(task: Task, name: str, task_list: str = "") -> dict[str, Any]:
    """Zoho Books knows no task lists: the description begins with it."""
    return {
        "task_name": name,
        "description": "\n".join(each for each in (task_list, task.description) if each),
        "is_billable": task.billable,
        "rate": task.bill_rate or Decimal(0),
        **({"budget_hours": clock((task.planned_seconds or 0) // 60)} if task.planned_seconds else {}),
    }


def task(look: Look, id: int) -> Plan:
    """A task or an issue; a negative id is the general task of a project."""
    if id < 0:
        project = look.remote(Module.PROJECT, -id)
        body: dict[str, Any] = {"task_name": GENERAL}
        return Wanted(
            tasks_of(project),
            body,
            f"{-id}/{GENERAL}*",
            lambda found: found.get("task_name") == GENERAL,
            fixed=True,
        )
    row = look.session.get(Task, id)
    if row is None:
        return Gone()
    module = Module.ISSUE if row.kind is WorkKind.ISSUE else Module.TASK
    other = Module.TASK if module is Module.ISSUE else Module.ISSUE
    project = look.remote(Module.PROJECT, row.project_id)
    name = row.name.strip()
    if name == GENERAL or _is_taken(look, other, row):
        name = f"{name} [{id}]"
    kept = look.session.get(TaskList, row.task_list_id) if row.task_list_id else None
    task_list = kept.name.strip() if kept else ""
    beside = f"{name} ({task_list})" if task_list else ""
    name, reference = look.name_for(module, id, name, str(row.project_id), beside)
    return Wanted(
        tasks_of(project),
        task_body(row, name, task_list),
        reference,
        lambda found: found.get("task_name") == name,
    )


def _is_taken(look: Look, module: Module, row: Task) -> bool:
    """Whether an issue and a task of the project have the same name: at Zoho both are tasks."""
    found = look.session.exec(
        select(ZohoLink.id).where(
            ZohoLink.sync_id == look.sync.id,
            ZohoLink.module == module,
            ZohoLink.reference == f"{row.project_id}/{row.name.strip()}"[:300],
        )
    ).first()
    return found is not None


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def rounded_minutes(seconds: int) -> int:
    """Half a minute goes up."""
    return int((Decimal(seconds) / 60).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share_of(others: Sequence[tuple[int, int]], seconds: int) -> int:
    """The whole minutes of a log beside those of its person and task that were sent: (seconds, minutes) each,
    as they were then.

    Rounded over their sum, so that what is there never strays more than half a minute from what was logged,
    however many logs there are."""
    total = sum(each for each, _ in others) + seconds
    return max(rounded_minutes(total) - sum(minutes for _, minutes in others), 0)


def is_wanted(log: TimeLog, needs_approval: bool) -> bool:
    """Billable time, approved where time is approved here."""
    return log.billable and (not needs_approval or log.approval is ApprovalState.APPROVED)


def log_body(
    log: TimeLog, minutes: int, project: str, task: str, user: str, *, billable: bool
) -> dict[str, Any]:
    return {
        "project_id": project,
        "task_id": task,
        "user_id": user,
        "log_date": log.day.isoformat(),
        "log_time": clock(minutes),
        "is_billable": billable,
        "notes": f"{log.notes.strip()[:480]} {log_mark(log.id or 0)}".strip(),
    }


def log_mark(id: int) -> str:
    """Our reference in the notes of a time entry: Zoho keeps no other text with it."""
    return f"[M-{id}]"


def time_log(look: Look, id: int) -> Plan:
    """Time whose invoice is at Zoho stays there as it is: neither side may change it any more."""
    log = look.session.get(TimeLog, id)
    known = look.link(Module.TIME_LOG, id)
    mark = log_mark(id)
    if log is None:
        return Gone(TIME_ENTRIES, {"matches": mark})
    if known and known.fingerprint and look.is_billed_there(log.invoice_line_id):
        return Nothing()
    portal = look.session.exec(select(Portal)).first()
    if not is_wanted(log, bool(portal and portal.needs_approval)) and not log.invoice_line_id:
        return Gone(TIME_ENTRIES, {"from_date": log.day.isoformat(), "to_date": log.day.isoformat()})
    project = look.remote(Module.PROJECT, log.project_id)
    task_row = look.session.get(Task, log.task_id) if log.task_id else None
    module = Module.ISSUE if task_row and task_row.kind is WorkKind.ISSUE else Module.TASK
    task = look.remote(module, log.task_id if log.task_id else -log.project_id)
    user = look.remote(Module.USER, log.user_id)
    minutes = share_of(_others(look, log), log.seconds)
    search = {"project_id": project, "from_date": log.day.isoformat(), "to_date": log.day.isoformat()}
    if minutes == 0:
        return NoMinute(TIME_ENTRIES, search, mark, log.seconds)
    settled = log.invoice_line_id is None
    early = bool(settled and look.sync.bill_from and log.day < look.sync.bill_from)
    return Wanted(
        TIME_ENTRIES,
        log_body(log, minutes, project, task, user, billable=not early),
        mark,
        lambda found: str(found.get("notes", "")).endswith(mark),
        search,
        adopts=False,
        seconds=log.seconds,
        minutes=minutes,
    )


def _others(look: Look, log: TimeLog) -> list[tuple[int, int]]:
    """The sum of the other logs of the person and task that were sent, as one pair: what of them has changed
    since is theirs to send."""
    seconds, minutes = look.session.execute(
        select(
            func.coalesce(func.sum(func.coalesce(col(ZohoLink.seconds), col(TimeLog.seconds))), 0),
            func.coalesce(func.sum(col(ZohoLink.minutes)), 0),
        )
        .select_from(TimeLog)
        .join(ZohoLink, col(ZohoLink.local_id) == col(TimeLog.id))
        .where(
            ZohoLink.sync_id == look.sync.id,
            ZohoLink.module == Module.TIME_LOG,
            col(ZohoLink.minutes).is_not(None),
            TimeLog.project_id == log.project_id,
            TimeLog.user_id == log.user_id,
            col(TimeLog.task_id).is_(None) if log.task_id is None else TimeLog.task_id == log.task_id,
            TimeLog.id != log.id,
        )
    ).one()
    return [(int(seconds), int(minutes))]


def rates(look: Look, project_id: int) -> Plan:
    """The staff of a project with their rates of today, sent where they differ from what is there."""
    row = look.session.get(Project, project_id)
    if row is None or row.client_id is None or row.billing_method is not BillingMethod.STAFF_HOURS:
        return Nothing()
    remote = look.remote(Module.PROJECT, project_id)
    members = look.session.exec(
        select(ProjectMember).where(ProjectMember.project_id == project_id).order_by(col(ProjectMember.id))
    ).all()
    staff = []
    for member in members:
        found = look.link(Module.USER, member.user_id)
        if found is None or not found.remote_id:
            continue
        rate = (
            member.bill_rate if member.bill_rate is not None else _rate_of(look, member.user_id, now().date())
        )
        staff.append((found.remote_id, rate or Decimal(0)))
    if not staff:
        return Nothing()
    return Wanted(
        PROJECTS,
        {},
        f"rates/{project_id}",
        lambda found: found.get("project_id") == remote,
        follow=(Follow("staff", (remote, *staff)),),
    )


def _rate_of(look: Look, user_id: int, day: date) -> Decimal | None:
    return look.session.exec(
        select(UserRate.bill_rate)
        .where(UserRate.user_id == user_id, UserRate.valid_from <= day, col(UserRate.bill_rate).is_not(None))
        .order_by(col(UserRate.valid_from).desc())
        .limit(1)
    ).first()
