"""What the demo had planned for its tasks: near what they took, as people who know their trade estimate."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.demo.undertakings import Undertaking
from finance_app.models import TimeLog
from finance_app.models.kinds import WorkKind

HOUR = 3600
MISSES = (96, 88, 104, 93, 112, 99, 91)  # planned in per cent of what it takes


def plan_hours(session: Session, works: list[Undertaking]) -> None:
    """Whole hours for each task with time. A task that is half done has taken half of what it will take."""
    session.flush()
    spent = dict(
        session.execute(
            select(col(TimeLog.task_id), func.sum(TimeLog.seconds)).group_by(TimeLog.task_id)
        ).all()
    )
    for work in works:
        for place, task in enumerate(work.tasks):
            seconds = int(spent.get(task.id) or 0)
            if task.kind is not WorkKind.TASK or not seconds:
                continue
            whole = seconds * 100 // max(task.percent_done, 1)
            hours = whole * MISSES[place % len(MISSES)] // (100 * HOUR * task.occurrences)
            task.planned_seconds = max(1, hours) * HOUR
    session.flush()
