"""What is to be billed: the choices of the wizard, and which time logs they take in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import Eligibility, GroupBy, LineField
from finance_app.domain.shares import PriceField
from finance_app.models import InvoiceLine, Task, TaskList, TimeLog
from finance_app.models.kinds import ApprovalState
from finance_app.services.bill_from import settled_before, still_to_bill
from finance_app.services.portal import portal_of

MOST_PROJECTS = 200

NAME_FIELDS: dict[GroupBy, tuple[LineField, ...]] = {
    GroupBy.SINGLE: (LineField.PROJECT,),
    GroupBy.LOG: (LineField.TASK,),
    GroupBy.TASK: (LineField.TASK,),
    GroupBy.USER: (LineField.USER,),
    GroupBy.TASK_USER: (LineField.TASK, LineField.USER),
    GroupBy.TASK_LIST: (LineField.TASK_LIST,),
    GroupBy.MILESTONE: (LineField.MILESTONE,),
    GroupBy.DATE: (LineField.PERIOD,),
}
"""The fields that a line is named by, unless others are chosen."""


@dataclass(frozen=True)
class Picked:
    """Of the time in the scope: all but these, or with `only` nothing but these. A log belongs to its task,
    a task to its milestone."""

    only: bool = False
    logs: tuple[int, ...] = ()
    tasks: tuple[int, ...] = ()
    milestones: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.logs or self.tasks or self.milestones)


@dataclass(frozen=True)
class Scope:
    """What is to be billed: the time of projects of one client, up to a day and optionally from one, both
    included, and under `charges` what is chosen of everything else, by the name of its kind.

    `fallback_rate` prices time that has no rate of its own. `client_id` is needed where no project is chosen.
    """

    project_ids: tuple[int, ...]
    until: date | None
    since: date | None = None
    group_by: GroupBy = GroupBy.TASK
    name_fields: tuple[LineField, ...] = ()
    description_fields: tuple[LineField, ...] = (LineField.PERIOD,)
    price_names: tuple[PriceField, ...] = ()
    price_descriptions: tuple[PriceField, ...] = ()
    fallback_rate: Decimal | None = None
    picked: Picked = Picked()
    charges: Mapping[str, Any] = field(default_factory=dict)
    client_id: int | None = None

    @property
    def line_names(self) -> tuple[LineField, ...]:
        return self.name_fields or NAME_FIELDS[self.group_by]


def to_json(scope: Scope) -> dict[str, Any]:
    """How an invoice remembers the scope that it was made of."""
    picked = scope.picked
    return {
        "client_id": scope.client_id,
        "project_ids": list(scope.project_ids),
        "until": scope.until.isoformat() if scope.until else None,
        "since": scope.since.isoformat() if scope.since else None,
        "group_by": scope.group_by.value,
        "name_fields": [each.value for each in scope.name_fields],
        "description_fields": [each.value for each in scope.description_fields],
        "price_names": [each.value for each in scope.price_names],
        "price_descriptions": [each.value for each in scope.price_descriptions],
        "fallback_rate": None if scope.fallback_rate is None else str(scope.fallback_rate),
        "picked": {
            "only": picked.only,
            "logs": list(picked.logs),
            "tasks": list(picked.tasks),
            "milestones": list(picked.milestones),
        },
        "charges": dict(scope.charges),
    }


def from_json(stored: Mapping[str, Any]) -> Scope:
    """The scope that `to_json` wrote."""
    rate, picked = stored.get("fallback_rate"), stored.get("picked") or {}
    return Scope(
        project_ids=tuple(stored.get("project_ids", ())),
        until=_day(stored.get("until")),
        since=_day(stored.get("since")),
        group_by=GroupBy(stored.get("group_by", GroupBy.TASK)),
        name_fields=tuple(LineField(each) for each in stored.get("name_fields", ())),
        description_fields=tuple(
            LineField(each) for each in stored.get("description_fields", (LineField.PERIOD,))
        ),
        price_names=tuple(PriceField(each) for each in stored.get("price_names", ())),
        price_descriptions=tuple(PriceField(each) for each in stored.get("price_descriptions", ())),
        fallback_rate=None if rate is None else Decimal(rate),
        picked=Picked(
            bool(picked.get("only")),
            tuple(picked.get("logs", ())),
            tuple(picked.get("tasks", ())),
            tuple(picked.get("milestones", ())),
        ),
        charges=dict(stored.get("charges") or {}),
        client_id=stored.get("client_id"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def check_period(scope: Scope) -> None:
    """Raises DomainError where time is billed without a last day, or the period ends before it starts."""
    if len(scope.project_ids) > MOST_PROJECTS:
        raise DomainError("invoicing.error.too_many_projects", n=MOST_PROJECTS)
    if scope.until is None and scope.project_ids:
        raise DomainError("invoicing.error.no_until", field="until")
    if scope.since and scope.until and scope.since > scope.until:
        raise DomainError("invoicing.error.period", field="since")


def free(draft_id: int | None) -> Any:
    """No invoice has the log, or only the draft that is grouped anew."""
    unbilled = col(TimeLog.invoice_line_id).is_(None)
    if draft_id is None:
        return unbilled
    own = select(col(InvoiceLine.id)).where(col(InvoiceLine.invoice_id) == draft_id)
    return or_(unbilled, col(TimeLog.invoice_line_id).in_(own))


def within(scope: Scope) -> list[Any]:
    """The days of the scope."""
    days = []
    if scope.until:
        days.append(col(TimeLog.day) <= scope.until)
    if scope.since:
        days.append(col(TimeLog.day) >= scope.since)
    return days


def approved(session: Session) -> Any:
    """Approved, where the portal asks for it; else not rejected."""
    if portal_of(session).needs_approval:
        return col(TimeLog.approval) == ApprovalState.APPROVED
    return col(TimeLog.approval) != ApprovalState.REJECTED


def task_milestone() -> Any:
    """The milestone of a task, or that of its task list; for statements that join both."""
    return func.coalesce(col(Task.milestone_id), col(TaskList.milestone_id))


def of_milestones(milestone_ids: Any) -> Any:
    """The log is on a task of one of these milestones."""
    tasks = (
        select(col(Task.id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(task_milestone().in_(milestone_ids))
    )
    return func.coalesce(col(TimeLog.task_id), 0).in_(tasks)


def chosen(picked: Picked) -> Any:
    """The log was not left out by hand; None where nothing was."""
    if not picked:
        return None
    named = or_(
        col(TimeLog.id).in_(picked.logs),
        func.coalesce(col(TimeLog.task_id), 0).in_(picked.tasks),
        *([of_milestones(picked.milestones)] if picked.milestones else []),
    )
    return named if picked.only else ~named


def marked_milestones(scope: Scope) -> list[int]:
    """Milestones on the invoice that take their time along, so that it is not billed by the hour too."""
    return [wish["milestone"] for wish in scope.charges.get("milestone", ()) if wish.get("time")]


def billable(session: Session, scope: Scope, draft_id: int | None = None) -> list[Any]:
    """What a log must be to be billed by the hour now."""
    conditions = [
        col(TimeLog.project_id).in_(scope.project_ids),
        free(draft_id),
        col(TimeLog.billable),
        approved(session),
        *still_to_bill(session),
        *within(scope),
    ]
    if marked := marked_milestones(scope):
        conditions.append(~of_milestones(marked))
    if (by_hand := chosen(scope.picked)) is not None:
        conditions.append(by_hand)
    if scope.fallback_rate is None:
        conditions.append(col(TimeLog.bill_rate).is_not(None))
    return conditions


def reason_of(session: Session, scope: Scope, draft_id: int | None = None) -> Any:
    """Of a log of the projects: why it is left out, the first reason that applies, or `ok`."""
    reasons = [
        (~free(draft_id), Eligibility.ALREADY_BILLED.value),
        (~col(TimeLog.billable), Eligibility.NON_BILLABLE.value),
        (col(TimeLog.day) > scope.until, Eligibility.AFTER_END.value),
    ]
    if (settled := settled_before(session)) is not None:
        reasons.insert(0, (settled, Eligibility.BEFORE_BILL_FROM.value))
    if scope.since:
        reasons.append((col(TimeLog.day) < scope.since, Eligibility.BEFORE_START.value))
    reasons.append((~approved(session), Eligibility.UNAPPROVED.value))
    if marked := marked_milestones(scope):
        reasons.append((of_milestones(marked), Eligibility.WITH_MILESTONE.value))
    if scope.fallback_rate is None:
        reasons.append((col(TimeLog.bill_rate).is_(None), Eligibility.NO_RATE.value))
    if (by_hand := chosen(scope.picked)) is not None:
        reasons.append((~by_hand, Eligibility.NOT_CHOSEN.value))
    return case(*reasons, else_=Eligibility.OK.value)


def looked_at(scope: Scope, draft_id: int | None = None) -> list[Any]:
    """The logs that are told of: all that no invoice has, and those billed in the period."""
    return [
        col(TimeLog.project_id).in_(scope.project_ids),
        or_(free(draft_id), and_(*within(scope))),
    ]
