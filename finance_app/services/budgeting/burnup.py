"""The course of a project: what was planned and what was spent by the end of each week or month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.budget import PACE_DAYS, PlannedPiece, completion_day, planned_until
from finance_app.domain.periods import Month
from finance_app.models import Milestone, TimeLog
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting.costing import exact_of, minor_of
from finance_app.services.budgeting.summed import Summed
from finance_app.services.budgeting.work import Sums

BY_WEEK = timedelta(weeks=26)
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Point:
    """The figures at the end of a day; `actual` is None where the day lies ahead."""

    day: date
    planned: int
    actual: int | None


@dataclass(frozen=True, slots=True)
class Burnup:
    """In seconds or minor units. `completion` is when the forecast is reached at the present pace."""

    points: tuple[Point, ...]
    forecast: int
    completion: date | None
    by_month: bool


def burnup(session: Session, work: Summed, unit: str, today: date) -> Burnup:
    """Empty where neither time nor a plan exists."""
    project_id = work.project.id or 0
    total = work.total
    money = unit != "hours"
    extra = expenses.cost_by_day(session, project_id) if money else {}
    forecast = minor_of(total.forecast_cost, work.costing.base) if money else total.forecast
    forecast += sum(extra.values())
    first_log, last_log = session.execute(
        select(func.min(TimeLog.day), func.max(TimeLog.day)).where(TimeLog.project_id == project_id)
    ).one()
    first = min(filter(None, (work.project.start_date, first_log)), default=None)
    if first is None or not (total.planned or total.logs):
        return Burnup((), forecast, None, False)
    pieces = _pieces(session, work, first, last_log or today, money)
    recent = _recent(session, work, today, money, extra)
    actual = _amount(work, total, money) + sum(extra.values())
    completion = completion_day(today, actual, forecast, recent)
    last = max(filter(None, (work.project.end_date, last_log, completion, min(today, last_log or today))))
    first = max(first, last - LONGEST)
    by_month = last - first > BY_WEEK
    ends = _ends(first, last, by_month)
    spent = _by_month(session, work, money) if by_month else _by_day(session, work, money)
    for day, minor in extra.items():
        at = day.replace(day=1) if by_month else day
        spent[at] = spent.get(at, 0) + exact_of(minor, work.costing.base)
    points, sums, days = [], 0, sorted(spent)
    for end in ends:
        while days and days[0] <= end:
            sums += spent[days.pop(0)]
        ahead = end > today and not days and end > (last_log or today)
        known = None if ahead and points and points[-1].day >= min(today, last_log or today) else sums
        points.append(Point(end, _minor(work, planned_until(pieces, end), money), _minor(work, known, money)))
    return Burnup(tuple(points), forecast, completion, by_month)


def _amount(work: Summed, sums: Sums, money: bool) -> int:
    return minor_of(sums.actual_cost, work.costing.base) if money else sums.actual


def _minor(work: Summed, exact: int | None, money: bool) -> int | None:
    return minor_of(exact, work.costing.base) if money and exact is not None else exact


def _ends(first: date, last: date, by_month: bool) -> list[date]:
    """The last days of the weeks (Sundays) or months from `first` to `last`."""
    ends = []
    if by_month:
        month = Month.of(first)
        while month <= Month.of(last):
            ends.append(month.period.last)
            month = month + 1
        return ends
    end = first + timedelta(days=6 - first.weekday())
    while not ends or ends[-1] < last:
        ends.append(end)
        end += timedelta(weeks=1)
    return ends


def _pieces(session: Session, work: Summed, first: date, last: date, money: bool) -> list[PlannedPiece]:
    """The plan spread over time: of a milestone until it is due, of the rest over the project."""
    project = work.project
    rows = session.execute(
        select(col(Milestone.id), col(Milestone.start_date), col(Milestone.due_date)).where(
            Milestone.project_id == project.id
        )
    )
    dates: Mapping[int, tuple[date | None, date | None]] = {row[0]: (row[1], row[2]) for row in rows}
    begins, ends = project.start_date or first, max(project.end_date or last, project.start_date or first)
    amounts: dict[tuple[date, date], int] = {}
    for part in work.parts:
        sums = part.sums
        start, due = dates.get(part.milestone_id or 0, (None, None))
        due = due or ends
        start = min(start or begins, due)
        amounts[start, due] = amounts.get((start, due), 0) + (sums.planned_cost if money else sums.planned)
    return [PlannedPiece(start, due, amount) for (start, due), amount in amounts.items() if amount]


def _recent(session: Session, work: Summed, today: date, money: bool, extra: Mapping[date, int]) -> int:
    """What was spent in the last PACE_DAYS days."""
    since = today - timedelta(days=PACE_DAYS - 1)
    spent = _by_day(session, work, money, since)
    time = _minor(work, sum(amount for day, amount in spent.items() if day <= today), money) or 0
    return time + sum(minor for day, minor in extra.items() if since <= day <= today)


def _by_day(session: Session, work: Summed, money: bool, since: date = date.min) -> dict[date, int]:
    logged = totals.of_logs(
        session, [col(TimeLog.day)], TimeLog.project_id == work.project.id, col(TimeLog.day) >= since
    )
    return {day: work.costing.cost(time) if money else time.seconds for (day,), time in logged}


def _by_month(session: Session, work: Summed, money: bool) -> dict[date, int]:
    found = {}
    for (_, month), time in totals.by_part(session, totals.MONTH, [work.project.id or 0]).items():
        day = date(month // 100, month % 100, 1)
        found[day] = work.costing.cost(time) if money else time.seconds
    return found
