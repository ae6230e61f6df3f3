"""What a person works on: hours of the months, projects and latest time logs, as far as one may see them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import Project, ProjectMember, TimeLog
from finance_app.models.kinds import BillingMethod
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import ListQuery
from finance_app.services.portal import today
from finance_app.services.time_tracking.listing import TimeRecord, period_of
from finance_app.services.time_tracking.listing import page as time_page

MOST_PROJECTS = 20
LATEST = 8


@dataclass(frozen=True)
class MonthHours:
    """Seconds of a month, and how many of them are billable."""

    seconds: int
    billable_seconds: int


@dataclass(frozen=True)
class PersonProject:
    """A project that a person is on, by membership or by time. `rate` is what bills an hour today, in
    `currency`: None for those who may not see it, for a fixed cost, and where none is set."""

    id: int
    name: str
    seconds: int
    last_day: date | None
    method: BillingMethod
    currency: str
    rate: Decimal | None
    archived: bool


@dataclass(frozen=True)
class PersonWork:
    this_month: MonthHours
    last_month: MonthHours
    projects: list[PersonProject]
    project_count: int
    latest: list[TimeRecord]


def of(session: Session, actor: Actor, user_id: int) -> PersonWork:
    """Refused where the actor sees only their own time and this is another's."""
    actor.require_somewhere(Permission.TIME_VIEW)
    if user_id != actor.user_id and not actor.may(Permission.TIME_VIEW_ALL):
        raise DomainError("common.error.not_allowed")
    projects, count = _projects(session, actor, user_id)
    query = ListQuery(sort="day", descending=True, filters={"person": str(user_id)}, size=LATEST)
    return PersonWork(
        this_month=_hours(session, user_id, "this_month"),
        last_month=_hours(session, user_id, "last_month"),
        projects=projects,
        project_count=count,
        latest=time_page(session, actor, query).rows,
    )


def _hours(session: Session, user_id: int, name: str) -> MonthHours:
    period = period_of(name, today(session))
    assert period is not None
    billable = case((col(TimeLog.billable), col(TimeLog.seconds)), else_=0)
    row = session.execute(
        select(func.coalesce(func.sum(col(TimeLog.seconds)), 0), func.coalesce(func.sum(billable), 0)).where(
            col(TimeLog.user_id) == user_id, col(TimeLog.day).between(period.first, period.last)
        )
    ).one()
    return MonthHours(int(row[0]), int(row[1]))


def _projects(session: Session, actor: Actor, user_id: int) -> tuple[list[PersonProject], int]:
    """The projects worked on most lately, then those without time yet; and how many there are in all."""
    time = (
        select(
            col(TimeLog.project_id).label("project_id"),
            func.sum(col(TimeLog.seconds)).label("seconds"),
            func.max(col(TimeLog.day)).label("day"),
        )
        .where(col(TimeLog.user_id) == user_id)
        .group_by(col(TimeLog.project_id))
        .subquery()
    )
    member = select(col(ProjectMember.project_id)).where(col(ProjectMember.user_id) == user_id)
    statement = (
        select(Project, func.coalesce(time.c.seconds, 0), time.c.day)
        .outerjoin(time, time.c.project_id == col(Project.id))
        .where(col(Project.id).in_(member) | time.c.project_id.is_not(None))
    )
    if (visible := actor.visible_projects()) is not None:
        statement = statement.where(col(Project.id).in_(visible))
    count = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    rows = session.execute(
        statement.order_by(
            col(Project.archived_at).is_not(None),
            time.c.day.is_(None),
            time.c.day.desc(),
            func.lower(Project.name),
            col(Project.id),
        ).limit(MOST_PROJECTS)
    ).all()
    sees = actor.may(Permission.RATES_VIEW)
    day = today(session)
    return [
        PersonProject(
            id=project.id,
            name=project.name,
            seconds=int(seconds),
            last_day=last,
            method=project.billing_method,
            currency=project.currency,
            rate=rates.rate_for(session, project.id, None, user_id, day)[0] if sees else None,
            archived=project.archived_at is not None,
        )
        for project, seconds, last in rows
    ], count
