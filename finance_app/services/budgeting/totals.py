"""Logged time of projects, added up by part: read, proven, and rebuilt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    false,
    func,
    or_,
    select,
    text,
    type_coerce,
)
from sqlmodel import Session, col

from finance_app.domain.periods import Month
from finance_app.models import TimeLog, TimeTotal
from finance_app.models import triggers as kept

NO_RATE = -1
OF_PEOPLE = text("time_total.level = 'user_month'")
"""The totals by person and month. A literal, as SQLite takes its partial index for nothing else."""
PERSON = col(TimeTotal.part_id) // kept.MONTHS
MONTH_OF_PERSON = col(TimeTotal.part_id) % kept.MONTHS
PROJECT, TASK, USER, MONTH = "project", "task", "user", "month"


def in_months(first: Month, last: Month) -> ColumnElement[bool]:
    """What totals of OF_PEOPLE meet that lie in whole months, both included."""
    return MONTH_OF_PERSON.between(_number(first), _number(last))


def of_people(ids: Sequence[int], first: Month, last: Month) -> ColumnElement[bool]:
    """What totals of OF_PEOPLE meet that are of these people and lie in whole months, both included."""
    part, months = col(TimeTotal.part_id), kept.MONTHS
    return or_(
        *(part.between(id * months + _number(first), id * months + _number(last)) for id in ids), false()
    )


def month_of_person(number: int) -> Month:
    """The month of a total of OF_PEOPLE, out of MONTH_OF_PERSON."""
    return Month(kept.FIRST_YEAR + number // 12, number % 12 + 1)


def _number(month: Month) -> int:
    return (month.year - kept.FIRST_YEAR) * 12 + month.month - 1


@dataclass(frozen=True, slots=True)
class Worked:
    """Logged time in seconds. Amounts are exact: seconds times rates in millionths an hour.

    `cost` is that of time with a cost rate; `uncosted` is the time without one, which `uncosted_price` is
    what it would be sold for, but for the seconds of it that are `unpriced`. `revenue` is of billable time.
    """

    seconds: int = 0
    logs: int = 0
    cost: int = 0
    uncosted: int = 0
    uncosted_price: int = 0
    unpriced: int = 0
    revenue: int = 0


def by_project(session: Session, project_ids: Iterable[int] | None = None) -> Mapping[int, Worked]:
    """The time of projects; without ids, of all."""
    statement = select(col(TimeTotal.project_id), *_KEPT).where(TimeTotal.level == PROJECT)
    if project_ids is not None:
        statement = statement.where(col(TimeTotal.project_id).in_(list(project_ids)))
    rows = session.execute(statement.group_by(col(TimeTotal.project_id)))
    return {project_id: _worked(figures) for project_id, *figures in rows}


def by_part(session: Session, level: str, project_ids: Iterable[int]) -> Mapping[tuple[int, int], Worked]:
    """The time of projects by project and task, user or month (as 202611)."""
    keys = (col(TimeTotal.project_id), col(TimeTotal.part_id))
    rows = session.execute(
        select(*keys, *_KEPT)
        .where(TimeTotal.level == level, col(TimeTotal.project_id).in_(list(project_ids)))
        .group_by(*keys)
    )
    return {(project_id, part_id): _worked(figures) for project_id, part_id, *figures in rows}


def of_logs(session: Session, keys: Sequence[Any], *conditions: Any) -> list[tuple[tuple, Worked]]:
    """The time of the logs that meet the conditions, by these columns of them."""
    rows = session.execute(select(*keys, *_LOGGED).where(*conditions).group_by(*keys))
    return [(tuple(row[: len(keys)]), _worked(row[len(keys) :])) for row in rows]


def _worked(figures: Sequence[Any]) -> Worked:
    return Worked(*map(int, figures))


def _sums(seconds: Any, logs: Any, billable: Any, sold: Any, bought: Any) -> tuple[Any, ...]:
    """The figures of `Worked` in its order; rates are in millionths, NO_RATE for none."""
    priced, costed = sold != NO_RATE, bought != NO_RATE

    def added(amount: Any, *where: Any) -> Any:
        return func.sum(case((and_(*where), amount), else_=0))

    return (
        func.sum(seconds),
        logs,
        added(seconds * bought, costed),
        added(seconds, ~costed),
        added(seconds * sold, ~costed, priced),
        added(seconds, ~costed, ~priced),
        added(seconds * sold, billable, priced),
    )


def _rate(column: Any) -> Any:
    return func.coalesce(type_coerce(column, BigInteger), NO_RATE)


_KEPT = _sums(
    col(TimeTotal.seconds),
    func.sum(TimeTotal.logs),
    col(TimeTotal.billable),
    col(TimeTotal.bill_rate),
    col(TimeTotal.cost_rate),
)
_LOGGED = _sums(
    col(TimeLog.seconds),
    func.count(),
    col(TimeLog.billable),
    _rate(TimeLog.bill_rate),
    _rate(TimeLog.cost_rate),
)


def rebuild(session: Session) -> int:
    """Add up all logs anew; how many totals there are."""
    session.flush()
    kept.rebuild(session.connection())
    return int(session.execute(text("SELECT count(*) FROM time_total")).scalar_one())


def differences(session: Session) -> int:
    """How many totals are not the sum of their logs: 0, unless something went around the triggers."""
    session.flush()
    postgres = session.get_bind().dialect.name == "postgresql"
    raw = kept.totals_of(kept.signed("time_log"), postgres=postgres)
    stored = (
        "SELECT project_id, level, part_id, billable, bill_rate, cost_rate, seconds, logs FROM time_total"
    )
    either = f"SELECT * FROM ({stored}) AS a EXCEPT SELECT * FROM ({raw}) AS b"
    other = f"SELECT * FROM ({raw}) AS c EXCEPT SELECT * FROM ({stored}) AS d"
    counted = text(f"SELECT (SELECT count(*) FROM ({either}) AS e) + (SELECT count(*) FROM ({other}) AS f)")
    return int(session.execute(counted).scalar_one())
