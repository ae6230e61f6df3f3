"""What milestones are worth by their tasks and their time: planned amounts, and time not billed yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.rates import DatedRate, RateCard, bill_rate
from finance_app.models import Project, ProjectMember, Task, TaskList, TimeLog, UserRate
from finance_app.models.kinds import WorkKind
from finance_app.services.bill_from import still_to_bill
from finance_app.services.invoicing.scope import approved, free, task_milestone
from finance_app.services.portal import portal_of, today_in
from finance_app.services.rates import amount_at_rates

Priced = list[tuple[int, Decimal | None]]


def planned_amounts(session: Session, milestone_ids: Iterable[int]) -> dict[int, int]:
    """Minor units of the tasks' planned time, each occurrence counted, at the billing rates of today."""
    ids = list(milestone_ids)
    if not ids:
        return {}
    milestone = task_milestone()
    rows = session.execute(
        select(
            milestone,
            col(Task.project_id),
            col(Task.kind),
            col(Task.owner_id),
            col(Task.bill_rate),
            func.sum(col(Task.planned_seconds) * col(Task.occurrences)),
        )
        .select_from(Task)
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(milestone.in_(ids), col(Task.archived_at).is_(None), col(Task.planned_seconds) > 0)
        .group_by(milestone, col(Task.project_id), col(Task.kind), col(Task.owner_id), col(Task.bill_rate))
    ).all()
    projects = _projects(session, {row[1] for row in rows})
    owners = {row[3] for row in rows if row[3]}
    histories, agreed = _rates(session, owners, set(projects))
    portal = portal_of(session)
    day = today_in(portal)
    time: dict[int, Priced] = defaultdict(list)
    currency: dict[int, str] = {}
    for milestone_id, project_id, kind, owner, own_rate, seconds in rows:
        project = projects[project_id]
        found = bill_rate(
            RateCard(
                method=project.billing_method,
                project_rate=project.bill_rate,
                task_rate=own_rate,
                user_rates=histories[owner] if project.currency == portal.base_currency else (),
                project_user_rates=agreed.get((project_id, owner), ()),
            ),
            day,
            on_issue=kind is WorkKind.ISSUE,
        )
        currency[milestone_id] = project.currency
        time[milestone_id].append((int(seconds), found.rate if found else None))
    return {id_: amount_at_rates(pairs, currency[id_]) for id_, pairs in time.items()}


def unbilled_amounts(
    session: Session,
    milestone_ids: Sequence[int],
    since: date | None,
    until: date | None,
    draft_id: int | None = None,
) -> dict[int, tuple[int, int, int]]:
    """Of each milestone: minor units, logs and seconds of its billable time of the period, not yet billed."""
    milestone = task_milestone()
    statement = (
        select(
            milestone,
            col(Project.currency),
            col(TimeLog.bill_rate),
            func.count(),
            func.sum(col(TimeLog.seconds)),
        )
        .select_from(TimeLog)
        .join(Task, col(Task.id) == col(TimeLog.task_id))
        .join(Project, col(Project.id) == col(Task.project_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(milestone.in_(milestone_ids), *markable(session, since, until, draft_id))
        .group_by(milestone, col(Project.currency), col(TimeLog.bill_rate))
    )
    time: dict[int, Priced] = defaultdict(list)
    logs: dict[int, int] = defaultdict(int)
    currency: dict[int, str] = {}
    for id_, code, rate, count, seconds in session.execute(statement):
        currency[id_] = code
        logs[id_] += count
        time[id_].append((int(seconds), rate))
    return {
        id_: (amount_at_rates(pairs, currency[id_]), logs[id_], sum(seconds for seconds, _ in pairs))
        for id_, pairs in time.items()
    }


def markable(
    session: Session, since: date | None, until: date | None, draft_id: int | None = None
) -> list[Any]:
    """Time that a milestone or a fixed cost takes along: billable, approved where that is asked, unbilled."""
    conditions = [free(draft_id), col(TimeLog.billable), approved(session), *still_to_bill(session)]
    if until:
        conditions.append(col(TimeLog.day) <= until)
    if since:
        conditions.append(col(TimeLog.day) >= since)
    return conditions


def _projects(session: Session, ids: Iterable[int]) -> dict[int, Project]:
    rows = session.execute(select(Project).where(col(Project.id).in_(list(ids)))).scalars()
    return {project.id or 0: project for project in rows}


def _rates(
    session: Session, owners: set[int], project_ids: set[int]
) -> tuple[dict[int, list[DatedRate]], dict[tuple[int, int], tuple[DatedRate, ...]]]:
    histories: dict[int, list[DatedRate]] = defaultdict(list)
    for row in session.execute(select(UserRate).where(col(UserRate.user_id).in_(owners))).scalars():
        if row.bill_rate is not None:
            histories[row.user_id].append(DatedRate(row.bill_rate, row.valid_from))
    members = session.execute(
        select(ProjectMember).where(
            col(ProjectMember.project_id).in_(project_ids), col(ProjectMember.bill_rate).is_not(None)
        )
    ).scalars()
    agreed = {(row.project_id, row.user_id): (DatedRate(row.bill_rate),) for row in members if row.bill_rate}
    return histories, agreed
