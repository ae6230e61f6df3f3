"""Profitability as files."""

from typing import Any

from finance_app.api.exports.files import Cell, Export, Word
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.services.listing import Found
from finance_app.services.profitability import listing as profit_list

_PARTS = {"revenue": "revenue", "time": "time_cost", "expenses": "expense_cost"}


def _profit_totals(found: Found[Any]) -> list[list[Cell]]:
    whole, currency = found.totals["whole"], found.totals["currency"]
    parts = (
        *(whole.revenue_minor, whole.open_minor, whole.time_minor),
        *(whole.expense_minor, whole.profit_minor),
    )
    return [["", *(to_decimal(minor, currency) for minor in parts), currency]]


PROFITABILITY: dict[str, Export] = {
    "profitability": Export(
        Permission.FINANCE_VIEW,
        "profit.title",
        profit_list.LINES,
        profit_list.lines_page,
        [
            ("profit.name", lambda row: row.name or Word(f"profit.without.{row.by}")),
            ("profit.revenue", lambda row: to_decimal(row.figures.revenue_minor, row.currency)),
            ("profit.open", lambda row: to_decimal(row.figures.open_minor, row.currency)),
            ("profit.time_cost", lambda row: to_decimal(row.figures.time_minor, row.currency)),
            ("profit.expense_cost", lambda row: to_decimal(row.figures.expense_minor, row.currency)),
            ("profit.profit", lambda row: to_decimal(row.figures.profit_minor, row.currency)),
            ("project.currency", lambda row: row.currency),
        ],
        _profit_totals,
    ),
    "profitability-rows": Export(
        Permission.PROJECTS_VIEW,
        "profit.title",
        profit_list.ROWS,
        profit_list.rows_page,
        [
            (
                "profit.what",
                lambda row: Word(f"profit.{_PARTS[row.kind]}") if row.kind in _PARTS else row.name,
            ),
            ("profit.kind", lambda row: "" if row.kind in _PARTS else Word(f"profit.row.{row.kind}")),
            ("profit.whose", lambda row: row.note),
            ("profit.day", lambda row: row.day),
            ("profit.hours", lambda row: hours(row.seconds) if row.seconds else None),
            ("profit.amount", lambda row: to_decimal(row.amount_minor, row.currency)),
            ("project.currency", lambda row: row.currency),
        ],
        lambda found: [
            [
                *("", "", "", None, None),
                to_decimal(found.totals["sum"], found.totals["currency"]),
                found.totals["currency"],
            ]
        ],
    ),
}
