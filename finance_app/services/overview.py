"""What needs a person today, and how the month stands. Every figure is one aggregate in SQL.

Money is told by currency, as sums of different currencies are no sum.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import distinct, func, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import Expense, Invoice, OutboxMessage, Payment, Project, Task, TimeLog
from finance_app.models.kinds import (
    ApprovalState,
    BillingMethod,
    InvoiceState,
    OutboxState,
    WorkKind,
    WorkState,
)
from finance_app.services.accounts.identity import Actor
from finance_app.services.bill_from import still_to_bill
from finance_app.services.delivery.history import MAIL
from finance_app.services.estimating import listing as estimate_list
from finance_app.services.listing import ListQuery
from finance_app.services.portal import portal_of
from finance_app.services.profitability import listing as profit_list
from finance_app.services.profitability.figures import summary
from finance_app.services.profitability.scope import Scope
from finance_app.services.projects import listing as project_list
from finance_app.services.zoho import error_list

WEEKS = 4
DUE_DAYS = 7
MOST_TASKS = 8

Amounts = list[tuple[str, int]]
"""Currency and minor units."""


@dataclass(frozen=True)
class Figure:
    """How many, and where it is money or time, how much."""

    count: int = 0
    seconds: int = 0
    amounts: Amounts = field(default_factory=list)


@dataclass(frozen=True)
class Business:
    """For those who may see invoices. `failed_mail` is the kind and id of what the newest failed e-mail is
    about."""

    overdue: Figure
    drafts: Figure
    to_approve: Figure
    unbilled: Figure
    without_rate: Figure
    without_client: Figure
    expenses_to_approve: Figure
    expiring: Figure
    over_budget: int
    at_risk: int
    failed_mails: int
    failed_mail: tuple[str, int]
    month_seconds: int
    billed: Figure
    received: Figure


@dataclass(frozen=True)
class Week:
    """What is due from one day to another, both included."""

    first: date
    last: date
    due: Figure


@dataclass(frozen=True)
class YearProfit:
    """Accrual profit of this fiscal year, and its margin in thousandths where there is revenue."""

    profit_minor: int
    margin_permille: int | None
    currency: str


@dataclass(frozen=True)
class DueTask:
    id: int
    name: str
    kind: WorkKind
    project_id: int
    project: str
    due: date


@dataclass(frozen=True)
class OwnWork:
    """For everybody: the own week, month and year to approve, what was sent back, and what is due."""

    week_seconds: int
    month_seconds: int
    submitted: Figure
    rejected: Figure
    expenses_rejected: Figure
    tasks: list[DueTask]


def own_work(session: Session, actor: Actor, today: date) -> OwnWork:
    actor.require(Permission.OVERVIEW_VIEW)
    mine = col(TimeLog.user_id) == actor.user_id
    monday = today - timedelta(days=today.weekday())
    return OwnWork(
        _logged(session, mine, col(TimeLog.day) >= monday, col(TimeLog.day) <= today).seconds,
        _logged(session, mine, col(TimeLog.day) >= today.replace(day=1), col(TimeLog.day) <= today).seconds,
        _logged(session, mine, col(TimeLog.approval) == ApprovalState.SUBMITTED),
        _logged(session, mine, col(TimeLog.approval) == ApprovalState.REJECTED),
        _spent(
            session, col(Expense.user_id) == actor.user_id, col(Expense.approval) == ApprovalState.REJECTED
        ),
        _due_tasks(session, actor, today),
    )


def _due_tasks(session: Session, actor: Actor, today: date) -> list[DueTask]:
    """One's own open tasks and issues that are late or due within a week, the latest first."""
    visible = actor.visible_projects()
    statement = (
        select(
            col(Task.id),
            col(Task.name),
            col(Task.kind),
            col(Project.id),
            col(Project.name),
            col(Task.due_date),
        )
        .join(Project, col(Project.id) == col(Task.project_id))
        .where(
            col(Task.owner_id) == actor.user_id,
            col(Task.state) == WorkState.OPEN,
            col(Task.archived_at).is_(None),
            col(Project.archived_at).is_(None),
            col(Task.due_date) <= today + timedelta(days=DUE_DAYS),
            *([] if visible is None else [col(Project.id).in_(visible)]),
        )
        .order_by(col(Task.due_date), col(Task.id))
        .limit(MOST_TASKS)
    )
    return [DueTask(*row) for row in session.execute(statement)]


