"""Which of our records are at Zoho or belong there."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from finance_app.models import (
    Allocation,
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    Item,
    Payment,
    Project,
    Refund,
    SalesOrder,
    Task,
    Tax,
    TimeLog,
    User,
    ZohoLink,
    ZohoSync,
)
from finance_app.models.kinds import AllocationKind, WorkKind
from finance_app.services.zoho.sync.modules import Module


def ids_of(session: Session, row: ZohoSync, module: Module) -> Sequence[int]:
    """The records of a module. Time that is there already does not change
    without a message of its own."""
    linked = select(ZohoLink.local_id).where(
        ZohoLink.sync_id == row.id, ZohoLink.module == module, ZohoLink.fingerprint != ""
    )
    sources: dict[Module, Any] = {
        Module.TAX: select(Tax.id).where(col(Tax.archived_at).is_(None)),
        Module.CONTACT: select(Client.id).where(col(Client.archived_at).is_(None)),
        Module.ITEM: select(Item.id).where(col(Item.archived_at).is_(None)),
        Module.PROJECT: select(Project.id).where(col(Project.archived_at).is_(None)),
        Module.USER: select(User.id).where(col(User.archived_at).is_(None)),
        Module.TASK: select(Task.id)
        .join(Project, col(Project.id) == col(Task.project_id))
        .where(Task.kind == WorkKind.TASK, col(Task.archived_at).is_(None)),
        Module.ISSUE: select(Task.id).where(Task.kind == WorkKind.ISSUE, col(Task.archived_at).is_(None)),
        Module.TIME_LOG: select(TimeLog.id).where(col(TimeLog.billable), col(TimeLog.id).not_in(linked)),
        Module.RATE: select(Project.id).where(
            col(Project.archived_at).is_(None), col(Project.client_id).is_not(None)
        ),
        Module.EXPENSE: select(Expense.id).where(col(Expense.deleted_at).is_(None)),
        Module.ESTIMATE: select(Estimate.id).where(col(Estimate.issued_at).is_not(None)),
        Module.SALES_ORDER: select(SalesOrder.id).where(col(SalesOrder.issued_at).is_not(None)),
        Module.INVOICE: select(Invoice.id).where(col(Invoice.issued_at).is_not(None)),
        Module.CREDIT_NOTE: select(CreditNote.id).where(col(CreditNote.issued_at).is_not(None)),
        Module.PAYMENT: select(Payment.id).where(col(Payment.deleted_at).is_(None)),
        Module.REFUND: select(Refund.id).where(col(Refund.removed_at).is_(None)),
        Module.WRITE_OFF: select(Allocation.invoice_id)
        .where(Allocation.kind == AllocationKind.WRITE_OFF, col(Allocation.removed_at).is_(None))
        .distinct(),
    }
    return [int(id) for id in session.exec(sources[module])]


def settled_otherwise(session: Session, old: date | None, new: date | None) -> list[int]:
    """The time that another bill-from day concerns: it is not what it was at Zoho."""
    if old == new:
        return []
    first, last = sorted((old or date.min, new or date.min))
    found = session.exec(
        select(TimeLog.id).where(
            col(TimeLog.billable),
            col(TimeLog.invoice_line_id).is_(None),
            TimeLog.day >= first,
            TimeLog.day < last,
        )
    )
    return [id or 0 for id in found]
