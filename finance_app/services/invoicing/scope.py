"""What an invoice of tracked time would take in: the lines it would have, and what is left out and why."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.grouping import (
    BillableLog,
    Eligibility,
    GroupBy,
    LineField,
    LineTexts,
    LogLine,
    Named,
    compose,
    group_logs,
)
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.i18n import formats, t
from finance_app.models import Client, Milestone, Project, Task, TaskList, TimeLog, User
from finance_app.models.kinds import ApprovalState, BillingMethod
from finance_app.services.accounts import Actor
from finance_app.services.invoicing.company import portal_of
from finance_app.services.invoicing.rounding import already_billed, resolve

MOST_PROJECTS = 200

NAME_FIELDS: dict[GroupBy, tuple[LineField, ...]] = {
    GroupBy.SINGLE: (LineField.PROJECT,),
    GroupBy.LOG: (LineField.TASK,),
    GroupBy.TASK: (LineField.TASK,),
    GroupBy.USER: (LineField.USER,),
    GroupBy.TASK_USER: (LineField.TASK, LineField.USER),
    GroupBy.TASK_LIST: (LineField.TASK_LIST,),
    GroupBy.MILESTONE: (LineField.MILESTONE,),
    GroupBy.DATE: (LineField.PERIOD,),
}
"""The fields that a line is named by, unless others are chosen."""


@dataclass(frozen=True)
class Scope:
    """What is to be billed: projects of one client, up to a day and optionally from one, both included.

    `fallback_rate` prices time that has no rate of its own.
    """

    project_ids: tuple[int, ...]
    until: date | None
    since: date | None = None
    group_by: GroupBy = GroupBy.TASK
    name_fields: tuple[LineField, ...] = ()
    description_fields: tuple[LineField, ...] = (LineField.PERIOD,)
    fallback_rate: Decimal | None = None


@dataclass(frozen=True)
class LeftOut:
    """Time that is not billed, and why."""

    reason: Eligibility
    logs: int
    seconds: int


@dataclass(frozen=True)
class DraftLine:
    """A line as it would stand on the invoice."""

    name: str
    description: str
    time: LogLine


@dataclass(frozen=True)
class ProjectShare:
    """What a project brings to the invoice."""

    project_id: int
    name: str
    logs: int
    seconds: int
    amount_minor: int


@dataclass(frozen=True)
class Preview:
    """What would be billed. `seen` stands for exactly these logs: a draft is made from it or not at all."""

    client_id: int
    client: str
    currency: str
    lines: list[DraftLine]
    shares: list[ProjectShare]
    left_out: list[LeftOut]
    seen: str
    logs: int = 0
    tracked_seconds: int = 0
    billed_seconds: int = 0
    amount_minor: int = 0
    versions: dict[int, int] = field(default_factory=dict)


def preview(session: Session, actor: Actor, scope: Scope, *, lock: bool = False) -> Preview:
    """What an invoice of the scope would hold. `lock` keeps the logs as they are until the commit.

    Raises DomainError: no project, no bill-up-to date, projects of several clients or currencies, a project
    without client, a fixed price.
    """
    actor.require(Permission.INVOICES_EDIT)
    projects, client = _projects(session, scope)
    currency = projects[0].currency
    rows = _billable(session, scope, lock=lock)
    logs = _logs(rows, scope.fallback_rate)
    lines = _lines(session, scope, projects, client, logs)
    texts = line_texts(client.locale)
    drafted = [
        DraftLine(
            name=_line_name(line, scope, texts, client.locale),
            description=compose(line, scope.description_fields, texts),
            time=line,
        )
        for line in lines
    ]
    amount = sum(line.amount_minor for line in lines)
    return Preview(
        client_id=client.id or 0,
        client=client.name,
        currency=currency,
        lines=drafted,
        shares=_shares(projects, lines),
        left_out=_left_out(session, scope),
        seen=_fingerprint(rows),
        logs=len(logs),
        tracked_seconds=sum(line.tracked_seconds for line in lines),
        billed_seconds=sum(line.billed_seconds for line in lines),
        amount_minor=amount,
        versions={row.id: row.version for row in rows},
    )


def first_day(session: Session, scope: Scope) -> date | None:
    """The day of the first log of the scope's projects."""
    return session.execute(
        select(func.min(col(TimeLog.day))).where(col(TimeLog.project_id).in_(scope.project_ids))
    ).scalar()


