"""Expenses as files."""

from finance_app.api.exports.files import Cell, Export, Word
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.services.expenses import listing as expense_list
from finance_app.services.expenses import report as expense_report

_WITHOUT = {"project": "expense.no_project", "client": "expense.no_client"}


def _share_name(row: expense_report.Share) -> Cell:
    """Of a row of the report of expenses; a month as `2026-03`, which sorts."""
    if row.month:
        return f"{row.month.year:04d}-{row.month.month:02d}"
    return row.name or Word(_WITHOUT.get(row.by, "expense.no_category"))


EXPENSES: dict[str, Export] = {
    "expenses": Export(
        Permission.EXPENSES_VIEW,
        "expense.title",
        expense_list.ASKS,
        expense_list.page,
        [
            ("expense.day", lambda row: row.day),
            ("expense.person", lambda row: row.person),
            ("expense.merchant", lambda row: row.merchant),
            ("expense.category", lambda row: row.category),
            ("expense.client", lambda row: row.client),
            ("expense.project", lambda row: row.project),
            ("expense.currency", lambda row: row.currency),
            ("expense.gross", lambda row: to_decimal(row.gross_minor, row.currency)),
            ("expense.tax", lambda row: to_decimal(row.tax_minor, row.currency)),
            ("expense.state_name.name", lambda row: Word(f"expense.state.{row.state}")),
            ("expense.approval", lambda row: Word(f"expense.approval_state.{row.approval}")),
            ("expense.paid_back", lambda row: row.paid_back_on),
            ("expense.invoice", lambda row: row.invoice),
            ("expense.receipts", lambda row: row.receipts),
            ("expense.notes", lambda row: row.notes),
        ],
    ),
    "expense-report": Export(
        Permission.EXPENSES_VIEW,
        "expense.report.title",
        expense_report.ASKS,
        expense_report.page,
        [
            ("expense.report.name", _share_name),
            ("expense.report.count", lambda row: row.count),
            ("expense.cost", lambda row: to_decimal(row.cost_minor, row.currency)),
            ("expense.currency", lambda row: row.currency),
        ],
        lambda found: [
            [
                "",
                found.totals["count"],
                to_decimal(found.totals["cost_minor"], found.totals["currency"]),
                found.totals["currency"],
            ]
        ],
    ),
    "expense-rows": Export(
        Permission.EXPENSES_VIEW,
        "report.expense-rows.title",
        expense_report.ROWS,
        expense_report.rows_page,
        [
            ("expense.merchant", lambda row: row.merchant),
            ("expense.day", lambda row: row.day),
            ("expense.person", lambda row: row.person),
            ("expense.project", lambda row: row.project),
            ("expense.cost", lambda row: to_decimal(row.cost_minor, row.currency)),
            ("expense.currency", lambda row: row.currency),
        ],
        lambda found: [
            [
                *("", None, "", ""),
                to_decimal(found.totals["cost"], found.totals["currency"]),
                found.totals["currency"],
            ]
        ],
    ),
}
