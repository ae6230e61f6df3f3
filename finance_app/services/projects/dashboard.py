"""How a project stands: hours by month, tasks, newest time logs. Every figure is one aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, extract, func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Month
from finance_app.domain.permissions import Permission
from finance_app.models import Milestone, Task, TimeLog
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import ListQuery
from finance_app.services.projects import directory as projects
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking.listing import TimeRecord

MONTHS = 12
RECENT = 8


@dataclass(frozen=True)
class MonthHours:
    month: Month
    billable_seconds: int
    other_seconds: int


@dataclass(frozen=True)
class WorkCounts:
    """Open and all tasks, open and all issues, and the planned time of the tasks."""

    open_tasks: int
    all_tasks: int
    open_issues: int
    all_issues: int
    planned_seconds: int


@dataclass(frozen=True)
class NextMilestone:
    id: int
    name: str
    due_date: date | None


@dataclass(frozen=True)
class Dashboard:
    """`months` are the MONTHS up to the last with time, without gaps; empty where there is no time."""

    months: list[MonthHours]
    counts: WorkCounts
    recent: Sequence[TimeRecord]
    milestone: NextMilestone | None


def dashboard(session: Session, actor: Actor, project_id: int) -> Dashboard:
    """Raises NotFound. Time of others is left out for those who may not see it."""
    actor.require(Permission.PROJECTS_VIEW, project_id)
    projects.get(session, actor, project_id)
    recent = time_listing.page(
        session,
        actor,
        ListQuery(sort="day", descending=True, filters={"project": str(project_id)}, size=RECENT),
    )
    return Dashboard(
        _months(session, actor, project_id),
        _counts(session, project_id),
        recent.rows,
        _next(session, project_id),
    )


def _months(session: Session, actor: Actor, project_id: int) -> list[MonthHours]:
    where = [col(TimeLog.project_id) == project_id]
    if not actor.may(Permission.TIME_VIEW_ALL, project_id):
        where.append(col(TimeLog.user_id) == actor.user_id)
    last_day = session.execute(select(func.max(col(TimeLog.day))).where(*where)).scalar()
    if last_day is None:
        return []
    last = Month.of(last_day)
    first = last + (1 - MONTHS)
    year, month = extract("year", col(TimeLog.day)), extract("month", col(TimeLog.day))
    seconds = col(TimeLog.seconds)
    rows = session.execute(
        select(
            year,
            month,
            func.sum(case((col(TimeLog.billable), seconds), else_=0)),
            func.sum(case((col(TimeLog.billable), 0), else_=seconds)),
        )
        .where(*where, col(TimeLog.day) >= first.period.first)
        .group_by(year, month)
    )
    found = {(int(row[0]), int(row[1])): (int(row[2]), int(row[3])) for row in rows}
    months = [first + place for place in range(MONTHS)]
    return [
        MonthHours(each, *found.get((each.period.first.year, each.period.first.month), (0, 0)))
        for each in months
    ]


def _counts(session: Session, project_id: int) -> WorkCounts:
    rows = session.execute(
        select(
            col(Task.kind),
            func.count(),
            func.sum(case((col(Task.state) == WorkState.OPEN, 1), else_=0)),
            func.coalesce(func.sum(col(Task.planned_seconds) * col(Task.occurrences)), 0),
        )
        .where(col(Task.project_id) == project_id, col(Task.archived_at).is_(None))
        .group_by(col(Task.kind))
    )
    by_kind = {row[0]: (row[1], int(row[2]), int(row[3])) for row in rows}
    tasks = by_kind.get(WorkKind.TASK, (0, 0, 0))
    issues = by_kind.get(WorkKind.ISSUE, (0, 0, 0))
    return WorkCounts(tasks[1], tasks[0], issues[1], issues[0], tasks[2] + issues[2])


def _next(session: Session, project_id: int) -> NextMilestone | None:
    row = (
        session.execute(
            select(Milestone)
            .where(col(Milestone.project_id) == project_id, col(Milestone.closed_at).is_(None))
            .order_by(col(Milestone.due_date).is_(None), col(Milestone.due_date), col(Milestone.position))
            .limit(1)
        )
        .scalars()
        .first()
    )
    return NextMilestone(row.id or 0, row.name, row.due_date) if row else None
