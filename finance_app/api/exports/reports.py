"""The reports as files."""

from collections.abc import Callable
from typing import Any

from finance_app.api.exports.files import Cell, Export, Word
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models.kinds import PaymentMethod
from finance_app.services.listing import Found
from finance_app.services.reports import cash, forecast, hourly, receivables, tax_due, work_in_progress
from finance_app.services.reports.cash import Cash
from finance_app.services.reports.hourly import Part, PartRow
from finance_app.services.reports.work_in_progress import Waiting

HOURLY: list[tuple[str, Callable[[Any], Cell]]] = [
    ("profit.name", lambda row: row.name or Word(f"profit.without.{row.by}")),
    ("project.currency", lambda row: row.currency),
    ("profit.revenue", lambda row: to_decimal(row.revenue_minor, row.currency)),
    ("report.billable_hours", lambda row: hours(row.billable_seconds)),
    ("report.all_hours", lambda row: hours(row.seconds)),
    ("report.billable_rate", lambda row: _rate(row.billable_rate_minor, row.currency)),
    ("report.hourly", lambda row: _rate(row.rate_minor, row.currency)),
]


def _rate(minor: int | None, currency: str) -> Cell:
    return None if minor is None else to_decimal(minor, currency)


_HOURLY_PARTS = {
    Part.REVENUE: "profit.revenue",
    Part.BILLABLE: "report.billable_hours",
    Part.HOURS: "report.all_hours",
}


def _hourly_part(row: PartRow) -> Cell:
    if row.part is Part.REVENUE:
        return to_decimal(row.line.revenue_minor, row.line.currency)
    return hours(row.line.billable_seconds if row.part is Part.BILLABLE else row.line.seconds)


def _rate_of_part(row: PartRow) -> Cell:
    if row.part is Part.REVENUE:
        return None
    line = row.line
    return _rate(line.billable_rate_minor if row.part is Part.BILLABLE else line.rate_minor, line.currency)


def _paid_by(row: Cash) -> Cell:
    return Word(f"payment.method.{row.key}") if row.key in set(PaymentMethod) else row.name


def _waiting_by_currency(found: Found[Waiting]) -> list[list[Cell]]:
    """Amounts of different currencies are no sum; hours without a rate are of all of them together."""
    sums = found.totals
    columns = (*sums["bands"], sums["ready"], sums["unapproved"])
    currencies = list(dict.fromkeys(currency for amounts in columns for currency in amounts))
    rows: list[list[Cell]] = [
        ["", "", "", currency, *(to_decimal(amounts.get(currency, 0), currency) for amounts in columns), None]
        for currency in currencies
    ]
    if sums["unpriced"] and rows:
        rows[0][-1] = hours(sums["unpriced"])
    return rows


