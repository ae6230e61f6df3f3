"""How expenses read on every page: a row, a receipt, and the outcome of a move of several."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from finance_app import routes
from finance_app.domain.expense import ExpenseState
from finance_app.i18n import formats, t
from finance_app.models import ExpenseReceipt, StoredFile
from finance_app.models.kinds import ApprovalState
from finance_app.services.expenses.approving import Moved
from finance_app.services.expenses.listing import ExpenseRecord


@dataclass(frozen=True)
class ExpenseRow:
    id: int
    day: str
    person: str
    merchant: str
    notes: str
    category: str
    more_lines: str
    project: str
    client: str
    amount: str
    base_amount: str
    charge: str
    state: str
    disbursement: bool
    approval: str
    approval_note: str
    repay: str
    paid_back: str
    receipts: int
    invoice: str
    invoice_href: str
    href: str


NO_ROW = ExpenseRow(
    0,
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "non_billable",
    False,
    "submitted",
    "",
    "",
    "",
    0,
    "",
    "",
    "",
)


def expense_row(record: ExpenseRecord, base: str, locale: str) -> ExpenseRow:
    """`base_amount` is empty where the expense is in base currency."""
    state = record.state
    claimed = state in (ExpenseState.INVOICED, ExpenseState.REIMBURSED)
    return ExpenseRow(
        id=record.id,
        day=formats.day(record.day, locale),
        person=record.person,
        merchant=record.merchant or record.category or t(locale, "expense.no_category"),
        notes=record.notes if len(record.notes) < 160 else f"{record.notes[:159]}…",
        category=record.category,
        more_lines=t(locale, "expense.more_lines", n=record.lines - 1) if record.lines > 1 else "",
        project=record.project,
        client=record.client,
        amount=formats.money(record.gross_minor, record.currency, locale),
        base_amount="" if record.currency == base else formats.money(record.base_gross_minor, base, locale),
        charge=formats.money(record.charge_minor, record.currency, locale) if record.billable else "",
        state=state.value,
        disbursement=record.disbursement,
        approval=record.approval.value,
        approval_note=record.approval_note,
        repay=_repay(record),
        paid_back=formats.day(record.paid_back_on, locale) if record.paid_back_on else "",
        receipts=record.receipts,
        invoice=record.invoice or (t(locale, "expense.draft_invoice") if claimed else ""),
        invoice_href=routes.invoice(record.invoice_id) if record.invoice_id else "",
        href=routes.expense(record.id),
    )


def _repay(record: ExpenseRecord) -> str:
    if record.paid_back_on:
        return "paid_back"
    if not record.own_money:
        return "firm"
    return "refused" if record.approval is ApprovalState.REJECTED else "owed"


@dataclass(frozen=True)
class ReceiptRow:
    """`pages` are addresses of pictures; `more` where the file has pages that are not drawn."""

    id: int
    name: str
    size: str
    href: str
    first: str
    pages: list[str]
    is_pdf: bool
    replace_url: str


def receipt_rows(
    found: Sequence[tuple[ExpenseReceipt, StoredFile]], locale: str, expense_id: int = 0
) -> list[ReceiptRow]:
    rows = []
    for receipt, stored in found:
        number = receipt.id or 0
        pages = [routes.receipt(number, page) for page in range(1, len(receipt.pages) + 1)]
        place = {"expense": str(expense_id or ""), "replaces": str(number)}
        rows.append(
            ReceiptRow(
                number,
                stored.name,
                formats.file_size(stored.size, locale),
                routes.receipt(number),
                pages[0] if pages else "",
                pages,
                stored.media_type == "application/pdf",
                routes.with_query(routes.DO_UPLOAD_RECEIPT, place),
            )
        )
    return rows


def uploaded(answer: object) -> int:
    """The id in the answer of an upload, 0 where there is none; whoever asks looks it up."""
    try:
        found = json.loads(str(answer)[:200])
    except ValueError:
        return 0
    number = found.get("id") if isinstance(found, dict) else 0
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def told(outcome: Moved, asked: str, locale: str) -> tuple[str, str]:
    """What moved, and how many did not with each reason."""
    counts: dict[str, int] = {}
    for refusal in outcome.refused.values():
        params = {
            name: formats.day(value, locale) if name in ("day", "date", "closed_until") else value
            for name, value in refusal.params.items()
        }
        reason = t(locale, refusal.code, **params)
        counts[reason] = counts.get(reason, 0) + 1
    stayed = [t(locale, "expense.not_moved", n=n, reason=reason) for reason, n in counts.items()]
    return t(locale, f"expense.moved.{asked}", n=len(outcome.moved)), " ".join(stayed)
