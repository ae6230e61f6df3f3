"""What the time of a scope comes to, by sums of the database: for 100,000 logs as for ten.

Where a daily cap makes a log's billed time depend on those before it, the logs are counted one by one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, literal, select, type_coerce
from sqlmodel import Session, col

from finance_app.domain.grouping import Eligibility, GroupBy, LogLine
from finance_app.domain.money import RoundingMode, minor_digits, round_to_step
from finance_app.domain.time import RoundingScope, TimeRounding, amount_of
from finance_app.models import Task, TaskList, TimeLog
from finance_app.models.columns import RATE_DECIMALS
from finance_app.services.invoicing.charges import Bill
from finance_app.services.invoicing.rounding import resolve
from finance_app.services.invoicing.scope import Scope, billable, looked_at, reason_of, task_milestone
from finance_app.services.invoicing.time_lines import (
    fingerprint,
    fingerprint_columns,
    log_lines,
    rows_of,
    sealed,
)
from finance_app.services.portal import portal_of

LONGEST, MOST = 10**7, 2**62
"""Seconds of the longest log there may be, and what fits the whole numbers of every database."""


@dataclass(frozen=True)
class Group:
    """The logs of one line, or under `GroupBy.LOG` all lines of one rate: `lines` says how many.

    `key` is what the logs have in common: ids of task, person, list, milestone, or the day.
    """

    project_id: int
    key: tuple[Any, ...]
    rate: Decimal
    lines: int
    logs: int
    tracked_seconds: int
    billed_seconds: int
    amount_minor: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class ProjectShare:
    """What the time of a project brings to the invoice."""

    project_id: int
    name: str
    logs: int
    seconds: int
    amount_minor: int


@dataclass(frozen=True)
class LeftOut:
    """Time that is not billed, and why."""

    reason: Eligibility
    logs: int
    seconds: int


@dataclass(frozen=True)
class TimeFigures:
    """Sums in seconds and minor units. `seen` stands for exactly these logs."""

    shares: list[ProjectShare]
    seen: str
    lines: int = 0
    logs: int = 0
    tracked_seconds: int = 0
    billed_seconds: int = 0
    amount_minor: int = 0
    groups: list[Group] = field(default_factory=list)
    one_by_one: list[LogLine] = field(default_factory=list)
    """The lines themselves, where sums would not do."""


def figures(session: Session, bill: Bill) -> TimeFigures:
    """What the time of the scope comes to: the same as its lines, to the cent."""
    if not bill.scope.project_ids:
        return TimeFigures([], sealed(0, 0, 0, 0))
    roundings = _roundings(session, bill)
    if any(rounding.daily_cap_seconds for rounding in roundings.values()):
        return _one_by_one(session, bill)
    sums = [
        func.count().label("logs"),
        func.sum(col(TimeLog.seconds)).label("tracked"),
        func.min(col(TimeLog.day)).label("first"),
        func.max(col(TimeLog.day)).label("last"),
        *fingerprint_columns(),
    ]
    project, *keys = key_columns(bill.scope.group_by)
    length = billed_length(roundings, bill.scope.group_by)
    by_log = bill.scope.group_by is GroupBy.LOG
    amount = _log_amount(session, bill, length) if by_log else literal(0)
    if amount is None:
        return _one_by_one(session, bill)
    grouped = [project, _rate().label("rate"), *keys]
    statement = select(
        *grouped, *sums, func.sum(length).label("billed"), func.sum(amount).label("amount")
    ).where(*billable(session, bill.scope, bill.draft_id))
    rows = session.execute(with_tasks(statement, bill.scope.group_by).group_by(*grouped)).all()
    groups = [_group(row, bill, by_log=by_log) for row in rows]
    return _summed(
        bill,
        groups if by_log else [_priced(group, bill, roundings) for group in _merged(groups)],
        sealed(
            sum(row.logs for row in rows),
            sum(int(row.tracked) for row in rows),
            sum(int(row.mixed) for row in rows),
            sum(int(row.priced) for row in rows),
        ),
    )


def left_out(session: Session, bill: Bill) -> list[LeftOut]:
    """By reason, the first that applies; time that other invoices took counts in the period only."""
    scope = bill.scope
    if not scope.project_ids or scope.until is None:
        return []
    reason = reason_of(session, scope, bill.draft_id).label("reason")
    rows = session.execute(
        select(reason, func.count(), func.sum(col(TimeLog.seconds)))
        .where(*looked_at(scope, bill.draft_id))
        .group_by(reason)
    ).all()
    found = {row[0]: LeftOut(Eligibility(row[0]), row[1], int(row[2])) for row in rows}
    return [found[each] for each in Eligibility if each is not Eligibility.OK and each in found]


def key_columns(by: GroupBy) -> list[Any]:
    """The project, then what the logs of a line have in common."""
    columns: dict[GroupBy, list[Any]] = {
        GroupBy.TASK: [col(TimeLog.task_id)],
        GroupBy.USER: [col(TimeLog.user_id)],
        GroupBy.TASK_USER: [col(TimeLog.task_id), col(TimeLog.user_id)],
        GroupBy.TASK_LIST: [col(Task.task_list_id)],
        GroupBy.MILESTONE: [task_milestone()],
        GroupBy.DATE: [col(TimeLog.day)],
    }
    return [col(TimeLog.project_id), *columns.get(by, [])]


def with_tasks(statement: Select, by: GroupBy) -> Select:
    """The joins that `key_columns` needs."""
    statement = statement.select_from(TimeLog)
    if by in (GroupBy.TASK_LIST, GroupBy.MILESTONE):
        statement = statement.outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
    if by is GroupBy.MILESTONE:
        statement = statement.outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
    return statement


def billed_length(roundings: Mapping[int, TimeRounding], by: GroupBy) -> Any:
    """The billed seconds of a log: rounded by itself where its project, or a line for each log, wants it."""
    seconds = col(TimeLog.seconds)
    steps: dict[tuple[RoundingMode, int], list[int]] = defaultdict(list)
    for project_id, rounding in roundings.items():
        alone = rounding.per is RoundingScope.LOG or by is GroupBy.LOG
        if alone and rounding.mode is not RoundingMode.NONE:
            steps[rounding.mode, rounding.step_minutes * 60].append(project_id)
    if not steps:
        return seconds
    rounded = {
        RoundingMode.UP: lambda step: ((seconds + literal(step - 1)) // step) * step,
        RoundingMode.DOWN: lambda step: (seconds // step) * step,
        RoundingMode.NEAREST: lambda step: ((seconds * 2 + literal(step)) // (2 * step)) * step,
    }
    return case(
        *(
            (col(TimeLog.project_id).in_(projects), rounded[mode](step))
            for (mode, step), projects in steps.items()
        ),
        else_=seconds,
    )


def _roundings(session: Session, bill: Bill) -> dict[int, TimeRounding]:
    portal = portal_of(session)
    return {each: resolve(bill.projects[each], bill.client, portal) for each in bill.scope.project_ids}


def _group(row: Any, bill: Bill, *, by_log: bool) -> Group:
    rate = Decimal(row.rate).scaleb(-RATE_DECIMALS) if row.rate is not None else bill.scope.fallback_rate
    assert rate is not None
    return Group(
        project_id=row.project_id,
        key=tuple(row[2 : len(row) - 8]),
        rate=rate,
        lines=row.logs if by_log else 1,
        logs=row.logs,
        tracked_seconds=int(row.tracked),
        billed_seconds=int(row.billed),
        amount_minor=int(row.amount),
        first_day=row.first,
        last_day=row.last,
    )


def _rate() -> Any:
    """The rate of a log as it is stored, a whole number."""
    return type_coerce(col(TimeLog.bill_rate), BigInteger)


def _log_amount(session: Session, bill: Bill, length: Any) -> Any:
    """The amount of a log, rounded by itself; None where a rate has too many digits for SQL."""
    stored = session.execute(
        select(_rate()).where(*billable(session, bill.scope, bill.draft_id)).distinct()
    ).scalars()
    cases = []
    for each in stored:
        rate = bill.scope.fallback_rate if each is None else Decimal(each).scaleb(-RATE_DECIMALS)
        exact = Fraction(rate or 0) * 10 ** minor_digits(bill.currency) / 3600
        if exact.numerator * 2 * LONGEST > MOST:
            return None
        doubled = cast(length, BigInteger) * (2 * exact.numerator) + exact.denominator
        cases.append(
            (_rate().is_(None) if each is None else _rate() == each, doubled // (2 * exact.denominator))
        )
    return case(*cases, else_=0) if cases else literal(0)


def _of_line(seconds: int, rounding: TimeRounding) -> int:
    if rounding.per is not RoundingScope.LINE:
        return seconds
    return round_to_step(seconds, rounding.step_minutes * 60, rounding.mode)


def _merged(groups: Sequence[Group]) -> list[Group]:
    """Time without a rate joins the line of the time that has the fallback rate as its own."""
    merged: dict[tuple, Group] = {}
    for group in groups:
        place = (group.project_id, group.key, group.rate)
        known = merged.get(place)
        merged[place] = (
            group
            if known is None
            else replace(
                known,
                logs=known.logs + group.logs,
                tracked_seconds=known.tracked_seconds + group.tracked_seconds,
                billed_seconds=known.billed_seconds + group.billed_seconds,
                first_day=min(known.first_day, group.first_day),
                last_day=max(known.last_day, group.last_day),
            )
        )
    return list(merged.values())


def _summed(bill: Bill, groups: list[Group], seen: str) -> TimeFigures:
    return TimeFigures(
        shares=_shares(bill, groups),
        seen=seen,
        lines=sum(group.lines for group in groups),
        logs=sum(group.logs for group in groups),
        tracked_seconds=sum(group.tracked_seconds for group in groups),
        billed_seconds=sum(group.billed_seconds for group in groups),
        amount_minor=sum(group.amount_minor for group in groups),
        groups=groups,
    )


def _priced(group: Group, bill: Bill, roundings: Mapping[int, TimeRounding]) -> Group:
    billed = _of_line(group.billed_seconds, roundings[group.project_id])
    return replace(group, billed_seconds=billed, amount_minor=amount_of(billed, group.rate, bill.currency))


def _shares(bill: Bill, groups: Sequence[Group]) -> list[ProjectShare]:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for group in groups:
        of_project = sums[group.project_id]
        of_project[0] += group.logs
        of_project[1] += group.tracked_seconds
        of_project[2] += group.amount_minor
    return [
        ProjectShare(project_id, bill.projects[project_id].name, *sums[project_id])
        for project_id in bill.scope.project_ids
    ]


def _one_by_one(session: Session, bill: Bill) -> TimeFigures:
    rows = rows_of(session, bill.scope, bill.draft_id)
    lines = log_lines(session, bill, rows)
    groups = [
        Group(
            project_id=int(line.project.id),
            key=(),
            rate=line.rate,
            lines=1,
            logs=len(line.logs),
            tracked_seconds=line.tracked_seconds,
            billed_seconds=line.billed_seconds,
            amount_minor=line.amount_minor,
            first_day=line.first_day,
            last_day=line.last_day,
        )
        for line in lines
    ]
    return replace(_summed(bill, groups, fingerprint(rows)), groups=[], one_by_one=lines)


def first_day(session: Session, scope: Scope) -> date | None:
    """The day of the first log of the scope's projects."""
    return session.execute(
        select(func.min(col(TimeLog.day))).where(col(TimeLog.project_id).in_(scope.project_ids))
    ).scalar()
