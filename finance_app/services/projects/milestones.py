"""Milestones (phases) of a project: the list with its figures, one of them, and what is done to them.

A task belongs to its own milestone, or else to that of its task list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import case, func, literal, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.models import Milestone, Task, TaskList, TimeLog
from finance_app.models.columns import now
from finance_app.models.kinds import BudgetScope, WorkState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import parts
from finance_app.services.fields import Fields, amount_reader, read_day
from finance_app.services.invoicing.milestone_amounts import amounts_taken
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.projects import directory as projects
from finance_app.services.references import is_referred

ASKS = ListAsks(sorts=("position", "name", "due"), default_sort="position", filters=("state", "project"))
FIELDS = {"name": 200, "description": 2000, "start_date": 10, "due_date": 10, "amount": 30}


@dataclass(frozen=True)
class MilestoneRecord:
    """A row of the list. `amount_minor` is its fixed amount; `invoiced_minor` what invoices that are not void
    took of it, by itself or by its time, without tax. Amounts are None for those who may not see them."""

    id: int
    project_id: int
    currency: str
    name: str
    start_date: date | None
    due_date: date | None
    closed: bool
    amount_minor: int | None
    open_tasks: int = 0
    all_tasks: int = 0
    planned_seconds: int = 0
    logged_seconds: int = 0
    billed_seconds: int = 0
    invoiced_minor: int | None = None


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, scope: str
) -> list[tuple[int, str, str]]:
    """Milestones of a project (`scope` is its id): id, name, due date; open ones first."""
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    project_id = projects.visible_id(actor, scope)
    statement = (
        select(Milestone)
        .where(col(Milestone.project_id) == project_id)
        .order_by(col(Milestone.closed_at).is_not(None), *_order())
        .limit(limit)
    )
    if text:
        statement = statement.where(col(Milestone.name).ilike(like(text), escape="\\"))
    rows = session.execute(statement).scalars()
    return [(row.id or 0, row.name, row.due_date.isoformat() if row.due_date else "") for row in rows]


def _order() -> list[Any]:
    return [
        col(Milestone.position),
        col(Milestone.due_date).is_(None),
        col(Milestone.due_date),
        col(Milestone.id),
    ]


def page(session: Session, actor: Actor, query: ListQuery) -> Found[MilestoneRecord]:
    """One page of the milestones of the filter `project`; `state` is open, closed, or absent for both."""
    wanted = query.filter("project")
    project_id = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    project = projects.get(session, actor, project_id)
    statement = select(
        col(Milestone.id),
        col(Milestone.project_id),
        literal(project.currency),
        col(Milestone.name),
        col(Milestone.start_date),
        col(Milestone.due_date),
        col(Milestone.closed_at).is_not(None),
        col(Milestone.amount_minor),
    ).where(col(Milestone.project_id) == project_id)
    closed = col(Milestone.closed_at)
    if query.filter("state") in ("open", "closed"):
        statement = statement.where(
            closed.is_(None) if query.filter("state") == "open" else closed.is_not(None)
        )
    if query.search:
        statement = statement.where(col(Milestone.name).ilike(like(query.search), escape="\\"))
    sorts = {
        "position": _order(),
        "name": func.lower(Milestone.name),
        "due": (col(Milestone.due_date).is_(None), col(Milestone.due_date)),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Milestone.id))
    records = [MilestoneRecord(*row) for row in found.rows]
    return Found(_with_figures(session, actor, project_id, records), found.total, found.query)


def record(session: Session, actor: Actor, project_id: int, milestone_id: int) -> MilestoneRecord:
    """One milestone with its figures. Raises NotFound."""
    row = get(session, actor, project_id, milestone_id)
    currency = projects.get(session, actor, project_id).currency
    bare = MilestoneRecord(
        milestone_id, project_id, currency, row.name, row.start_date, row.due_date, row.closed_at is not None,
        row.amount_minor,
    )  # fmt: skip
    return _with_figures(session, actor, project_id, [bare])[0]


def _with_figures(
    session: Session, actor: Actor, project_id: int, records: list[MilestoneRecord]
) -> list[MilestoneRecord]:
    ids = [record.id for record in records]
    if not ids:
        return records
    belongs = func.coalesce(Task.milestone_id, TaskList.milestone_id)
    counted = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                belongs,
                func.count(),
                func.sum(case((col(Task.state) == WorkState.OPEN, 1), else_=0)),
                func.coalesce(func.sum(col(Task.planned_seconds) * col(Task.occurrences)), 0),
            )
            .select_from(Task)
            .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
            .where(col(Task.project_id) == project_id, col(Task.archived_at).is_(None), belongs.in_(ids))
            .group_by(belongs)
        )
    }
    logged = {
        row[0]: (int(row[1]), int(row[2]))
        for row in session.execute(
            select(
                belongs,
                func.sum(TimeLog.seconds),
                func.sum(case((col(TimeLog.invoice_line_id).is_not(None), TimeLog.seconds), else_=0)),
            )
            .select_from(TimeLog)
            .join(Task, col(Task.id) == col(TimeLog.task_id))
            .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
            .where(col(TimeLog.project_id) == project_id, belongs.in_(ids))
            .group_by(belongs)
        )
    }
    sees = actor.may(Permission.INVOICES_VIEW, project_id) and actor.may(Permission.RATES_VIEW, project_id)
    taken = amounts_taken(session, ids) if sees else {}
    invoiced = {id_: sum(each.values()) for id_, each in taken.items()}
    return [
        replace(
            record,
            all_tasks=counted.get(record.id, (0, 0, 0))[0],
            open_tasks=int(counted.get(record.id, (0, 0, 0))[1]),
            planned_seconds=int(counted.get(record.id, (0, 0, 0))[2]),
            logged_seconds=logged.get(record.id, (0, 0))[0],
            billed_seconds=logged.get(record.id, (0, 0))[1],
            amount_minor=record.amount_minor if sees else None,
            invoiced_minor=invoiced.get(record.id, 0) if sees else None,
        )
        for record in records
    ]


def get(session: Session, actor: Actor, project_id: int, milestone_id: int) -> Milestone:
    """Raises NotFound."""
    projects.get(session, actor, project_id)
    row = session.get(Milestone, milestone_id)
    if row is None or row.project_id != project_id:
        raise NotFound
    return row


def form_values(session: Session, actor: Actor, project_id: int, milestone_id: int | None) -> dict[str, str]:
    """What the form starts with; a new milestone is empty."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = projects.get(session, actor, project_id)
    row = get(session, actor, project_id, milestone_id) if milestone_id else None
    if row is None:
        return {**dict.fromkeys(FIELDS, ""), "version": "0"}
    sees = actor.may(Permission.RATES_VIEW, project_id) and row.amount_minor is not None
    return {
        "name": row.name,
        "description": row.description,
        "start_date": row.start_date.isoformat() if row.start_date else "",
        "due_date": row.due_date.isoformat() if row.due_date else "",
        "amount": str(to_decimal(row.amount_minor or 0, project.currency)) if sees else "",
        "version": str(row.version),
    }


