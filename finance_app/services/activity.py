"""What happened lately, as far as a person may see it, and what it happened to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, false, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import (
    AuditEvent,
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    Item,
    Milestone,
    Payment,
    Profile,
    Project,
    SalesOrder,
    Task,
    TaskList,
    Tax,
    TimeImport,
    TimeLog,
    User,
)
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit.listing import LOG_INS, RIGHTS

RECENT = 10
NEWEST = 2000
"""How many events are looked through: whoever may see none of them waits no longer than the others."""

_WHOLE: Mapping[str, Permission] = {
    "client": Permission.CLIENTS_VIEW,
    "invoice": Permission.INVOICES_VIEW,
    "credit_note": Permission.INVOICES_VIEW,
    "estimate": Permission.INVOICES_VIEW,
    "sales_order": Permission.INVOICES_VIEW,
    "estimate_template": Permission.INVOICES_VIEW,
    "payment": Permission.PAYMENTS_VIEW,
    "time_import": Permission.TIME_IMPORT,
    "expense_category": Permission.SETTINGS_VIEW,
    "item": Permission.SETTINGS_VIEW,
    "tax": Permission.SETTINGS_VIEW,
    "email_template": Permission.SETTINGS_VIEW,
    **dict.fromkeys(RIGHTS, Permission.AUDIT_VIEW),
}
"""Kinds that one permission opens; those of projects, time and expenses are looked up one by one."""

_SUBJECTS: Mapping[str, tuple[Any, Any]] = {
    "client": (Client, Client.name),
    "invoice": (Invoice, Invoice.number),
    "credit_note": (CreditNote, CreditNote.number),
    "estimate": (Estimate, Estimate.number),
    "sales_order": (SalesOrder, SalesOrder.number),
    "payment": (Payment, Payment.reference),
    "time_import": (TimeImport, TimeImport.file_name),
    "item": (Item, Item.name),
    "tax": (Tax, Tax.name),
    "user": (User, User.name),
    "profile": (Profile, Profile.name),
    "project": (Project, Project.name),
    "milestone": (Milestone, Milestone.name),
    "task": (Task, Task.name),
    "task_list": (TaskList, TaskList.name),
    "time_log": (TimeLog, None),
    "expense": (Expense, Expense.merchant),
}
_OF_MONEY = ("budget_changed", "budget_threshold", "budget_overrun", "member_rate")
_OF_PROJECT = (Milestone, Task, TaskList, TimeLog)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and the name of its object. `there` says that the object still is; `project_id` is the
    project of a task, a milestone or an entry, and `is_issue` tells an issue from a task."""

    event: AuditEvent
    name: str
    there: bool = False
    project_id: int | None = None
    is_issue: bool = False


def recent(session: Session, actor: Actor) -> list[Happening]:
    """The newest events that the person may see, newest first."""
    actor.require(Permission.OVERVIEW_VIEW)
    newest = session.execute(select(func.max(AuditEvent.id))).scalar_one() or 0
    statement = (
        select(AuditEvent)
        .where(
            col(AuditEvent.id) > newest - NEWEST,
            col(AuditEvent.action).not_in(LOG_INS),
            or_(*_seen_by(actor)),
        )
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc())
        .limit(RECENT)
    )
    events = list(session.execute(statement).scalars())
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.object_id is not None:
            ids[event.object_kind].add(event.object_id)
    subjects = {kind: _subjects(session, kind, wanted) for kind, wanted in ids.items()}
    return [_happening(event, subjects.get(event.object_kind, {})) for event in events]


def _seen_by(actor: Actor) -> list[Any]:
    kind, object_id = col(AuditEvent.object_kind), col(AuditEvent.object_id)
    whole = [name for name, permission in _WHOLE.items() if actor.may(permission)]
    seen = [kind.in_(whole)]
    if actor.may_somewhere(Permission.PROJECTS_VIEW):
        visible = actor.visible_projects()
        told = [] if actor.may(Permission.RATES_VIEW) else [col(AuditEvent.action).not_in(_OF_MONEY)]
        seen.append(and_(kind == "project", *told, *([] if visible is None else [object_id.in_(visible)])))
        for name, table in (("task", Task), ("milestone", Milestone), ("task_list", TaskList)):
            mine = select(col(table.id)).where(col(table.project_id).in_(visible or ()))
            seen.append(and_(kind == name, *([] if visible is None else [object_id.in_(mine)])))
    for name, table, permission, all_of in (
        ("time_log", TimeLog, Permission.TIME_VIEW, Permission.TIME_VIEW_ALL),
        ("expense", Expense, Permission.EXPENSES_VIEW, Permission.EXPENSES_VIEW_ALL),
    ):
        if not actor.may_somewhere(permission):
            continue
        projects = actor.projects_with(all_of)
        mine = select(col(table.id)).where(
            or_(
                col(table.user_id) == actor.user_id,
                false() if projects is None else col(table.project_id).in_(projects),
            )
        )
        seen.append(and_(kind == name, *([] if projects is None else [object_id.in_(mine)])))
    return seen


def _subjects(session: Session, kind: str, ids: Iterable[int]) -> Mapping[int, dict[str, Any]]:
    """What is known of the objects that still are."""
    table, label = _SUBJECTS.get(kind, (None, None))
    if table is None:
        return {}
    of_project = table in _OF_PROJECT
    columns = [
        col(table.id).label("id"),
        (col(Project.name) if label is None else col(label)).label("name"),
        *([col(table.project_id).label("project_id")] if of_project else []),
        *([col(Task.kind).label("kind")] if table is Task else []),
    ]
    statement = select(*columns).where(col(table.id).in_(list(ids)))
    if label is None:
        statement = statement.join(Project, col(Project.id) == col(table.project_id))
    if hasattr(table, "deleted_at"):
        statement = statement.where(col(table.deleted_at).is_(None))
    return {row["id"]: dict(row) for row in session.execute(statement).mappings()}


def _happening(event: AuditEvent, subjects: Mapping[int, dict[str, Any]]) -> Happening:
    found = subjects.get(event.object_id or 0)
    told = next(
        (
            str(said[key])
            for said in (event.details, event.after, event.before)
            for key in ("number", "name")
            if said.get(key)
        ),
        "",
    )
    if found is None:
        return Happening(event, told)
    return Happening(
        event,
        found["name"] or told,
        True,
        found.get("project_id"),
        str(getattr(found.get("kind"), "value", "")) == "issue",
    )