def check_something(session: Session, scope: Scope, found: Preview) -> None:
    """Raises DomainError where there is nothing to bill, with the reason that helps."""
    if found.lines:
        return
    earliest = first_day(session, scope)
    if earliest is None:
        raise DomainError("invoicing.error.no_time")
    if scope.until and scope.until < earliest:
        raise DomainError("invoicing.error.before_first", field="until", day=earliest)
    raise DomainError("invoicing.error.nothing_to_bill", n=sum(each.logs for each in found.left_out))


def line_texts(locale: str) -> LineTexts:
    """How the client's language writes the parts of a line."""
    return LineTexts(
        day=cache(lambda day: formats.day(day, locale)),
        hours=cache(lambda value: t(locale, "invoicing.hours", hours=formats.quantity(value, locale))),
    )


def _projects(session: Session, scope: Scope) -> tuple[list[Project], Client]:
    if not scope.project_ids:
        raise DomainError("invoicing.error.no_project", field="project_ids")
    if len(scope.project_ids) > MOST_PROJECTS:
        raise DomainError("invoicing.error.too_many_projects", n=MOST_PROJECTS)
    if scope.until is None:
        raise DomainError("invoicing.error.no_until", field="until")
    if scope.since and scope.since > scope.until:
        raise DomainError("invoicing.error.period", field="since")
    projects = list(
        session.execute(
            select(Project).where(col(Project.id).in_(scope.project_ids)).order_by(col(Project.name))
        ).scalars()
    )
    if len(projects) != len(set(scope.project_ids)):
        raise NotFound()
    for project in projects:
        if project.client_id is None:
            raise DomainError("invoicing.error.no_client", project=project.name)
        if project.billing_method is BillingMethod.FIXED_COST:
            raise DomainError("invoicing.error.fixed_cost", project=project.name)
    if len({project.client_id for project in projects}) > 1:
        raise DomainError("invoicing.error.other_client", field="project_ids")
    if len({project.currency for project in projects}) > 1:
        raise DomainError("invoicing.error.other_currency", field="project_ids")
    return projects, session.get_one(Client, projects[0].client_id)


def _window(scope: Scope) -> list:
    conditions = [col(TimeLog.day) <= scope.until]
    if scope.since:
        conditions.append(col(TimeLog.day) >= scope.since)
    return conditions


def _approved(session: Session):
    if portal_of(session).needs_approval:
        return col(TimeLog.approval) == ApprovalState.APPROVED
    return col(TimeLog.approval) != ApprovalState.REJECTED


def _billable(session: Session, scope: Scope, *, lock: bool) -> Sequence:
    phase, of_list = aliased(Milestone), aliased(Milestone)
    statement: Select = (
        select(
            col(TimeLog.id),
            col(TimeLog.version),
            col(TimeLog.day),
            col(TimeLog.seconds),
            col(TimeLog.bill_rate),
            col(TimeLog.notes),
            col(Project.id).label("project_id"),
            col(Project.name).label("project"),
            col(User.id).label("user_id"),
            col(User.name).label("user"),
            col(Task.id).label("task_id"),
            col(Task.name).label("task"),
            col(TaskList.id).label("list_id"),
            col(TaskList.name).label("task_list"),
            func.coalesce(phase.id, of_list.id).label("milestone_id"),
            func.coalesce(phase.name, of_list.name).label("milestone"),
        )
        .select_from(TimeLog)
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .join(User, col(User.id) == col(TimeLog.user_id))
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .outerjoin(phase, phase.id == col(Task.milestone_id))
        .outerjoin(of_list, of_list.id == col(TaskList.milestone_id))
        .where(
            col(TimeLog.project_id).in_(scope.project_ids),
            col(TimeLog.invoice_line_id).is_(None),
            col(TimeLog.billable),
            _approved(session),
            *_window(scope),
        )
        .order_by(col(TimeLog.id))
    )
    if scope.fallback_rate is None:
        statement = statement.where(col(TimeLog.bill_rate).is_not(None))
    if lock:
        statement = statement.with_for_update(of=TimeLog)
    return session.execute(statement).all()


