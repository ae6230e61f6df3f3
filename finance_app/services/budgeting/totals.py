"""Logged time of projects, added up by part and rate: read, proven, and rebuilt."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, text
from sqlmodel import Session, col

from finance_app.domain.periods import Month
from finance_app.models import TimeTotal
from finance_app.models import triggers as kept

NO_RATE = -1
OF_PEOPLE = text("time_total.level = 'user_month'")
"""The totals by person and month. A literal, as SQLite takes its partial index for nothing else."""
PERSON = col(TimeTotal.part_id) // kept.MONTHS
PROJECT, TASK, USER, MONTH = "project", "task", "user", "month"


def in_months(first: Month, last: Month) -> ColumnElement[bool]:
    """What totals of OF_PEOPLE meet that lie in whole months, both included."""
    ends = [(month.year - kept.FIRST_YEAR) * 12 + month.month - 1 for month in (first, last)]
    return (col(TimeTotal.part_id) % kept.MONTHS).between(*ends)


@dataclass(frozen=True, slots=True)
class Worked:
    """Logged time of one kind. Rates are in millionths an hour, NO_RATE where there is none."""

    billable: bool
    bill_rate: int
    cost_rate: int
    seconds: int
    logs: int


def by_project(session: Session, project_ids: Iterable[int] | None = None) -> Mapping[int, list[Worked]]:
    """The time of projects; without ids, of all."""
    found: dict[int, list[Worked]] = defaultdict(list)
    statement = select(col(TimeTotal.project_id), *_FIGURES).where(TimeTotal.level == PROJECT)
    if project_ids is not None:
        statement = statement.where(col(TimeTotal.project_id).in_(list(project_ids)))
    for project_id, *figures in session.execute(statement):
        found[project_id].append(Worked(*figures))
    return found


def by_part(
    session: Session, level: str, project_ids: Iterable[int]
) -> Mapping[tuple[int, int], list[Worked]]:
    """The time of projects by project and task, user or month (as 202611)."""
    found: dict[tuple[int, int], list[Worked]] = defaultdict(list)
    rows = session.execute(
        select(col(TimeTotal.project_id), col(TimeTotal.part_id), *_FIGURES).where(
            TimeTotal.level == level, col(TimeTotal.project_id).in_(list(project_ids))
        )
    )
    for project_id, part_id, *figures in rows:
        found[project_id, part_id].append(Worked(*figures))
    return found


_FIGURES = (
    col(TimeTotal.billable),
    col(TimeTotal.bill_rate),
    col(TimeTotal.cost_rate),
    col(TimeTotal.seconds),
    col(TimeTotal.logs),
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
