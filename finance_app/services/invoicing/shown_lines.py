"""A page of the lines that a draft would have, worked out from sums: the rest stays in the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, and_, case, func, or_, select, type_coerce
from sqlmodel import Session, col

from finance_app.domain.grouping import BillableLog, GroupBy, LineField, compose
from finance_app.domain.time import printed_quantity
from finance_app.models import Milestone, Task, TaskList, TimeLog, User
from finance_app.models.kinds import LineKind
from finance_app.services.invoicing.charges import TIME, Bill, DraftLine
from finance_app.services.invoicing.preview import Preview
from finance_app.services.invoicing.scope import billable, task_milestone
from finance_app.services.invoicing.time_figures import Group, key_columns
from finance_app.services.invoicing.time_lines import (
    draft_line,
    line_name,
    line_texts,
    log_columns,
    log_lines,
    logs_of,
)

PAGE = 50

_NAMED: dict[GroupBy, tuple[Any, ...]] = {
    GroupBy.TASK: (Task,),
    GroupBy.USER: (User,),
    GroupBy.TASK_USER: (Task, User),
    GroupBy.TASK_LIST: (TaskList,),
    GroupBy.MILESTONE: (Milestone,),
}


def page_of_lines(session: Session, found: Preview, page: int = 1) -> list[DraftLine]:
    """Lines of time in the order of the draft, then those of the other charges; `page` counts from 1."""
    start = (page - 1) * PAGE
    time_count = len(found.one_by_one) or sum(group.lines for group in found.groups)
    time = _time(session, found, start, min(PAGE, max(0, time_count - start)))
    rest = max(0, start - time_count)
    return [*time, *found.lines[rest : rest + PAGE - len(time)]]


def _time(session: Session, found: Preview, start: int, count: int) -> list[DraftLine]:
    bill = found.bill
    if count <= 0:
        return []
    if found.one_by_one:
        texts = line_texts(bill.client.locale)
        return [draft_line(line, bill, texts) for line in found.one_by_one[start : start + count]]
    if bill.scope.group_by is GroupBy.LOG:
        return _logs(session, bill, start, count)
    groups = _sorted(session, bill, found.groups)[start : start + count]
    return _composed(session, bill, groups)


def _logs(session: Session, bill: Bill, start: int, count: int) -> list[DraftLine]:
    """Each log on a line of its own, in the order of projects, days and logs."""
    ordered = sorted(bill.scope.project_ids, key=lambda id_: _project_order(bill, id_))
    rank = case({id_: place for place, id_ in enumerate(ordered)}, value=col(TimeLog.project_id))
    rows = session.execute(
        log_columns()
        .where(*billable(session, bill.scope, bill.draft_id))
        .order_by(rank, col(TimeLog.day), col(TimeLog.id))
        .limit(count)
        .offset(start)
    ).all()
    texts = line_texts(bill.client.locale)
    return [draft_line(line, bill, texts) for line in log_lines(session, bill, rows)]


def _project_order(bill: Bill, id_: int) -> tuple[str, int]:
    return bill.projects[id_].name.casefold(), id_


def _sorted(session: Session, bill: Bill, groups: Sequence[Group]) -> list[Group]:
    """In the order that the domain gives lines: by project, then by name, nothing last, then by rate."""
    kinds = _NAMED.get(bill.scope.group_by, ())
    names = [_names(session, kind, bill) for kind in kinds]

    def order(group: Group) -> tuple:
        if kinds:
            parts = tuple(_name_order(id_, names[place]) for place, id_ in enumerate(group.key))
        else:
            parts = group.key
        return _project_order(bill, group.project_id), parts, group.rate

    return sorted(groups, key=order)


def _name_order(id_: int | None, names: dict[int, str]) -> tuple:
    return (True,) if id_ is None else (False, names.get(id_, "").casefold(), id_)


def _names(session: Session, kind: Any, bill: Bill) -> dict[int, str]:
    statement = select(col(kind.id), col(kind.name))
    if kind is not User:
        statement = statement.where(col(kind.project_id).in_(bill.scope.project_ids))
    return {row[0]: row[1] for row in session.execute(statement)}


@dataclass(frozen=True)
class _Shown:
    """A line as `compose` reads it: the first log of each combination of what it shows."""

    logs: tuple[BillableLog, ...]
    quantity: Decimal
    first_day: date
    last_day: date


def _composed(session: Session, bill: Bill, groups: Sequence[Group]) -> list[DraftLine]:
    first_logs = _first_logs(session, bill, groups)
    texts = line_texts(bill.client.locale)
    lines = []
    for group in groups:
        logs = first_logs[group.project_id, group.key, group.rate]
        quantity = printed_quantity(group.billed_seconds, group.rate, bill.currency)
        shown: Any = _Shown(tuple(logs), quantity, group.first_day, group.last_day)
        project = bill.projects[group.project_id].name
        lines.append(
            DraftLine(
                charge=TIME,
                kind=LineKind.TIME,
                name=line_name(compose(shown, bill.scope.line_names, texts), project, bill),
                description=compose(shown, bill.scope.description_fields, texts),
                quantity=quantity,
                unit="hour",
                unit_price=group.rate,
                amount_minor=group.amount_minor,
                project_id=group.project_id,
                logs=group.logs,
                tracked_seconds=group.tracked_seconds,
                billed_seconds=group.billed_seconds,
                date_from=group.first_day,
                date_to=group.last_day,
            )
        )
    return lines


def _first_logs(session: Session, bill: Bill, groups: Sequence[Group]) -> dict[tuple, list[BillableLog]]:
    """Of each group the first log of every combination of values that a line shows, in order of date."""
    project, *keys = key_columns(bill.scope.group_by)
    rate = type_coerce(col(TimeLog.bill_rate), BigInteger)
    shown = {
        LineField.TASK: col(TimeLog.task_id),
        LineField.TASK_LIST: col(Task.task_list_id),
        LineField.MILESTONE: task_milestone(),
        LineField.USER: col(TimeLog.user_id),
        LineField.NOTES: col(TimeLog.notes),
    }
    fields = dict.fromkeys((*bill.scope.line_names, *bill.scope.description_fields))
    values = [shown[each] for each in fields if each in shown]
    place = func.row_number().over(
        partition_by=[project, *keys, rate, *values], order_by=[col(TimeLog.day), col(TimeLog.id)]
    )
    numbered = (
        select(col(TimeLog.id).label("id"), place.label("place"))
        .select_from(TimeLog)
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(*billable(session, bill.scope, bill.draft_id), or_(*(_of(group, keys) for group in groups)))
        .subquery()
    )
    statement = log_columns().add_columns(*(key.label(f"key{n}") for n, key in enumerate(keys)))
    rows = session.execute(
        statement.where(col(TimeLog.id).in_(select(numbered.c.id).where(numbered.c.place == 1))).order_by(
            col(TimeLog.day), col(TimeLog.id)
        )
    ).all()
    found: dict[tuple, list[BillableLog]] = defaultdict(list)
    for row, log in zip(rows, logs_of(rows, bill.scope.fallback_rate), strict=True):
        key = tuple(getattr(row, f"key{n}") for n in range(len(keys)))
        found[row.project_id, key, log.rate].append(log)
    return found


def _of(group: Group, keys: Sequence[Any]) -> Any:
    """The log is in the project of the group and has what its logs have in common."""
    return and_(
        col(TimeLog.project_id) == group.project_id,
        *(
            column.is_(None) if key is None else column == key
            for column, key in zip(keys, group.key, strict=True)
        ),
    )