def business(session: Session, actor: Actor, today: date) -> Business:
    actor.require(Permission.INVOICES_VIEW)
    first = today.replace(day=1)
    failed = _failed_mails(session)
    open_logs = (
        col(TimeLog.invoice_line_id).is_(None),
        col(TimeLog.billable).is_(True),
        *still_to_bill(session),
    )
    by_hour = col(Project.billing_method) != BillingMethod.FIXED_COST
    balance = col(Invoice.total_minor) - col(Invoice.settled_minor)
    issued = col(Invoice.state).in_((InvoiceState.ISSUED, InvoiceState.PAID))
    return Business(
        overdue=_invoices(
            session, balance, col(Invoice.state) == InvoiceState.ISSUED, col(Invoice.due_date) < today
        ),
        drafts=_invoices(session, col(Invoice.total_minor), col(Invoice.state) == InvoiceState.DRAFT),
        to_approve=_logged(session, col(TimeLog.approval) == ApprovalState.SUBMITTED),
        unbilled=_logged(session, *open_logs, by_hour, col(TimeLog.day) < first),
        without_rate=_projects(session, *open_logs, by_hour, col(TimeLog.bill_rate).is_(None)),
        without_client=_projects(session, *open_logs, col(Project.client_id).is_(None)),
        expenses_to_approve=_spent(session, col(Expense.approval) == ApprovalState.SUBMITTED),
        expiring=_expiring(session, actor),
        over_budget=project_list.over_budget(session, actor),
        at_risk=project_list.page(session, actor, ListQuery(filters={"health": "at_risk"}, size=1)).total,
        failed_mails=len(failed),
        failed_mail=failed[0] if failed else ("", 0),
        month_seconds=_logged(session, col(TimeLog.day) >= first, col(TimeLog.day) <= today).seconds,
        billed=_invoices(
            session, col(Invoice.net_minor), issued, col(Invoice.issue_date).between(first, today)
        ),
        received=_received(session, first, today),
    )


def due_weeks(session: Session, actor: Actor, today: date) -> list[Week]:
    """What open invoices bring in this week and the three after it, if all pay when it is due."""
    actor.require(Permission.INVOICES_VIEW)
    monday = today - timedelta(days=today.weekday())
    balance = col(Invoice.total_minor) - col(Invoice.settled_minor)
    weeks = []
    for number in range(WEEKS):
        first = max(today, monday + timedelta(weeks=number))
        last = monday + timedelta(weeks=number, days=6)
        due = col(Invoice.due_date).between(first, last)
        weeks.append(
            Week(first, last, _invoices(session, balance, col(Invoice.state) == InvoiceState.ISSUED, due))
        )
    return weeks


def failed_syncs(session: Session, actor: Actor) -> int:
    """How many records Zoho did not take: those that the error summary shows as open."""
    return sum(error_list.modules(session, actor).values())


def owed(session: Session, actor: Actor) -> Figure:
    """All that clients owe."""
    actor.require(Permission.INVOICES_VIEW)
    balance = col(Invoice.total_minor) - col(Invoice.settled_minor)
    return _invoices(session, balance, col(Invoice.state) == InvoiceState.ISSUED)


def year_profit(session: Session, actor: Actor) -> YearProfit:
    """Of the firm, by accrual and with the cost of time."""
    asked = profit_list.question(session, Scope(), {})
    found = summary(session, actor, asked)
    return YearProfit(found.whole.profit_minor, found.whole.margin_permille, found.currency)


def _failed_mails(session: Session) -> list[tuple[str, int]]:
    statement = (
        select(col(OutboxMessage.object_kind), col(OutboxMessage.object_id))
        .where(col(OutboxMessage.kind) == MAIL, col(OutboxMessage.state) == OutboxState.FAILED)
        .order_by(col(OutboxMessage.id).desc())
    )
    return [(kind, id or 0) for kind, id in session.execute(statement)]


def _expiring(session: Session, actor: Actor) -> Figure:
    """Open estimates that end soon: those that the list shows under `expiring`."""
    found = estimate_list.page(session, actor, ListQuery(filters={"expiring": "yes"}, sort="date", size=1))
    sums = [(row.currency, row.total_minor) for row in found.totals["currencies"]]
    return Figure(found.total, 0, [(currency, minor) for currency, minor in sums if minor])


def _spent(session: Session, *where) -> Figure:
    """Expenses with their tax, in base currency as the list sums them."""
    statement = select(func.count(), func.coalesce(func.sum(col(Expense.base_gross_minor)), 0)).where(
        col(Expense.deleted_at).is_(None), *where
    )
    count, minor = session.execute(statement).one()
    return Figure(count, 0, [(portal_of(session).base_currency, int(minor))] if count else [])


def _logged(session: Session, *where) -> Figure:
    statement = (
        select(func.count(), func.coalesce(func.sum(TimeLog.seconds), 0))
        .select_from(TimeLog)
        .join(Project, col(Project.id) == TimeLog.project_id)
        .where(*where)
    )
    count, seconds = session.execute(statement).one()
    return Figure(count, int(seconds))


def _projects(session: Session, *where) -> Figure:
    statement = (
        select(func.count(distinct(col(Project.id))), func.coalesce(func.sum(TimeLog.seconds), 0))
        .select_from(TimeLog)
        .join(Project, col(Project.id) == TimeLog.project_id)
        .where(*where)
    )
    count, seconds = session.execute(statement).one()
    return Figure(count, int(seconds))


def _invoices(session: Session, amount, *where) -> Figure:
    statement = (
        select(col(Invoice.currency), func.count(), func.sum(amount))
        .where(*where)
        .group_by(col(Invoice.currency))
        .order_by(func.count().desc(), col(Invoice.currency))
    )
    return _figure(session.execute(statement).all())


def _received(session: Session, first: date, last: date) -> Figure:
    statement = (
        select(col(Payment.currency), func.count(), func.sum(Payment.amount_minor))
        .where(col(Payment.deleted_at).is_(None), col(Payment.paid_on).between(first, last))
        .group_by(col(Payment.currency))
        .order_by(func.count().desc(), col(Payment.currency))
    )
    return _figure(session.execute(statement).all())


def _figure(rows) -> Figure:
    return Figure(sum(row[1] for row in rows), 0, [(row[0], int(row[2])) for row in rows])
