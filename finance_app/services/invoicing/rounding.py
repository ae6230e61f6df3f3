"""Which rounding of time holds for a project, and how much of a day earlier invoices have taken."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.money import RoundingMode
from finance_app.domain.time import RoundingScope, TimeRounding
from finance_app.models import Client, Portal, Project, TimeClaim, TimeLog


def resolve(project: Project, client: Client | None, portal: Portal) -> TimeRounding:
    """The rounding of a project. The mode with its step and scope, and the cap, each come from the first of
    project, client and portal that sets it."""
    holder = next((each for each in (project, client) if each and each.rounding_mode is not None), portal)
    caps = (each.daily_cap_seconds for each in (project, client, portal) if each)
    return TimeRounding(
        mode=holder.rounding_mode or RoundingMode.NONE,
        step_minutes=holder.rounding_step_minutes or portal.rounding_step_minutes,
        per=holder.rounding_scope or RoundingScope.LOG,
        daily_cap_seconds=next((cap for cap in caps if cap), None),
    )


def already_billed(
    session: Session,
    project_ids: Iterable[int],
    since: date | None,
    until: date,
    but_draft_id: int | None = None,
) -> dict[tuple[int, date], int]:
    """Seconds that live claims have billed of each user's day, for the cap of these projects' client.

    Those of the draft that is grouped anew do not count.
    """
    projects = list(project_ids)
    clients = select(Project.client_id).where(col(Project.id).in_(projects))
    statement = (
        select(col(TimeLog.user_id), col(TimeLog.day), func.sum(TimeClaim.billed_seconds))
        .join(TimeClaim, col(TimeClaim.time_log_id) == TimeLog.id)
        .join(Project, col(Project.id) == TimeLog.project_id)
        .where(
            col(TimeClaim.released_at).is_(None),
            col(Project.client_id).in_(clients),
            col(TimeLog.day) <= until,
        )
        .group_by(col(TimeLog.user_id), col(TimeLog.day))
    )
    if but_draft_id is not None:
        statement = statement.where(func.coalesce(col(TimeClaim.invoice_id), 0) != but_draft_id)
    if since:
        statement = statement.where(col(TimeLog.day) >= since)
    return {(user, day): int(seconds) for user, day, seconds in session.execute(statement)}
