"""The list of the tasks, or of the issues, of a project: groups, filters, order, one page, with its figures.

Figures of time are read for the rows of the page, and summed for the groups that the page shows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import case, false, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.work import percent_done
from finance_app.models import Invoice, InvoiceLine, Milestone, Task, TaskList, TimeLog, User
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.projects import directory as projects

GROUPS = ("list", "milestone", "owner", "none")
ASKS = ListAsks(
    sorts=("number", "name", "owner", "state", "percent", "planned", "logged", "due"),
    default_sort="number",
    filters=("state", "owner", "milestone", "list", "billed", "group", "project"),
)
NARROWING = ("state", "owner", "milestone", "list", "billed")


@dataclass(frozen=True)
class TaskRecord:
    """A row of the list. `planned_seconds` counts every occurrence; `bill_rate` is None also where it may not
    be seen; `invoices` are id and number (empty for a draft) of those that billed its time, newest first."""

    id: int
    project_id: int
    number: str
    name: str
    kind: WorkKind
    state: WorkState
    archived: bool
    owner_id: int | None
    owner: str
    list_id: int | None
    list_name: str
    milestone_id: int | None
    milestone: str
    percent: int
    planned_seconds: int | None
    billable: bool
    bill_rate: Decimal | None
    due_date: date | None
    recurring: bool
    logged_seconds: int = 0
    invoices: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class GroupSum:
    """What the found tasks of a group come to."""

    count: int
    planned_seconds: int
    logged_seconds: int


@dataclass(frozen=True)
class Choices:
    """What the filters and the bulk actions offer: pairs of id and name, without what is archived."""

    owners: list[tuple[int, str]] = field(default_factory=list)
    lists: list[tuple[int, str]] = field(default_factory=list)
    milestones: list[tuple[int, str]] = field(default_factory=list)


_milestone_id = func.coalesce(Task.milestone_id, TaskList.milestone_id)
_planned = col(Task.planned_seconds) * col(Task.occurrences)


def group_of(query: ListQuery) -> str:
    wanted = query.filter("group")
    return wanted if wanted in GROUPS else "list"


def group_key(record: TaskRecord, group: str) -> int | None:
    """By what a row belongs to its group; None for those without list, milestone or owner."""
    return {"list": record.list_id, "milestone": record.milestone_id, "owner": record.owner_id}.get(group)


def page(session: Session, actor: Actor, kind: WorkKind, query: ListQuery) -> Found[TaskRecord]:
    """One page of the tasks of a kind, in the order of their groups.

    `totals`: `groups` maps a group_key to its GroupSum, for the groups of this page; `all` is of all found.
    The filter `project` says whose; `state` is open, closed, cancelled, archived or all (not archived where
    absent); `owner`, `milestone` and `list` are an id or none.
    """
    project_id = _number(query.filter("project"))
    projects.get(session, actor, project_id)
    where = _conditions(actor, kind, query)
    statement = _records().where(*where)
    group = group_of(query)
    statement = statement.order_by(*_group_order(group))
    found = page_of(session, statement, query, sorts=_sorts(), tie=col(Task.id))
    sees = actor.may(Permission.RATES_VIEW, project_id)
    rows = [_record(row, sees) for row in found.rows]
    rows = _with_time(session, actor, rows)
    keys = {group_key(row, group) for row in rows} if group != "none" else set()
    return Found(
        rows,
        found.total,
        found.query,
        {"groups": _group_sums(session, group, keys, where), "all": _sums(session, where)},
    )


def record(session: Session, actor: Actor, project_id: int, task_id: int) -> TaskRecord:
    """One row of the list, of whichever kind. Raises NotFound."""
    projects.get(session, actor, project_id)
    row = session.execute(
        _records().where(col(Task.id) == task_id, col(Task.project_id) == project_id)
    ).first()
    if row is None:
        raise NotFound
    return _with_time(session, actor, [_record(row, actor.may(Permission.RATES_VIEW, project_id))])[0]


def _records() -> Any:
    return _joined(
        select(
            col(Task.id),
            col(Task.project_id),
            func.coalesce(Task.number, ""),
            col(Task.name),
            col(Task.kind),
            col(Task.state),
            col(Task.archived_at).is_not(None),
            col(Task.owner_id),
            func.coalesce(User.name, ""),
            col(TaskList.id),
            func.coalesce(TaskList.name, ""),
            col(Milestone.id),
            func.coalesce(Milestone.name, ""),
            col(Task.percent_done),
            _planned,
            col(Task.billable),
            col(Task.bill_rate),
            col(Task.due_date),
            col(Task.recurrence).is_not(None),
        )
    )


def _record(row: Sequence[Any], sees_rates: bool) -> TaskRecord:
    record = TaskRecord(*row)
    return replace(
        record,
        percent=percent_done(record.percent, record.state is WorkState.CLOSED),
        bill_rate=record.bill_rate if sees_rates else None,
    )


def _joined(statement: Any) -> Any:
    return (
        statement.select_from(Task)
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .outerjoin(Milestone, col(Milestone.id) == _milestone_id)
        .outerjoin(User, col(User.id) == col(Task.owner_id))
    )


def _group_order(group: str) -> list[Any]:
    """Groups in their own order; what is in none comes last."""
    return {
        "list": [
            col(TaskList.id).is_(None),
            col(TaskList.position),
            func.lower(TaskList.name),
            col(TaskList.id),
        ],
        "milestone": [
            col(Milestone.id).is_(None),
            col(Milestone.position),
            col(Milestone.due_date),
            col(Milestone.id),
        ],
        "owner": [col(User.id).is_(None), func.lower(User.name), col(User.id)],
    }.get(group, [])


def _sorts() -> dict[str, Any]:
    logged = (
        select(func.coalesce(func.sum(TimeLog.seconds), 0))
        .where(col(TimeLog.task_id) == col(Task.id))
        .correlate(Task)
        .scalar_subquery()
    )
    return {
        "number": (func.length(func.coalesce(Task.number, "")), func.coalesce(Task.number, "")),
        "name": func.lower(Task.name),
        "owner": func.lower(func.coalesce(User.name, "")),
        "state": col(Task.state),
        "percent": case((col(Task.state) == WorkState.CLOSED, 100), else_=col(Task.percent_done)),
        "planned": func.coalesce(_planned, 0),
        "logged": logged,
        "due": (col(Task.due_date).is_(None), col(Task.due_date)),
    }


def _conditions(actor: Actor, kind: WorkKind, query: ListQuery) -> list[Any]:
    where: list[Any] = [col(Task.kind) == kind, col(Task.project_id) == _number(query.filter("project"))]
    state, archived = query.filter("state"), col(Task.archived_at)
    if state == "archived":
        where.append(archived.is_not(None))
    elif state != "all":
        where.append(archived.is_(None))
        if state in set(WorkState):
            where.append(col(Task.state) == WorkState(state))
    for name, column in (
        ("owner", col(Task.owner_id)),
        ("list", col(Task.task_list_id)),
        ("milestone", _milestone_id),
    ):
        wanted = query.filter(name)
        if wanted == "none":
            where.append(column.is_(None))
        elif wanted == "me" and name == "owner":
            where.append(column == actor.user_id)
        elif wanted:
            number = _number(wanted)
            where.append(column == number if number else false())
    billed = (
        select(col(TimeLog.id))
        .where(col(TimeLog.task_id) == col(Task.id), col(TimeLog.invoice_line_id).is_not(None))
        .correlate(Task)
    )
    if query.filter("billed") in ("yes", "no"):
        where.append(billed.exists() if query.filter("billed") == "yes" else ~billed.exists())
    if query.search:
        pattern = like(query.search)
        where.append(
            or_(
                col(Task.name).ilike(pattern, escape="\\"),
                col(Task.number).ilike(pattern, escape="\\"),
                col(Task.description).ilike(pattern, escape="\\"),
            )
        )
    return where


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


CHUNK = 5_000


def _with_time(session: Session, actor: Actor, rows: list[TaskRecord]) -> list[TaskRecord]:
    ids = [row.id for row in rows]
    logged: dict[int, int] = {}
    billed: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        logged |= logged_by_task(session, part)
        if actor.may(Permission.INVOICES_VIEW, rows[0].project_id):
            billed |= invoices_by_task(session, part)
    return [
        replace(row, logged_seconds=logged.get(row.id, 0), invoices=tuple(billed.get(row.id, ())))
        for row in rows
    ]


def logged_by_task(session: Session, task_ids: Sequence[int]) -> dict[int, int]:
    """Seconds of each task that has any."""
    rows = session.execute(
        select(col(TimeLog.task_id), func.sum(TimeLog.seconds))
        .where(col(TimeLog.task_id).in_(task_ids))
        .group_by(col(TimeLog.task_id))
    )
    return {row[0]: int(row[1]) for row in rows}


def invoices_by_task(session: Session, task_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """The invoices that billed time of each task: id and number, the newest first; a draft has no number."""
    rows = session.execute(
        select(col(TimeLog.task_id), col(Invoice.id), func.coalesce(Invoice.number, ""))
        .join(InvoiceLine, col(InvoiceLine.id) == col(TimeLog.invoice_line_id))
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(col(TimeLog.task_id).in_(task_ids))
        .distinct()
        .order_by(col(Invoice.id).desc())
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for task_id, invoice_id, number in rows:
        found[task_id].append((invoice_id, number))
    return found


def _group_sums(
    session: Session, group: str, keys: set[int | None], where: list[Any]
) -> dict[int | None, GroupSum]:
    if not keys:
        return {}
    column = {"list": col(TaskList.id), "milestone": col(Milestone.id), "owner": col(User.id)}[group]
    known = [key for key in keys if key is not None]
    within = or_(column.in_(known), column.is_(None)) if None in keys else column.in_(known)
    plans = session.execute(
        _joined(select(column, func.count(), func.coalesce(func.sum(_planned), 0)))
        .where(*where, within)
        .group_by(column)
    ).all()
    time: Mapping[int | None, int] = {
        row[0]: int(row[1])
        for row in session.execute(
            _joined(select(column, func.sum(TimeLog.seconds)))
            .join(TimeLog, col(TimeLog.task_id) == col(Task.id))
            .where(*where, within)
            .group_by(column)
        )
    }
    return {key: GroupSum(count, int(planned), time.get(key, 0)) for key, count, planned in plans}


def _sums(session: Session, where: list[Any]) -> GroupSum:
    count, planned = session.execute(
        _joined(select(func.count(), func.coalesce(func.sum(_planned), 0))).where(*where)
    ).one()
    logged = session.execute(
        _joined(select(func.coalesce(func.sum(TimeLog.seconds), 0)))
        .join(TimeLog, col(TimeLog.task_id) == col(Task.id))
        .where(*where)
    ).scalar_one()
    return GroupSum(count, int(planned), int(logged))


def choices(session: Session, actor: Actor, project_id: int) -> Choices:
    """What can be chosen in a project: the owners that its tasks have, its lists and milestones."""
    projects.get(session, actor, project_id)
    owners = select(col(Task.owner_id)).where(col(Task.project_id) == project_id).distinct()

    def pairs(statement: Any) -> list[tuple[int, str]]:
        return [(row[0], row[1]) for row in session.execute(statement)]

    return Choices(
        pairs(
            select(col(User.id), col(User.name))
            .where(col(User.id).in_(owners))
            .order_by(func.lower(User.name))
        ),
        pairs(
            select(col(TaskList.id), col(TaskList.name))
            .where(col(TaskList.project_id) == project_id, col(TaskList.archived_at).is_(None))
            .order_by(col(TaskList.position), func.lower(TaskList.name))
        ),
        pairs(
            select(col(Milestone.id), col(Milestone.name))
            .where(col(Milestone.project_id) == project_id)
            .order_by(col(Milestone.position), col(Milestone.due_date), col(Milestone.id))
        ),
    )
