"""The list of time: searched, filtered, one page at a time, with the hours of all that is found."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.periods import Month, Period
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models import Client, Project, Task, TimeLog, User
from finance_app.models.kinds import ApprovalState
from finance_app.services.accounts import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.time_logs import rules_of, seen_by, today_of

ASKS = ListAsks(
    sorts=("day", "person", "project", "hours"),
    default_sort="-day",
    filters=(
        *("person", "project", "client", "period", "from", "until"),
        *("billable", "approval", "billed", "import"),
    ),
)


class TimePeriod(StrEnum):
    """The periods that the list offers by name."""

    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"


@dataclass(frozen=True)
class LogRecord:
    """A row of the list."""

    id: int
    day: date
    user_id: int
    person: str
    project_id: int
    project: str
    client: str
    task: str
    seconds: int
    billable: bool
    notes: str
    approval: ApprovalState
    billed: bool
    locked: bool = False

    @property
    def hours(self) -> Any:
        return hours(self.seconds)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def period_of(name: str, today: date) -> Period | None:
    """The days of a named period; weeks begin on Monday."""
    monday, month = monday_of(today), Month.of(today)
    week = timedelta(days=6)
    periods = {
        TimePeriod.THIS_WEEK: Period(monday, monday + week),
        TimePeriod.LAST_WEEK: Period(monday - timedelta(days=7), monday - timedelta(days=1)),
        TimePeriod.THIS_MONTH: month.period,
        TimePeriod.LAST_MONTH: (month + -1).period,
    }
    return periods[TimePeriod(name)] if name in periods else None


def page(session: Session, actor: Actor, query: ListQuery) -> Found[LogRecord]:
    """One page of the time that the actor may see. `totals` has the seconds of all that is found, and how
    many of them are billable."""
    actor.require(Permission.TIME_VIEW)
    conditions = [seen_by(actor), *_narrowed(query, today_of(actor))]
    statement = (
        select(
            col(TimeLog.id),
            col(TimeLog.day),
            col(TimeLog.user_id),
            col(User.name),
            col(TimeLog.project_id),
            col(Project.name),
            func.coalesce(Client.name, ""),
            func.coalesce(Task.name, ""),
            col(TimeLog.seconds),
            col(TimeLog.billable),
            col(TimeLog.notes),
            col(TimeLog.approval),
            col(TimeLog.invoice_line_id).is_not(None),
        )
        .join(User, col(User.id) == col(TimeLog.user_id))
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .where(*conditions)
    )
    sorts = {
        "day": col(TimeLog.day),
        "person": (func.lower(User.name), col(TimeLog.day)),
        "project": (func.lower(Project.name), col(TimeLog.day)),
        "hours": col(TimeLog.seconds),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(TimeLog.id))
    seconds, billable = session.execute(
        select(
            func.coalesce(func.sum(col(TimeLog.seconds)), 0),
            func.coalesce(func.sum(col(TimeLog.seconds)).filter(col(TimeLog.billable)), 0),
        )
        .select_from(TimeLog)
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .where(*conditions)
    ).one()
    rules = rules_of(session)
    handed_in = (ApprovalState.SUBMITTED, ApprovalState.APPROVED) if rules.needs_approval else ()
    rows = [
        replace(
            record,
            locked=record.billed
            or record.approval in handed_in
            or (rules.closed_until is not None and record.day <= rules.closed_until),
        )
        for record in (LogRecord(*row) for row in found.rows)
    ]
    return Found(rows, found.total, found.query, {"seconds": int(seconds), "billable": int(billable)})


def _narrowed(query: ListQuery, today: date) -> list[Any]:
    conditions: list[Any] = []
    for name, column in (
        ("person", col(TimeLog.user_id)),
        ("project", col(TimeLog.project_id)),
        ("client", col(Project.client_id)),
        ("import", col(TimeLog.import_id)),
    ):
        if wanted := query.filter(name):
            conditions.append(column == _number(wanted))
    if period := period_of(query.filter("period"), today):
        conditions += [col(TimeLog.day) >= period.first, col(TimeLog.day) <= period.last]
    if first := _day(query.filter("from")):
        conditions.append(col(TimeLog.day) >= first)
    if last := _day(query.filter("until")):
        conditions.append(col(TimeLog.day) <= last)
    if (billable := query.filter("billable")) in ("yes", "no"):
        conditions.append(col(TimeLog.billable).is_(billable == "yes"))
    if (approval := query.filter("approval")) in tuple(ApprovalState):
        conditions.append(col(TimeLog.approval) == ApprovalState(approval))
    line = col(TimeLog.invoice_line_id)
    match query.filter("billed"):
        case "yes":
            conditions.append(line.is_not(None))
        case "no":
            conditions += [line.is_(None), col(TimeLog.billable).is_(True)]
    if query.search:
        pattern = like(query.search)
        columns = (col(TimeLog.notes), col(Project.name), col(Task.name))
        conditions.append(or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    return conditions


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def choices(session: Session, actor: Actor) -> dict[str, list[tuple[int, str]]]:
    """People, projects and clients that have time the actor may see, for the filters."""
    actor.require(Permission.TIME_VIEW)
    with_time = select(col(TimeLog.project_id)).where(seen_by(actor)).distinct()
    projects = session.execute(
        select(col(Project.id), col(Project.name), col(Project.client_id))
        .where(col(Project.id).in_(with_time))
        .order_by(func.lower(Project.name))
    ).all()
    people = session.execute(
        select(col(User.id), col(User.name))
        .where(col(User.id).in_(select(col(TimeLog.user_id)).where(seen_by(actor)).distinct()))
        .order_by(func.lower(User.name))
    ).all()
    clients = session.execute(
        select(col(Client.id), col(Client.name))
        .where(col(Client.id).in_({row[2] for row in projects if row[2]}))
        .order_by(func.lower(Client.name))
    ).all()
    return {
        "people": [(row[0], row[1]) for row in people],
        "projects": [(row[0], row[1]) for row in projects],
        "clients": [(row[0], row[1]) for row in clients],
    }
