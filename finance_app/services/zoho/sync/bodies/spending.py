"""Expenses with their receipts."""

import hashlib
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from finance_app.domain.money import to_decimal
from finance_app.models import (
    Expense,
    ExpenseCategory,
    ExpenseLine,
    ExpenseReceipt,
    Project,
)
from finance_app.models.kinds import ApprovalState
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import EXPENSES, Follow, Gone, Nothing, Plan, Unfit, Wanted


def expense_mark(id: int) -> str:
    return f"M-E{id}"


def expense(look: Look, id: int) -> Plan:
    """Approved ones, as their gross amount without a tax: what of it is recovered is a matter of our books.

    Zoho offers it for billing where it is billable here and has a client."""
    row = look.session.get(Expense, id)
    known = look.link(Module.EXPENSE, id)
    if known and known.made_at_zoho and not known.is_gone:
        return _theirs(row, known.fingerprint)
    mark = expense_mark(id)
    search = {"reference_number": mark}
    if row is None or row.deleted_at or row.approval is ApprovalState.REJECTED:
        return Gone(EXPENSES, search)
    if known and known.fingerprint and look.is_billed_there(row.invoice_line_id):
        return Nothing()
    if row.approval is not ApprovalState.APPROVED:
        return Nothing()
    if row.gross_minor <= 0:
        raise Unfit("no_amount", name=row.merchant)
    project = look.session.get(Project, row.project_id) if row.project_id else None
    client_id = project.client_id if project else row.client_id
    category = look.session.exec(
        select(ExpenseCategory.name)
        .join(ExpenseLine, col(ExpenseLine.category_id) == col(ExpenseCategory.id))
        .where(ExpenseLine.expense_id == id)
        .order_by(col(ExpenseLine.position))
        .limit(1)
    ).first()
    body: dict[str, Any] = {
        "account_id": look.expense_account(category or ""),
        "paid_through_account_id": look.paying_account(),
        "date": row.day.isoformat(),
        "amount": to_decimal(row.gross_minor, row.currency),
        "currency_id": look.currency(row.currency),
        "exchange_rate": row.exchange_rate or Decimal(1),
        "reference_number": mark,
        "description": " - ".join(each for each in (row.merchant, row.notes) if each)[:500],
        "is_billable": row.billable and client_id is not None,
    }
    if not body["account_id"] or not body["paid_through_account_id"]:
        raise Unfit("no_account", name=row.merchant)
    if client_id:
        body["customer_id"] = look.remote(Module.CONTACT, client_id)
    if project and project.client_id:
        body["project_id"] = look.remote(Module.PROJECT, project.id or 0)
    return Wanted(
        EXPENSES,
        body,
        mark,
        lambda found: found.get("reference_number") == mark,
        search,
        adopts=False,
        follow=(Follow("receipt", _receipt(look, id)),),
    )


def _theirs(row: Expense | None, fetched: str) -> Plan:
    """One that was made at Zoho is changed there: here nobody knows the accounts that it was booked on."""
    if row is not None and fetched and as_fetched(row) != fetched:
        raise Unfit("made_at_zoho", name=row.merchant)
    return Nothing()


def as_fetched(row: Expense) -> str:
    """The fingerprint of what Zoho says of an expense of its own: a change here shows."""
    said = (
        *(row.day, row.merchant, row.notes, row.project_id, row.client_id, row.billable),
        *(row.currency, row.gross_minor, row.tax_minor, row.deleted_at is not None),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _receipt(look: Look, expense_id: int) -> tuple[int, ...]:
    """The newest file; 0 where the last one was taken away; nothing where there never was one."""
    rows = look.session.exec(
        select(ExpenseReceipt.file_id, ExpenseReceipt.removed_at)
        .where(ExpenseReceipt.expense_id == expense_id)
        .order_by(col(ExpenseReceipt.id).desc())
    ).all()
    live = [file_id for file_id, removed_at in rows if removed_at is None]
    return (live[0],) if live else (0,) if rows else ()
