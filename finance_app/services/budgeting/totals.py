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
from finance_app.models import TimeLog, TimeSum, TimeTotal, sums, triggers

NO_RATE = -1
OF_PEOPLE = text("time_total.level = 'user_month'")
"""The totals by person and month. A literal, as SQLite takes its partial index for nothing else."""
PERSON = col(TimeTotal.part_id) // sums.MONTHS
MONTH_OF_PERSON = col(TimeTotal.part_id) % sums.MONTHS
PROJECT, TASK, USER, MONTH = "project", "task", "user", "month"


def in_months(first: Month, last: Month) -> ColumnElement[bool]:
    """What totals of OF_PEOPLE meet that lie in whole months, both included."""
    return MONTH_OF_PERSON.between(_number(first), _number(last))


def of_people(ids: Sequence[int], first: Month, last: Month) -> ColumnElement[bool]:
    """What totals of OF_PEOPLE meet that are of these people and lie in whole months, both included."""
    part, months = col(TimeTotal.part_id), sums.MONTHS
    return or_(
        *(part.between(id * months + _number(first), id * months + _number(last)) for id in ids), false()
    )


def month_of_person(number: int) -> Month:
    """The month of a total of OF_PEOPLE, out of MONTH_OF_PERSON."""
    return Month(sums.FIRST_YEAR + number // 12, number % 12 + 1)


def _number(month: Month) -> int:
    return (month.year - sums.FIRST_YEAR) * 12 + month.month - 1


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
    statement = select(col(TimeSum.project_id), *KEPT).where(TimeSum.level == PROJECT)
    if project_ids is not None:
        statement = statement.where(col(TimeSum.project_id).in_(list(project_ids)))
    return {project_id: worked_of(figures) for project_id, *figures in session.execute(statement)}


def by_part(
    session: Session, level: str, project_ids: Iterable[int], part_id: int | None = None
) -> Mapping[tuple[int, int], Worked]:
    """The time of projects by project and task, user or month (as 202611), or that of one such part."""
    statement = select(col(TimeSum.project_id), col(TimeSum.part_id), *KEPT).where(
        TimeSum.level == level, col(TimeSum.project_id).in_(list(project_ids))
    )
    if part_id is not None:
        statement = statement.where(col(TimeSum.part_id) == part_id)
    return {
        (project_id, part): worked_of(figures) for project_id, part, *figures in session.execute(statement)
    }


def of_logs(session: Session, keys: Sequence[Any], *conditions: Any) -> list[tuple[tuple, Worked]]:
    """The time of the logs that meet the conditions, by these columns of them."""
    rows = session.execute(select(*keys, *_LOGGED).where(*conditions).group_by(*keys))
    return [(tuple(row[: len(keys)]), worked_of(row[len(keys) :])) for row in rows]


KEPT = (
    *(col(TimeSum.seconds), col(TimeSum.logs), col(TimeSum.cost_units), col(TimeSum.cost_rest)),
    *(col(TimeSum.uncosted), col(TimeSum.price_units), col(TimeSum.price_rest), col(TimeSum.unpriced)),
    *(col(TimeSum.revenue_units), col(TimeSum.revenue_rest)),
)
"""What `worked_of` reads, in its order."""


def worked_of(figures: Sequence[Any]) -> Worked:
    found = list(map(int, figures))
    seconds, logs, cost, cost_rest, uncosted, price, price_rest, unpriced, revenue, revenue_rest = found
    return Worked(
        seconds,
        logs,
        cost * sums.MILLION + cost_rest,
        uncosted,
        price * sums.MILLION + price_rest,
        unpriced,
        revenue * sums.MILLION + revenue_rest,
    )


def _rate(column: Any) -> Any:
    return func.coalesce(type_coerce(column, BigInteger), NO_RATE)


def _logged() -> tuple[Any, ...]:
    """What `worked_of` reads, of logs."""
    seconds, sold, bought = col(TimeLog.seconds), _rate(TimeLog.bill_rate), _rate(TimeLog.cost_rate)
    priced, costed = sold != NO_RATE, bought != NO_RATE

    def added(amount: Any, *where: Any) -> Any:
        return func.sum(case((and_(*where), amount), else_=0))

    def money(rate: Any, *where: Any) -> tuple[Any, Any]:
        return added(seconds * (rate // sums.MILLION), *where), added(seconds * (rate % sums.MILLION), *where)

    return (
        func.sum(seconds),
        func.count(),
        *money(bought, costed),
        added(seconds, ~costed),
        *money(sold, ~costed, priced),
        added(seconds, ~costed, ~priced),
        *money(sold, col(TimeLog.billable), priced),
    )


_LOGGED = _logged()


def rebuild(session: Session) -> int:
    """Add up all logs anew; how many sums there are."""
    session.flush()
    triggers.rebuild(session.connection())
    counts = (text(f"SELECT count(*) FROM {each.table}") for each in sums.kept(postgres=False))
    return sum(int(session.execute(count).scalar_one()) for count in counts)


def differences(session: Session) -> int:
    """How many sums are not those of their logs: 0, unless something went around the triggers."""
    session.flush()
    postgres = session.get_bind().dialect.name == "postgresql"
    return sum(_differences(session, each) for each in sums.kept(postgres=postgres))


def _differences(session: Session, each: sums.Kept) -> int:
    raw = sums.of_logs(each, sums.signed("time_log"))
    stored = f"SELECT {', '.join(each.columns)} FROM {each.table}"
    either = f"SELECT * FROM ({stored}) AS a EXCEPT SELECT * FROM ({raw}) AS b"
    other = f"SELECT * FROM ({raw}) AS c EXCEPT SELECT * FROM ({stored}) AS d"
    counted = text(f"SELECT (SELECT count(*) FROM ({either}) AS e) + (SELECT count(*) FROM ({other}) AS f)")
    return int(session.execute(counted).scalar_one())
