"""Tracked time as lines of an invoice, log by log: what a draft is made of."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from finance_app.domain.grouping import (
    BillableLog,
    LineTexts,
    LogLine,
    Named,
    compose,
    group_logs,
)
from finance_app.i18n import formats, t
from finance_app.models import Milestone, Project, Task, TaskList, TimeLog, User
from finance_app.models.kinds import LineKind
from finance_app.services.invoicing.charges import TIME, Bill, DraftLine
from finance_app.services.invoicing.rounding import already_billed, resolve
from finance_app.services.invoicing.scope import Scope, billable
from finance_app.services.portal import portal_of

PRIME = 1_000_003
"""Keeps the sums of a fingerprint within the integers of every database."""


def rows_of(session: Session, scope: Scope, draft_id: int | None = None, *, lock: bool = False) -> Sequence:
    """The logs of the scope that are billed, with the names of what they belong to."""
    statement = log_columns().where(*billable(session, scope, draft_id)).order_by(col(TimeLog.id))
    if lock:
        statement = statement.with_for_update(of=TimeLog)
    return session.execute(statement).all()


def log_columns() -> Select:
    """Logs with what a line can show of them."""
    phase, of_list = aliased(Milestone), aliased(Milestone)
    return (
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
    )


def logs_of(rows: Sequence, fallback: Decimal | None) -> list[BillableLog]:
    """Rows of `log_columns` as the domain knows them."""
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


def log_lines(session: Session, bill: Bill, rows: Sequence) -> list[LogLine]:
    """The logs grouped and rounded as the scope, project, client and portal say."""
    scope = bill.scope
    portal = portal_of(session)
    roundings = {
        project_id: resolve(bill.projects[project_id], bill.client, portal)
        for project_id in scope.project_ids
    }
    capped = any(rounding.daily_cap_seconds for rounding in roundings.values())
    used = (
        already_billed(session, scope.project_ids, scope.since, scope.until, bill.draft_id)
        if capped and scope.until
        else {}
    )
    return group_logs(
        logs_of(rows, scope.fallback_rate),
        scope.group_by,
        bill.currency,
        rounding_of_project=roundings,  # type: ignore[arg-type]
        already_billed=used,  # type: ignore[arg-type]
    )


def draft_line(line: LogLine, bill: Bill, texts: LineTexts) -> DraftLine:
    """A group of logs with its texts in the client's language."""
    first = line.logs[0]
    one_task = len({log.task.id if log.task else None for log in line.logs}) == 1
    one_user = len({log.user.id for log in line.logs}) == 1
    return DraftLine(
        charge=TIME,
        kind=LineKind.TIME,
        name=line_name(compose(line, bill.scope.line_names, texts), line.project.name, bill),
        description=compose(line, bill.scope.description_fields, texts),
        quantity=line.quantity,
        unit="hour",
        unit_price=line.rate,
        amount_minor=line.amount_minor,
        project_id=int(line.project.id),
        task_id=int(first.task.id) if one_task and first.task else None,
        user_id=int(first.user.id) if one_user else None,
        logs=len(line.logs),
        tracked_seconds=line.tracked_seconds,
        billed_seconds=line.billed_seconds,
        date_from=line.first_day,
        date_to=line.last_day,
        source=line,
    )


def line_name(composed: str, project: str, bill: Bill) -> str:
    """A line always has a name: where none of its fields has a value, that of its project."""
    return (composed or t(bill.client.locale, "invoicing.line.no_task", project=project))[:500]


def line_texts(locale: str) -> LineTexts:
    """How the client's language writes the parts of a line."""
    return LineTexts(
        day=cache(lambda day: formats.day(day, locale)),
        hours=cache(lambda value: t(locale, "invoicing.hours", hours=formats.quantity(value, locale))),
    )


def fingerprint(rows: Sequence) -> str:
    """Of the logs as they are, by sums that SQL can make too: `digest:logs:seconds`."""
    return sealed(
        len(rows),
        sum(row.seconds for row in rows),
        sum((row.id * 7919 + row.version * 104_729 + row.seconds) % PRIME for row in rows),
        sum((row.id * 31 + _rate(row.bill_rate)) % PRIME for row in rows),
    )


def fingerprint_columns() -> list[Any]:
    """The two sums of `fingerprint`, for a query over logs."""
    id_, version = cast(col(TimeLog.id), BigInteger), cast(col(TimeLog.version), BigInteger)
    scaled = func.coalesce(type_coerce(col(TimeLog.bill_rate), BigInteger), 0)
    return [
        func.sum((id_ * 7919 + version * 104_729 + col(TimeLog.seconds)) % PRIME).label("mixed"),
        func.sum((id_ * 31 + scaled) % PRIME).label("priced"),
    ]


def _rate(rate: Decimal | None) -> int:
    return 0 if rate is None else int(rate.scaleb(6))


def sealed(logs: int, seconds: int, mixed: int, priced: int) -> str:
    """The fingerprint of such sums."""
    digest = hashlib.sha256(f"{logs}:{seconds}:{mixed}:{priced}".encode()).hexdigest()[:32]
    return f"{digest}:{logs}:{seconds}"
