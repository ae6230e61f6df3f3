"""The list of time logs: search, filters, order, one page, and the total of its hours.

The page's ids are found on indexes of the logs alone; names are joined to the rows of the page only.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from finance_app.domain.periods import Month, Period
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalState
from finance_app.models import (
    Client,
    Invoice,
    InvoiceLine,
    Milestone,
    Project,
    Task,
    TaskList,
    TimeImport,
    TimeLog,
    User,
)
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.bill_from import still_to_bill
from finance_app.services.invoicing.scope import approved
from finance_app.services.listing import Found, ListAsks, ListQuery, like
from finance_app.services.portal import today
from finance_app.services.time_tracking.approvals import monday_of

PERIODS = ("this_week", "last_week", "this_month", "last_month")
TO_BILL = ("due", "ready", "unapproved", "no_rate", "no_client")
ASKS = ListAsks(
    sorts=("day", "person", "project", "hours"),
    default_sort="-day",
    filters=(
        "period",
        "from",
        "until",
        "person",
        "client",
        "project",
        "task",
        "list",
        "milestone",
        "billable",
        "approval",
        "billed",
        "import",
        "amount",
    ),
)

NONE = "none"


@dataclass(frozen=True)
class TimeRecord:
    """A row of the list. `invoice` is the number, or empty for a draft or for unbilled time."""

    id: int
    day: date
    user_id: int
    person: str
    client: str
    project: str
    task: str
    notes: str
    seconds: int
    billable: bool
    approval: ApprovalState
    approval_note: str
    invoice_id: int | None
    invoice: str
    version: int


@dataclass(frozen=True)
class Choices:
    """What the filters offer: pairs of id and name."""

    people: list[tuple[int, str]]
    projects: list[tuple[int, str]]
    clients: list[tuple[int, str]]
    imports: list[tuple[int, str]]


def period_of(name: str, day: date) -> Period | None:
    """The days of a named period seen from `day`; weeks start on Monday."""
    monday, month = monday_of(day), Month.of(day)
    return {
        "this_week": Period(monday, monday + timedelta(days=6)),
        "last_week": Period(monday - timedelta(days=7), monday - timedelta(days=1)),
        "this_month": month.period,
        "last_month": (month + -1).period,
    }.get(name)


def page(session: Session, actor: Actor, query: ListQuery) -> Found[TimeRecord]:
    """One page of the logs that the actor may see; `totals["seconds"]` is the time of all that are found."""
    actor.require_somewhere(Permission.TIME_VIEW)
    where = conditions(session, actor, query)
    total, seconds = session.execute(
        select(func.count(), func.coalesce(func.sum(TimeLog.seconds), 0)).where(*where)
    ).one()
    if query.size is not None:
        query = replace(query, page=min(query.page, max(1, -(-total // query.size))))
    ids = _ordered(select(col(TimeLog.id)).where(*where), query)
    if query.size is not None:
        ids = ids.limit(query.size).offset((query.page - 1) * query.size)
        wanted: Any = list(session.execute(ids).scalars())
    else:
        wanted = ids.subquery().select()
    rows = session.execute(_ordered(_records().where(col(TimeLog.id).in_(wanted)), query)).all()
    return Found([TimeRecord(*row) for row in rows], int(total), query, {"seconds": int(seconds)})


def record(session: Session, actor: Actor, log_id: int) -> TimeRecord | None:
    """One row, by its number, if the actor may see it."""
    actor.require_somewhere(Permission.TIME_VIEW)
    row = session.execute(_records().where(col(TimeLog.id) == log_id, *_seen_by(actor))).first()
    return TimeRecord(*row) if row else None


def _records() -> Select:
    return (
        select(
            col(TimeLog.id),
            col(TimeLog.day),
            col(TimeLog.user_id),
            col(User.name),
            func.coalesce(Client.name, ""),
            col(Project.name),
            func.coalesce(Task.name, ""),
            col(TimeLog.notes),
            col(TimeLog.seconds),
            col(TimeLog.billable),
            col(TimeLog.approval),
            col(TimeLog.approval_note),
            col(InvoiceLine.invoice_id),
            func.coalesce(Invoice.number, ""),
            col(TimeLog.version),
        )
        .join(User, col(User.id) == col(TimeLog.user_id))
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .outerjoin(InvoiceLine, col(InvoiceLine.id) == col(TimeLog.invoice_line_id))
        .outerjoin(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
    )


def _ordered(statement: Select, query: ListQuery) -> Select:
    if query.sort in ("person", "project"):
        kind, link = (User, TimeLog.user_id) if query.sort == "person" else (Project, TimeLog.project_id)
        named = aliased(kind)
        statement = statement.join(named, named.id == link)  # type: ignore[arg-type]
        columns = [func.lower(named.name), col(TimeLog.day)]
    else:
        columns = [col(TimeLog.seconds)] if query.sort == "hours" else [col(TimeLog.day)]
    columns.append(col(TimeLog.id))
    return statement.order_by(*(column.desc() if query.descending else column.asc() for column in columns))


def conditions(session: Session, actor: Actor, query: ListQuery) -> list[Any]:
    """What the logs meet that a query finds and the actor may see."""
    where: list[Any] = _seen_by(actor)
    links = {
        "person": TimeLog.user_id,
        "project": TimeLog.project_id,
        "task": TimeLog.task_id,
        "import": TimeLog.import_id,
    }
    for name, column in links.items():
        if name == "task" and query.filter(name) == NONE:
            where.append(col(column).is_(None))
        elif query.filter(name):
            number = _number(query.filter(name))
            where.append(col(column) == number if number else false())
    if query.filter("list") or query.filter("milestone"):
        where.append(_of_parts(query))
    if client := query.filter("client"):
        owner = col(Project.client_id)
        of_client = select(col(Project.id)).where(
            owner.is_(None) if client == "none" else owner == _number(client)
        )
        where.append(col(TimeLog.project_id).in_(of_client))
    if period := period_of(query.filter("period"), today(session)):
        where.append(col(TimeLog.day).between(period.first, period.last))
    if first := _day(query.filter("from")):
        where.append(col(TimeLog.day) >= first)
    if last := _day(query.filter("until")):
        where.append(col(TimeLog.day) <= last)
    if query.filter("billable") in ("yes", "no"):
        where.append(col(TimeLog.billable).is_(query.filter("billable") == "yes"))
    if query.filter("approval") in set(ApprovalState):
        where.append(col(TimeLog.approval) == ApprovalState(query.filter("approval")))
    if query.filter("billed") in ("yes", "no"):
        line = col(TimeLog.invoice_line_id)
        where.append(line.is_not(None) if query.filter("billed") == "yes" else line.is_(None))
    if query.filter("billed") in TO_BILL:
        where += _to_bill(session, actor, query.filter("billed"))
    if query.search:
        where.append(_matches(query.search))
    return where


def _of_parts(query: ListQuery) -> Any:
    """On a task of a task list, or of a milestone; a task without its own milestone follows its list."""
    tasks = select(col(Task.id)).outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
    parts = {
        "list": col(Task.task_list_id),
        "milestone": func.coalesce(col(Task.milestone_id), col(TaskList.milestone_id)),
    }
    for name, part in parts.items():
        wanted = query.filter(name)
        if wanted == NONE:
            tasks = tasks.where(part.is_(None))
        elif wanted:
            tasks = tasks.where(part == (_number(wanted) or 0))
    return col(TimeLog.task_id).in_(tasks)


def parts_named(session: Session, project_id: int, query: ListQuery) -> list[str]:
    """The names of the task, task list and milestone of the project to which the list is narrowed."""
    found = []
    for name, model in (("task", Task), ("list", TaskList), ("milestone", Milestone)):
        number = _number(query.filter(name))
        row = session.get(model, number) if number else None
        if row is not None and row.project_id == project_id:
            found.append(row.name)
    return found


def _seen_by(actor: Actor) -> list[Any]:
    """Everybody's time, or one's own and that of the projects where one sees it all."""
    projects = actor.projects_with(Permission.TIME_VIEW_ALL)
    if projects is None:
        return []
    own = col(TimeLog.user_id) == actor.user_id
    return [or_(own, col(TimeLog.project_id).in_(projects)) if projects else own]


def _to_bill(session: Session, actor: Actor, which: str) -> list[Any]:
    """Unbilled billable time: what is billed by the hour, of it what lacks a rate, what has one and can be
    billed now or is not approved, or what lacks a client."""
    where: list[Any] = [col(TimeLog.invoice_line_id).is_(None), col(TimeLog.billable).is_(True)]
    where += still_to_bill(session)
    projects = select(col(Project.id))
    if which == "no_client":
        projects = projects.where(col(Project.client_id).is_(None))
    else:
        projects = projects.where(col(Project.billing_method) != BillingMethod.FIXED_COST)
    where.append(col(TimeLog.project_id).in_(projects))
    if which in ("no_rate", "ready", "unapproved"):
        rate = col(TimeLog.bill_rate)
        if not actor.may(Permission.INVOICES_VIEW):
            where.append(false())
        where.append(rate.is_(None) if which == "no_rate" else rate.is_not(None))
    if which in ("ready", "unapproved"):
        where.append(approved(session) if which == "ready" else ~approved(session))
    return where


def _matches(text: str) -> Any:
    pattern = like(text)
    return or_(
        col(TimeLog.notes).ilike(pattern, escape="\\"),
        col(TimeLog.task_id).in_(select(col(Task.id)).where(col(Task.name).ilike(pattern, escape="\\"))),
        col(TimeLog.project_id).in_(
            select(col(Project.id)).where(col(Project.name).ilike(pattern, escape="\\"))
        ),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def choices(session: Session, actor: Actor) -> Choices:
    """What the filters offer to the actor."""
    actor.require_somewhere(Permission.TIME_VIEW)
    projects = select(col(Project.id), col(Project.name)).order_by(func.lower(Project.name))
    if not actor.may(Permission.TIME_VIEW_ALL):
        own = select(col(TimeLog.project_id)).where(col(TimeLog.user_id) == actor.user_id)
        return Choices([], _pairs(session, projects.where(col(Project.id).in_(own))), [], [])
    return Choices(
        people_of(session, actor),
        _pairs(session, projects),
        _pairs(session, select(col(Client.id), col(Client.name)).order_by(func.lower(Client.name))),
        _pairs(
            session,
            select(col(TimeImport.id), col(TimeImport.file_name))
            .where(col(TimeImport.undone_at).is_(None), col(TimeImport.rows_imported) > 0)
            .order_by(col(TimeImport.id).desc())
            .limit(20),
        ),
    )


def people_of(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """The people whose time the actor may see."""
    people = select(col(User.id), col(User.name)).order_by(func.lower(User.name), col(User.id))
    if not actor.may(Permission.TIME_VIEW_ALL):
        people = people.where(col(User.id) == actor.user_id)
    return _pairs(session, people)


def _pairs(session: Session, statement: Select) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in session.execute(statement).all()]
