"""The people on a project: who they are, what they worked, and the rate agreed for them on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod
from finance_app.models import Project, ProjectMember, Task, TimeLog, User, UserRate
from finance_app.models.kinds import WorkState
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.fields import Fields, read_id
from finance_app.services.portal import today
from finance_app.services.projects import directory as projects
from finance_app.services.rates import Repricing


@dataclass(frozen=True)
class MemberRecord:
    """A person on the project, or one who only logged time on it (`joined` false). `own_rate` is the one
    agreed for this project, `rate` the one in force today under hours by person; None where unseen."""

    user_id: int
    name: str
    job_title: str
    joined: bool
    archived: bool
    is_manager: bool
    seconds: int | None
    open_tasks: int
    last_day: date | None
    own_rate: Decimal | None
    rate: Decimal | None


def members(session: Session, actor: Actor, project_id: int) -> list[MemberRecord]:
    """Members first, then others with time, by name. Hours of others only for those who may see them."""
    actor.require(Permission.PROJECTS_VIEW, project_id)
    project = projects.get(session, actor, project_id)
    joined = {
        row.user_id: row
        for row in session.execute(
            select(ProjectMember).where(col(ProjectMember.project_id) == project_id)
        ).scalars()
    }
    worked = {
        row[0]: (int(row[1]), row[2])
        for row in session.execute(
            select(col(TimeLog.user_id), func.sum(TimeLog.seconds), func.max(col(TimeLog.day)))
            .where(col(TimeLog.project_id) == project_id)
            .group_by(col(TimeLog.user_id))
        )
    }
    owned = {
        row[0]: row[1]
        for row in session.execute(
            select(col(Task.owner_id), func.count())
            .where(
                col(Task.project_id) == project_id,
                col(Task.state) == WorkState.OPEN,
                col(Task.archived_at).is_(None),
            )
            .group_by(col(Task.owner_id))
        )
    }
    sees_all = actor.may(Permission.TIME_VIEW_ALL, project_id)
    shown = set(joined) | (set(worked) if sees_all else set())
    people = session.execute(select(User).where(col(User.id).in_(shown))).scalars()
    prices = _rates(session, actor, project, joined)
    found = [
        MemberRecord(
            user_id=user.id or 0,
            name=user.name,
            job_title=user.job_title,
            joined=user.id in joined,
            archived=user.archived_at is not None,
            is_manager=user.id == project.manager_id,
            seconds=worked.get(user.id, (0, None))[0] if sees_all or user.id == actor.user_id else None,
            open_tasks=owned.get(user.id, 0),
            last_day=worked.get(user.id, (0, None))[1] if sees_all or user.id == actor.user_id else None,
            own_rate=prices.get(user.id, (None, None))[0],
            rate=prices.get(user.id, (None, None))[1],
        )
        for user in people
    ]
    return sorted(found, key=lambda row: (not row.joined, row.name.casefold(), row.user_id))


def _rates(
    session: Session, actor: Actor, project: Project, joined: Mapping[int, ProjectMember]
) -> dict[int | None, tuple[Decimal | None, Decimal | None]]:
    """The agreed rate and the one in force of each member; only where the project bills by person."""
    if (
        not actor.may(Permission.RATES_VIEW, project.id)
        or project.billing_method is not BillingMethod.STAFF_HOURS
    ):
        return {}
    current: dict[int, Decimal] = {}
    if project.currency == rates.base_currency(session):
        history = session.execute(
            select(UserRate)
            .where(
                col(UserRate.user_id).in_(joined),
                col(UserRate.bill_rate).is_not(None),
                col(UserRate.valid_from) <= today(session),
            )
            .order_by(col(UserRate.valid_from))
        ).scalars()
        current = {row.user_id: row.bill_rate for row in history if row.bill_rate is not None}
    return {
        user_id: (row.bill_rate, row.bill_rate if row.bill_rate is not None else current.get(user_id))
        for user_id, row in joined.items()
    }


def add(session: Session, actor: Actor, project_id: int, data: Mapping[str, str]) -> ProjectMember:
    """Put a person on the project, with their rate on it where one is given. Raises InvalidFields."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = projects.get(session, actor, project_id)
    fields = Fields(data, {"user_id": 20, "bill_rate": 30})
    user_id = fields.read("user_id", read_id)
    user = session.get(User, user_id) if user_id else None
    if user is None or user.archived_at is not None:
        fields.refuse("user_id", DomainError("project.member.error.who"))
    elif _member(session, project_id, user_id):
        fields.refuse("user_id", DomainError("project.member.error.twice", name=user.name))
    rate = _read_rate(actor, project, fields)
    fields.check()
    assert user is not None
    row = ProjectMember(project_id=project_id, user_id=user.id or 0, bill_rate=rate)
    session.add(row)
    session.flush()
    audit.record(session, actor, "project", project_id, "member_added", person=user.name, **_said(rate))
    rates.price_logs(session, project_id=project_id, user_id=user.id)
    return row