REPORTS: dict[str, Export] = {
    "receivables": Export(
        Permission.INVOICES_VIEW,
        "report.receivables.title",
        receivables.ASKS,
        receivables.page,
        [
            ("report.client", lambda row: row.client),
            ("project.currency", lambda row: row.currency),
            *(
                (f"report.age.{band.name}", lambda row, at=at: to_decimal(row.bands[at], row.currency))
                for at, band in enumerate(receivables.BANDS)
            ),
            ("report.owed", lambda row: to_decimal(row.owed_minor, row.currency)),
            ("report.credit", lambda row: to_decimal(row.credit_minor, row.currency)),
        ],
        lambda found: [
            [
                "",
                found.totals["currency"],
                *(
                    to_decimal(minor, found.totals["currency"])
                    for minor in (*found.totals["bands"], sum(found.totals["bands"]), found.totals["credit"])
                ),
            ]
        ],
    ),
    "receivable-rows": Export(
        Permission.INVOICES_VIEW,
        "report.receivable-rows.title",
        receivables.ROWS,
        receivables.rows_page,
        [
            ("profit.kind", lambda row: Word(f"report.document_kind.{row.kind}")),
            ("report.document", lambda row: row.number),
            ("report.client", lambda row: row.client),
            ("report.due_day", lambda row: row.day),
            ("report.own_amount", lambda row: to_decimal(row.amount_minor, row.currency)),
            ("project.currency", lambda row: row.currency),
            ("profit.amount", lambda row: to_decimal(row.base_minor, row.base_currency)),
        ],
        lambda found: [
            [
                *("", "", "", None, None, found.totals["currency"]),
                to_decimal(found.totals["sum"], found.totals["currency"]),
            ]
        ],
    ),
    "work-in-progress": Export(
        Permission.FINANCE_VIEW,
        "report.work-in-progress.title",
        work_in_progress.ASKS,
        work_in_progress.page,
        [
            ("report.project", lambda row: row.project),
            ("report.client", lambda row: row.client or Word("profit.without.client")),
            ("report.what", lambda row: Word(f"report.kind.{row.what}")),
            ("project.currency", lambda row: row.currency),
            *(
                (f"report.age.{band.name}", lambda row, at=at: to_decimal(row.bands[at], row.currency))
                for at, band in enumerate(work_in_progress.BANDS)
            ),
            ("report.ready", lambda row: to_decimal(row.ready_minor, row.currency)),
            ("report.unapproved", lambda row: to_decimal(row.unapproved_minor, row.currency)),
            ("report.unpriced", lambda row: hours(row.unpriced_seconds)),
        ],
        _waiting_by_currency,
    ),
    "tax-due": Export(
        Permission.INVOICES_VIEW,
        "report.tax-due.title",
        tax_due.ASKS,
        tax_due.page,
        [
            ("report.tax", lambda row: row.name or Word("report.no_tax")),
            ("report.rate", lambda row: row.rate),
            ("settings.taxes.category", lambda row: row.category),
            ("project.currency", lambda row: row.currency),
            ("report.base", lambda row: to_decimal(row.base_minor, row.currency)),
            ("report.charged", lambda row: to_decimal(row.charged_minor, row.currency)),
            ("report.taken", lambda row: to_decimal(row.taken_minor, row.currency)),
            ("report.due", lambda row: to_decimal(row.due_minor, row.currency)),
        ],
        lambda found: [
            [
                *("", "", "", found.totals["currency"]),
                *(
                    to_decimal(found.totals[part], found.totals["currency"])
                    for part in ("base", "charged", "taken", "due")
                ),
            ]
        ],
    ),
    "tax-rows": Export(
        Permission.INVOICES_VIEW,
        "report.tax-due.title",
        tax_due.ROWS,
        tax_due.rows_page,
        [
            ("report.document", lambda row: row.document),
            ("profit.day", lambda row: row.day),
            ("report.client", lambda row: row.client),
            ("report.tax_name", lambda row: row.tax or Word("report.no_tax")),
            ("project.currency", lambda row: row.currency),
            ("report.base", lambda row: to_decimal(row.base_minor, row.currency)),
            ("report.tax", lambda row: to_decimal(row.tax_minor, row.currency)),
        ],
        lambda found: [
            [
                *("", None, "", "", found.totals["currency"]),
                to_decimal(found.totals["base"], found.totals["currency"]),
                to_decimal(found.totals["tax"], found.totals["currency"]),
            ]
        ],
    ),
    "cash": Export(
        Permission.PAYMENTS_VIEW,
        "report.cash.title",
        cash.ASKS,
        cash.page,
        [
            ("profit.name", _paid_by),
            ("report.payments", lambda row: row.count),
            ("project.currency", lambda row: row.currency),
            ("report.received", lambda row: to_decimal(row.received_minor, row.currency)),
            ("report.refunded", lambda row: to_decimal(row.refunded_minor, row.currency)),
            ("report.net", lambda row: to_decimal(row.net_minor, row.currency)),
        ],
        lambda found: [
            [
                *("", found.totals["count"], found.totals["currency"]),
                to_decimal(found.totals["received"], found.totals["currency"]),
                to_decimal(found.totals["refunded"], found.totals["currency"]),
                to_decimal(found.totals["received"] - found.totals["refunded"], found.totals["currency"]),
            ]
        ],
    ),
    "cash-rows": Export(
        Permission.PAYMENTS_VIEW,
        "report.cash-rows.title",
        cash.ROWS,
        cash.rows_page,
        [
            ("profit.kind", lambda row: Word(f"overview.kind.{'refund' if row.is_refund else 'payment'}")),
            ("profit.day", lambda row: row.day),
            ("report.client", lambda row: row.client),
            ("payment.method_name", lambda row: Word(f"payment.method.{row.method}")),
            ("payment.reference", lambda row: row.reference),
            ("project.currency", lambda row: row.currency),
            ("profit.amount", lambda row: to_decimal(row.amount_minor, row.currency)),
        ],
        lambda found: [
            [
                "",
                None,
                "",
                "",
                "",
                found.totals["currency"],
                to_decimal(found.totals["sum"], found.totals["currency"]),
            ]
        ],
    ),
    "hourly-rate": Export(
        Permission.FINANCE_VIEW,
        "report.hourly-rate.title",
        hourly.ASKS,
        hourly.page,
        HOURLY,
        lambda found: [["", *(value(found.totals["whole"]) for _, value in HOURLY[1:])]],
    ),
    "hourly-rows": Export(
        Permission.FINANCE_VIEW,
        "report.hourly-rows.title",
        hourly.ROWS,
        hourly.rows_page,
        [
            ("report.what", lambda row: Word(_HOURLY_PARTS[row.part])),
            ("report.figure", _hourly_part),
            ("report.unit", lambda row: row.line.currency if row.part is Part.REVENUE else "h"),
            ("report.hourly", _rate_of_part),
        ],
    ),
    "forecast": Export(
        Permission.FINANCE_VIEW,
        "report.forecast.title",
        forecast.ASKS,
        forecast.page,
        [
            ("report.project", lambda row: row.project),
            ("report.client", lambda row: row.client),
            ("report.what", lambda row: Word(f"report.source.{row.source}")),
            ("report.name", lambda row: row.name),
            ("report.expected", lambda row: row.day),
            ("project.currency", lambda row: row.currency),
            ("profit.amount", lambda row: to_decimal(row.amount_minor, row.currency)),
        ],
        lambda found: [
            ["", "", "", "", None, currency, to_decimal(minor, currency)]
            for currency, minor in found.totals["amounts"].items()
        ],
    ),
}
