"""What invoices take of milestones, without tax: the lines that bill a milestone as such, and the time of its
tasks at the rates of the invoice."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.models import Invoice, InvoiceLine, Milestone, Project, Task, TaskList, TimeClaim, TimeLog
from finance_app.models.kinds import InvoiceState, LineKind
from finance_app.services.invoicing.scope import task_milestone
from finance_app.services.rates import amount_at_rates


def amounts_taken(session: Session, ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Minor units by milestone and invoice, void invoices left out."""
    live = col(Invoice.state) != InvoiceState.VOID
    sums: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for milestone_id, invoice_id, minor in session.execute(
        select(col(InvoiceLine.milestone_id), col(InvoiceLine.invoice_id), func.sum(InvoiceLine.amount_minor))
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(col(InvoiceLine.milestone_id).in_(ids), col(InvoiceLine.kind) == LineKind.MILESTONE, live)
        .group_by(col(InvoiceLine.milestone_id), col(InvoiceLine.invoice_id))
    ):
        sums[milestone_id][invoice_id] += int(minor)
    for place, minor in _time_taken(session, ids).items():
        milestone_id, invoice_id = place
        sums[milestone_id][invoice_id] += minor
    return {milestone_id: dict(each) for milestone_id, each in sums.items()}


def time_taken(session: Session, ids: Sequence[int], but_draft_id: int | None = None) -> dict[int, int]:
    """Minor units of the time of milestones that is billed by the hour, what a draft holds left out."""
    sums: dict[int, int] = defaultdict(int)
    for (milestone_id, invoice_id), minor in _time_taken(session, ids).items():
        if invoice_id != but_draft_id:
            sums[milestone_id] += minor
    return sums


def _time_taken(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], int]:
    belongs = task_milestone()
    of_milestones = select(col(Milestone.project_id)).where(col(Milestone.id).in_(ids))
    time: dict[tuple[int, int], list[tuple[int, Decimal]]] = defaultdict(list)
    currency: dict[int, str] = {}
    for milestone_id, invoice_id, code, rate, seconds in session.execute(
        select(
            belongs,
            col(TimeClaim.invoice_id),
            col(Project.currency),
            col(TimeClaim.bill_rate),
            func.sum(TimeClaim.billed_seconds),
        )
        .select_from(TimeClaim)
        .join(TimeLog, col(TimeLog.id) == col(TimeClaim.time_log_id))
        .join(InvoiceLine, col(InvoiceLine.id) == col(TimeClaim.invoice_line_id))
        .join(Invoice, col(Invoice.id) == col(TimeClaim.invoice_id))
        .join(Task, col(Task.id) == col(TimeLog.task_id))
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(
            col(TimeLog.project_id).in_(of_milestones),
            col(TimeClaim.released_at).is_(None),
            col(InvoiceLine.kind) == LineKind.TIME,
            col(Invoice.state) != InvoiceState.VOID,
            belongs.in_(ids),
        )
        .group_by(belongs, col(TimeClaim.invoice_id), col(Project.currency), col(TimeClaim.bill_rate))
    ):
        time[milestone_id, invoice_id].append((int(seconds), rate))
        currency[milestone_id] = code
    return {place: amount_at_rates(pairs, currency[place[0]]) for place, pairs in time.items()}