def _logs(rows: Sequence, fallback: Decimal | None) -> list[BillableLog]:
    named = cache(Named)
    return [
        BillableLog(
            id=row.id,
            day=row.day,
            seconds=row.seconds,
            rate=fallback if row.bill_rate is None else row.bill_rate,  # type: ignore[arg-type]
            project=named(row.project_id, row.project),
            user=named(row.user_id, row.user),
            task=named(row.task_id, row.task) if row.task_id else None,
            task_list=named(row.list_id, row.task_list) if row.list_id else None,
            milestone=named(row.milestone_id, row.milestone) if row.milestone_id else None,
            notes=row.notes,
        )
        for row in rows
    ]


def _lines(
    session: Session, scope: Scope, projects: list[Project], client: Client, logs: list[BillableLog]
) -> list[LogLine]:
    portal = portal_of(session)
    roundings = {project.id or 0: resolve(project, client, portal) for project in projects}
    capped = any(rounding.daily_cap_seconds for rounding in roundings.values())
    used = (
        already_billed(session, scope.project_ids, scope.since, scope.until) if capped and scope.until else {}
    )
    return group_logs(
        logs,
        scope.group_by,
        projects[0].currency,
        rounding_of_project=roundings,  # type: ignore[arg-type]
        already_billed=used,  # type: ignore[arg-type]
    )


def _line_name(line: LogLine, scope: Scope, texts: LineTexts, locale: str) -> str:
    composed = compose(line, scope.name_fields or NAME_FIELDS[scope.group_by], texts)
    return (composed or t(locale, "invoicing.line.no_task", project=line.project.name))[:500]


def _shares(projects: list[Project], lines: list[LogLine]) -> list[ProjectShare]:
    sums: dict[object, list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in lines:
        of_project = sums[line.project.id]
        of_project[0] += len(line.logs)
        of_project[1] += line.tracked_seconds
        of_project[2] += line.amount_minor
    return [ProjectShare(project.id or 0, project.name, *sums[project.id]) for project in projects]


def _left_out(session: Session, scope: Scope) -> list[LeftOut]:
    """By reason, the first that applies; time that other invoices took counts in the period only."""
    billed = col(TimeLog.invoice_line_id).is_not(None)
    reasons = [
        (billed, Eligibility.ALREADY_BILLED.value),
        (~col(TimeLog.billable), Eligibility.NON_BILLABLE.value),
        (col(TimeLog.day) > scope.until, Eligibility.AFTER_END.value),
    ]
    if scope.since:
        reasons.append((col(TimeLog.day) < scope.since, Eligibility.BEFORE_START.value))
    reasons.append((~_approved(session), Eligibility.UNAPPROVED.value))
    if scope.fallback_rate is None:
        reasons.append((col(TimeLog.bill_rate).is_(None), Eligibility.NO_RATE.value))
    reason = case(*reasons, else_=Eligibility.OK.value).label("reason")
    rows = session.execute(
        select(reason, func.count(), func.sum(col(TimeLog.seconds)))
        .where(
            col(TimeLog.project_id).in_(scope.project_ids),
            or_(~billed, and_(*_window(scope))),
        )
        .group_by(reason)
    ).all()
    found = {row[0]: LeftOut(Eligibility(row[0]), row[1], int(row[2])) for row in rows}
    return [found[each] for each in Eligibility if each is not Eligibility.OK and each in found]


def _fingerprint(rows: Sequence) -> str:
    """Of the logs as they are: `digest:logs:seconds`."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.id}:{row.version}:{row.seconds}:{row.bill_rate};".encode())
    return f"{digest.hexdigest()[:32]}:{len(rows)}:{sum(row.seconds for row in rows)}"


def check_unchanged(seen: str, found: Preview) -> None:
    """Raises DomainError telling what changed since `seen` was shown."""
    if seen == found.seen:
        return
    _, _, figures = seen.partition(":")
    logs, _, seconds = figures.partition(":")
    if not (logs.isdigit() and seconds.isdigit()):
        raise DomainError("invoicing.error.changed_unknown")
    raise DomainError(
        "invoicing.error.changed",
        logs_before=int(logs),
        logs=found.logs,
        hours_before=str(round(hours(int(seconds)), 2)),
        hours=str(round(hours(found.tracked_seconds), 2)),
    )