def set_rate(
    session: Session, actor: Actor, project_id: int, user_id: int, data: Mapping[str, str]
) -> Repricing:
    """Agree another rate for a member on this project; nothing typed takes it back.

    Unbilled time is priced anew. `rates.tried` shows beforehand what it would do.
    """
    actor.require(Permission.RATES_EDIT)
    project = projects.get(session, actor, project_id)
    row = _known(session, project_id, user_id)
    fields = Fields(data, {"bill_rate": 30})
    rate = _read_rate(actor, project, fields)
    fields.check()
    before = row.bill_rate
    if rate != before:
        row.bill_rate = rate
        session.add(row)
        session.flush()
        audit.record(
            session, actor, "project", project_id, "member_rate",
            before=_said(before), after=_said(rate), person=session.get_one(User, user_id).name,
        )  # fmt: skip
    return rates.reprice(session, project_id=project_id, user_id=user_id)


def remove(session: Session, actor: Actor, project_id: int, user_id: int) -> Repricing:
    """Take a person off the project. Their time stays; a rate agreed for it ends for unbilled time.

    Raises DomainError while they own open tasks.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = _known(session, project_id, user_id)
    user = session.get_one(User, user_id)
    owned = session.execute(
        select(func.count())
        .select_from(Task)
        .where(
            col(Task.project_id) == project_id,
            col(Task.owner_id) == user_id,
            col(Task.state) == WorkState.OPEN,
            col(Task.archived_at).is_(None),
        )
    ).scalar_one()
    if owned:
        raise DomainError("project.member.error.owns_tasks", name=user.name, n=owned)
    session.delete(row)
    session.flush()
    audit.record(
        session, actor, "project", project_id, "member_removed",
        before=_said(row.bill_rate), person=user.name,
    )  # fmt: skip
    return rates.reprice(session, project_id=project_id, user_id=user_id)


def rate_value(session: Session, actor: Actor, project_id: int, user_id: int) -> str:
    """The agreed rate as the form shows it."""
    actor.require(Permission.RATES_EDIT)
    row = _known(session, project_id, user_id)
    return "" if row.bill_rate is None else format(row.bill_rate, "f")


def _read_rate(actor: Actor, project: Project, fields: Fields) -> Decimal | None:
    typed = fields.read("bill_rate", rates.read_rate)
    if typed is None:
        return None
    actor.require(Permission.RATES_EDIT)
    if project.billing_method is not BillingMethod.STAFF_HOURS:
        raise InvalidFields({"bill_rate": DomainError("project.member.error.method")})
    return typed


def _said(rate: Decimal | None) -> dict[str, Any]:
    return {} if rate is None else {"bill_rate": str(rate)}


def _member(session: Session, project_id: int, user_id: int | None) -> ProjectMember | None:
    return (
        session.execute(
            select(ProjectMember).where(
                col(ProjectMember.project_id) == project_id, col(ProjectMember.user_id) == user_id
            )
        )
        .scalars()
        .first()
    )


def _known(session: Session, project_id: int, user_id: int) -> ProjectMember:
    row = _member(session, project_id, user_id)
    if row is None:
        raise NotFound
    return row