def save(
    session: Session,
    actor: Actor,
    project_id: int,
    milestone_id: int | None,
    data: Mapping[str, str],
    version: int = 0,
) -> Milestone:
    """Add a milestone at the end, or change one as it was seen at `version`. Raises InvalidFields."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = projects.get(session, actor, project_id)
    row = (
        get(session, actor, project_id, milestone_id)
        if milestone_id
        else Milestone(project_id=project_id, name="")
    )
    if milestone_id and row.version != version:
        raise DomainError("common.error.changed_meanwhile")
    fields = Fields({**form_values(session, actor, project_id, milestone_id), **data}, FIELDS)
    values: dict[str, Any] = {
        "name": fields.text("name", required=True),
        "description": fields.text("description"),
        "start_date": fields.read("start_date", read_day),
        "due_date": fields.read("due_date", read_day),
    }
    if values["start_date"] and values["due_date"] and values["due_date"] < values["start_date"]:
        fields.refuse("due_date", DomainError("project.error.end_before_start"))
    if actor.may(Permission.RATES_EDIT):
        values["amount_minor"] = fields.read("amount", amount_reader(project.currency))
    if values["name"] and _same_name(session, project_id, values["name"], milestone_id):
        fields.refuse("name", DomainError("milestone.error.name_taken", name=values["name"]))
    fields.check()
    before = {name: _plain(getattr(row, name)) for name in values} if milestone_id else {}
    for name, value in values.items():
        setattr(row, name, value)
    if milestone_id:
        row.version += 1
    else:
        last = session.execute(
            select(func.max(col(Milestone.position))).where(col(Milestone.project_id) == project_id)
        ).scalar()
        row.position = 0 if last is None else last + 1
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "milestone", row.id, "changed" if milestone_id else "created",
        before=before, after={name: _plain(value) for name, value in values.items()},
    )  # fmt: skip
    return row


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _same_name(session: Session, project_id: int, name: str, but: int | None) -> bool:
    statement = select(col(Milestone.id)).where(
        col(Milestone.project_id) == project_id, func.lower(Milestone.name) == name.lower()
    )
    if but:
        statement = statement.where(col(Milestone.id) != but)
    return session.execute(statement.limit(1)).first() is not None


def set_closed(session: Session, actor: Actor, project_id: int, milestone_id: int, closed: bool) -> None:
    """Close a milestone, or open it again. Its tasks stay as they are."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, milestone_id)
    if (row.closed_at is not None) is closed:
        return
    row.closed_at = now() if closed else None
    row.version += 1
    session.add(row)
    session.flush()
    audit.record(session, actor, "milestone", milestone_id, "closed" if closed else "reopened")


def shift(session: Session, actor: Actor, project_id: int, milestone_id: int, down: bool) -> None:
    """Move a milestone one place up or down."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, milestone_id)
    rows = list(
        session.execute(
            select(Milestone).where(col(Milestone.project_id) == project_id).order_by(*_order())
        ).scalars()
    )
    place = rows.index(row)
    other = place + (1 if down else -1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, each in enumerate(rows):
        if each.position != position:
            each.position = position
            session.add(each)
    session.flush()


def delete(session: Session, actor: Actor, project_id: int, milestone_id: int) -> None:
    """Delete a milestone; its task lists and tasks stay, without one.

    Raises DomainError where an invoice or another document names it.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, milestone_id)
    if is_referred(session, Milestone, [milestone_id], but=("task", "task_list")):
        raise DomainError("milestone.error.referred", name=row.name)
    for model in (Task, TaskList):
        session.execute(
            update(model)
            .where(col(model.milestone_id) == milestone_id)
            .values(milestone_id=None, version=model.version + 1)
        )
    audit.record(session, actor, "milestone", milestone_id, "deleted", before={"name": row.name})
    parts.forget(session, BudgetScope.MILESTONE, [milestone_id])
    session.delete(row)
    session.flush()
