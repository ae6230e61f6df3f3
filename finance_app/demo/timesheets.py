"""Two years of the demo's time logs: working days, in quarters of an hour, priced, approved by the week."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from finance_app.demo.company import PEOPLE, Firm, clock, months_before
from finance_app.demo.undertakings import Undertaking
from finance_app.domain.rates import DatedRate, RateCard, bill_rate, cost_rate
from finance_app.models import Task, TimeLog
from finance_app.models.kinds import ApprovalState, WorkKind

QUARTER = 900
NOTES = {
    "fr": (
        "Point avec le client",
        "Retours de la dernière réunion",
        "Avancement selon le planning",
        "Relecture et corrections",
        "Préparation de la démonstration",
        "Échanges avec l’équipe du client",
        "",
        "",
    ),
    "en": (
        "Call with the client",
        "Feedback of the last review",
        "As planned",
        "Review and corrections",
        "Preparing the demo",
        "Pairing on the open points",
        "",
        "",
    ),
}
REJECTION = "Please split this between the project and internal work."
_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26), (12, 31)}


def make_logs(session: Session, firm: Firm, works: list[Undertaking], today: date, chance: Random) -> int:
    """Inserts the logs in bulk; how many."""
    rows = [row for place in range(len(PEOPLE)) for row in _of_person(firm, works, place, today, chance)]
    rows.sort(key=lambda row: (row["day"], row["user_id"]))
    session.execute(insert(TimeLog), rows)
    return len(rows)


def _of_person(
    firm: Firm, works: list[Undertaking], place: int, today: date, chance: Random
) -> Iterator[dict[str, Any]]:
    person = PEOPLE[place]
    day = months_before(today, person.joined_months_ago)
    daily = person.weekly_hours * 4 // 5 if place else 8
    away = {day + timedelta(days=chance.randrange(730)) for _ in range(24)}
    while day <= today:
        if _works(day, place) and day not in away:
            open_works = [w for w in works if place in w.plan.team and w.first <= day <= w.last]
            quarters = max(4, daily + chance.choice((-3, -1, 0, 0, 0, 1, 2)))
            if day == today:
                quarters = quarters // 2
            yield from _of_day(firm, open_works, place, day, quarters, today, chance)
        day += timedelta(days=1)


def _works(day: date, place: int) -> bool:
    summer = day.month == 8 and (day.day <= 21 if place % 2 else day.day >= 11)
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS and not summer


def _of_day(
    firm: Firm,
    works: list[Undertaking],
    place: int,
    day: date,
    quarters: int,
    today: date,
    chance: Random,
) -> Iterator[dict[str, Any]]:
    paid = [w for w in works if w.plan.client is not None]
    internal = [w for w in works if w.plan.client is None]
    count = min(chance.choice((1, 2, 2, 3)), quarters)
    left = quarters
    for turn in range(count):
        part = left if turn == count - 1 else max(1, left // (count - turn) + chance.choice((-2, 0, 1, 2)))
        part = min(part, left)
        left -= part
        to_client = paid and chance.random() < (0.3 if place == 0 else 0.88)
        work = chance.choice(paid if to_client or not internal else internal)
        if part:
            yield _row(firm, work, place, day, part * QUARTER, today, chance)


def _row(
    firm: Firm, work: Undertaking, place: int, day: date, seconds: int, today: date, chance: Random
) -> dict[str, Any]:
    user_id, project = firm.users[place].id, work.project
    assert user_id is not None
    task = _task_of(work, day, chance)
    billable = bool(project.client_id) and chance.random() > 0.04
    own = work.member_rates.get(user_id)
    card = RateCard(
        project.billing_method,
        project.bill_rate,
        task.bill_rate,
        firm.bill_rates[user_id] if project.currency == firm.portal.base_currency else (),
        (DatedRate(own),) if own else (),
    )
    bill = bill_rate(card, day, task.kind is WorkKind.ISSUE) if billable else None
    cost = cost_rate(firm.cost_rates[user_id], day)
    written = clock(day, 16, chance.randrange(60))
    state, by, at, note = _approval(firm, work, place, day, today, chance)
    return {
        "project_id": project.id,
        "task_id": task.id,
        "user_id": user_id,
        "day": day,
        "seconds": seconds,
        "billable": billable,
        "notes": chance.choice(NOTES["fr" if work.plan.plan.endswith("_fr") else "en"]),
        "approval": state,
        "approval_note": note,
        "approved_by_id": by,
        "approved_at": at,
        "bill_rate": bill.rate if bill else None,
        "cost_rate": cost.rate if cost else None,
        "created_at": written,
        "updated_at": at or written,
    }


def _task_of(work: Undertaking, day: date, chance: Random) -> Task:
    """Work moves through the lists as the project goes on; issues come at any time after the start."""
    plain = [task for task in work.tasks if task.kind is WorkKind.TASK]
    issues = [task for task in work.tasks if task.kind is WorkKind.ISSUE]
    span = max(1, (work.last - work.first).days)
    progress = (day - work.first).days / span
    if issues and progress > 0.25 and chance.random() < 0.12:
        return chance.choice(issues)
    place = round(progress * (len(plain) - 1) + chance.gauss(0, 0.9))
    return plain[max(0, min(len(plain) - 1, place))]


def _approval(
    firm: Firm, work: Undertaking, place: int, day: date, today: date, chance: Random
) -> tuple[ApprovalState, int | None, datetime | None, str]:
    """A week is submitted on its Friday and approved on the Monday after; the last two are still moving."""
    monday = today - timedelta(days=today.weekday())
    approver = firm.users[0 if work.plan.manager == place else work.plan.manager].id
    approved_on = day + timedelta(days=7 - day.weekday())
    if day >= monday:
        return ApprovalState.OPEN, None, None, ""
    if day >= monday - timedelta(days=7):
        if chance.random() < 0.06:
            return ApprovalState.REJECTED, approver, clock(monday, 9, 20), REJECTION
        return ApprovalState.SUBMITTED, None, None, ""
    if day >= monday - timedelta(days=21) and chance.random() < 0.02:
        return ApprovalState.OPEN, None, None, ""
    return ApprovalState.APPROVED, approver, clock(approved_on, 9, 10 + place), ""
