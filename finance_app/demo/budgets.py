"""The demo's budgets, of every kind: most hold, some are at risk or overspent, and alerts were told."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from email.headerregistry import Address

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.demo.company import Firm, clock
from finance_app.demo.undertakings import Undertaking
from finance_app.domain.budget import FIRST_THRESHOLD
from finance_app.integrations.mail import Letter
from finance_app.models import Budget, BudgetPart, OutboxMessage
from finance_app.models.columns import at
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType, CostTracking, OutboxState
from finance_app.services import outbox
from finance_app.services.budgeting import alerts, totals
from finance_app.services.budgeting.costing import minor_of
from finance_app.services.budgeting.standing import part_of
from finance_app.services.budgeting.work import Work, grouped, work_of, worked_sums
from finance_app.services.delivery import mailbox
from finance_app.services.delivery.mail_text import mail_text

HOURS, AMOUNT = BudgetType.HOURS, BudgetType.AMOUNT
STEP_HOURS, STEP_MINOR = 10, 50_000


@dataclass(frozen=True)
class Goal:
    """A budget of which `used` per cent are spent today; told so many days ago."""

    type: BudgetType
    used: int
    told: int = 3
    scope: BudgetScope = BudgetScope.PROJECT
    both: bool = False
    revenue: bool = False
    one_rate: int | None = None


GOALS = {
    "ORS-01": Goal(HOURS, 97, 460),
    "COR-01": Goal(HOURS, 93, 380),
    "COR-02": Goal(AMOUNT, 83, 9, revenue=True),
    "GPR-01": Goal(HOURS, 88, 100, scope=BudgetScope.USER),
    "GPR-02": Goal(HOURS, 46, 16),
    "VSA-01": Goal(HOURS, 71, 40, both=True),
    "BRO-01": Goal(AMOUNT, 91, 5, both=True, revenue=True),
    "BRO-02": Goal(HOURS, 80, 12, scope=BudgetScope.TASK),
    "HAL-01": Goal(HOURS, 108, 2, one_rate=55),
    "ALP-01": Goal(AMOUNT, 84, 21, scope=BudgetScope.MILESTONE),
    "ALP-02": Goal(HOURS, 64, 33),
    "LAC-01": Goal(AMOUNT, 104, 6),
}
A_MONTH = "ORS-02"
MONTHLY_HOURS = 60


def make_budgets(session: Session, firm: Firm, works: list[Undertaking], today: date) -> None:
    session.flush()
    found = work_of(session, [work.project for work in works])
    story = [(goal.told, code, goal) for code, goal in GOALS.items()]
    by_code = {work.plan.code: work for work in works}
    for told, code, goal in sorted(story, key=lambda each: -each[0]):
        if code in by_code:
            project_id = by_code[code].project.id or 0
            _limit(session, found[project_id], goal)
            _tell(session, firm, today - timedelta(days=told), today)
    if A_MONTH in by_code:
        session.add(
            Budget(project_id=by_code[A_MONTH].project.id, type=HOURS, period=BudgetPeriod.MONTH,
                   seconds=MONTHLY_HOURS * 3600, threshold=FIRST_THRESHOLD)
        )  # fmt: skip
        _tell(session, firm, today - timedelta(days=1), today)


def _limit(session: Session, work: Work, goal: Goal) -> None:
    base, total = work.costing.base, work.total
    hours, cost = _hours(total.actual, goal.used), _minor(minor_of(total.actual_cost, base), goal.used)
    whole = goal.scope is BudgetScope.PROJECT
    session.add(
        Budget(
            project_id=work.project.id,
            type=goal.type,
            scope=goal.scope,
            seconds=hours if whole and (goal.type is HOURS or goal.both) else None,
            cost_minor=cost if whole and (goal.type is AMOUNT or goal.both) else None,
            revenue_minor=_minor(minor_of(total.planned_revenue, work.project.currency), 100)
            if goal.revenue
            else None,
            threshold=FIRST_THRESHOLD,
            cost_tracking=CostTracking.PROJECT_RATE if goal.one_rate else CostTracking.COST_RATES,
            tracking_rate=Decimal(goal.one_rate) if goal.one_rate else None,
        )
    )
    session.flush()
    if goal.scope is not BudgetScope.PROJECT:
        _parts(session, work, goal)


def _parts(session: Session, work: Work, goal: Goal) -> None:
    """Limits of parts with time, used by more and less in turn; the last of four keeps its plan as limit."""
    if goal.scope is BudgetScope.USER:
        worked = totals.by_part(session, totals.USER, [work.project.id or 0])
        parts = {user: worked_sums(work.costing, time) for (_, user), time in worked.items()}
    else:
        parts = grouped((part_of(goal.scope, task), sums) for task, sums in work.tasks)
    for place, (part, sums) in enumerate(sorted(parts.items())):
        used = goal.used + (-9, 4, 14, 0)[place % 4]
        if part and sums.actual and place % 4 != 3:
            cost = minor_of(sums.actual_cost, work.costing.base)
            session.add(
                BudgetPart(
                    project_id=work.project.id,
                    scope=goal.scope,
                    part_id=part,
                    seconds=_hours(sums.actual, used) if goal.type is HOURS else None,
                    cost_minor=_minor(cost, used) if goal.type is AMOUNT else None,
                )
            )
    session.flush()


def _hours(seconds: int, used: int) -> int:
    step = STEP_HOURS * 3600
    return max(1, round(seconds * 100 / used / step)) * step


def _minor(minor: int, used: int) -> int:
    return max(1, round(minor * 100 / used / STEP_MINOR)) * STEP_MINOR


def _tell(session: Session, firm: Firm, day: date, today: date) -> None:
    """Let the alerts go out on a day of the past, and arrive."""
    while day.weekday() > 4:
        day -= timedelta(days=1)
    moment = clock(min(day, today - timedelta(days=1)), 9, 40)
    with at(moment):
        alerts.settle(session)
        waiting = session.execute(
            select(OutboxMessage).where(
                col(OutboxMessage.object_kind) == "project", col(OutboxMessage.state) == OutboxState.PENDING
            )
        ).scalars()
        for message in waiting.all():
            _deliver(session, firm, message)


def _deliver(session: Session, firm: Firm, message: OutboxMessage) -> None:
    message.state, message.attempts, message.done_at = OutboxState.DONE, 1, message.created_at
    shown = mail_text(session, message)
    letter = Letter(
        message_id=f"<{outbox.stable_id(message)}@{firm.portal.email.partition('@')[2]}>",
        sender=Address(firm.portal.name, addr_spec=firm.portal.email),
        to=message.payload["to"],
        subject=shown.subject,
        text=shown.plain,
        html=shown.html,
        date=message.created_at,
    )
    mailbox.keep(session, message, letter).sent_at = message.created_at
