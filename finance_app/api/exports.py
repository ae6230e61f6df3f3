"""Lists as files: CSV and XLSX of all rows that the page's search and filters find, in its order.

An export is an entry of EXPORTS; the page offers it by `*export_items("clients")`.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from finance_app import db
from finance_app.api.requests import guarded, locale_of, require
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.i18n import t
from finance_app.services import (
    audit_list,
    clients,
    credit_note_list,
    payment_list,
    people,
    projects,
    time_listing,
)
from finance_app.services.accounts import Actor
from finance_app.services.expenses import listing as expense_list
from finance_app.services.expenses import report as expense_report
from finance_app.services.invoicing import listing as invoice_list
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.profitability import listing as profit_list

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Export:
    """`columns` are pairs of a text key and the value of a row; `find` is the very query of the page."""

    permission: Permission
    title: str
    asks: ListAsks
    find: Callable[[Session, Actor, ListQuery], Found[Any]]
    columns: Sequence[tuple[str, Callable[[Any], Cell]]]


EXPORTS: dict[str, Export] = {
    "profitability": Export(
        Permission.FINANCE_VIEW,
        "profit.title",
        profit_list.LINES,
        profit_list.lines_page,
        [
            ("profit.name", lambda row: row.name),
            ("profit.revenue", lambda row: to_decimal(row.figures.revenue_minor, row.currency)),
            ("profit.open", lambda row: to_decimal(row.figures.open_minor, row.currency)),
            ("profit.time_cost", lambda row: to_decimal(row.figures.time_minor, row.currency)),
            ("profit.expense_cost", lambda row: to_decimal(row.figures.expense_minor, row.currency)),
            ("profit.profit", lambda row: to_decimal(row.figures.profit_minor, row.currency)),
            ("project.currency", lambda row: row.currency),
        ],
    ),
    "profitability-rows": Export(
        Permission.PROJECTS_VIEW,
        "profit.title",
        profit_list.ROWS,
        profit_list.rows_page,
        [
            ("profit.what", lambda row: row.name),
            ("profit.client", lambda row: row.note),
            ("profit.day", lambda row: row.day),
            ("profit.hours", lambda row: hours(row.seconds) if row.seconds else None),
            ("profit.amount", lambda row: to_decimal(row.amount_minor, row.currency)),
            ("project.currency", lambda row: row.currency),
        ],
    ),
    "projects": Export(
        Permission.PROJECTS_VIEW,
        "project.title",
        projects.ASKS,
        projects.page,
        [
            ("project.name", lambda row: row.name),
            ("project.code", lambda row: row.code),
            ("project.client", lambda row: row.client),
            ("project.hours", lambda row: hours(row.seconds)),
            (
                "project.unbilled",
                lambda row: (
                    None if row.unbilled_minor is None else to_decimal(row.unbilled_minor, row.currency)
                ),
            ),
            ("project.currency", lambda row: row.currency),
            ("project.last_day", lambda row: row.last_day),
        ],
    ),
    "invoices": Export(
        Permission.INVOICES_VIEW,
        "invoice.title",
        invoice_list.ASKS,
        invoice_list.page,
        [
            ("invoice.number", lambda row: row.number),
            ("invoice.client", lambda row: row.client),
            ("invoice.subject", lambda row: row.title),
            ("invoice.issued", lambda row: row.issue_date),
            ("invoice.due", lambda row: row.due_date),
            ("invoice.state_name", lambda row: row.state.value),
            ("invoice.currency", lambda row: row.currency),
            ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
            ("invoice.balance", lambda row: to_decimal(row.balance_minor, row.currency)),
        ],
    ),
    "payments": Export(
        Permission.PAYMENTS_VIEW,
        "payment.title",
        payment_list.ASKS,
        payment_list.page,
        [
            ("payment.day", lambda row: row.paid_on),
            ("payment.client", lambda row: row.client),
            ("payment.method_name", lambda row: row.method.value),
            ("payment.reference", lambda row: row.reference),
            ("payment.invoices", lambda row: ", ".join(row.invoices)),
            ("payment.currency", lambda row: row.currency),
            ("payment.amount", lambda row: to_decimal(row.amount_minor, row.currency)),
            ("payment.unused", lambda row: to_decimal(row.unused_minor, row.currency)),
        ],
    ),
    "credit_notes": Export(
        Permission.INVOICES_VIEW,
        "credit_note.title",
        credit_note_list.ASKS,
        credit_note_list.page,
        [
            ("invoice.number", lambda row: row.number),
            ("invoice.client", lambda row: row.client),
            ("payment.invoice", lambda row: row.invoice),
            ("invoice.issued", lambda row: row.issue_date),
            ("invoice.state_name", lambda row: row.state.value),
            ("invoice.currency", lambda row: row.currency),
            ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
            ("credit_note.unused", lambda row: to_decimal(row.unused_minor, row.currency)),
        ],
    ),
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
            ("expense.state_name.name", lambda row: row.state.value),
            ("expense.approval", lambda row: row.approval.value),
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
            ("expense.report.name", lambda row: row.name),
            ("expense.report.by.month", lambda row: row.month.period.first if row.month else None),
            ("expense.report.count", lambda row: row.count),
            ("expense.cost", lambda row: to_decimal(row.cost_minor, row.currency)),
            ("expense.currency", lambda row: row.currency),
        ],
    ),
    "audit": Export(
        Permission.AUDIT_VIEW,
        "audit.title",
        audit_list.ASKS,
        audit_list.page,
        [
            ("audit.when", lambda row: row.at.isoformat(timespec="seconds")),
            ("audit.who", lambda row: row.actor),
            ("audit.address", lambda row: row.address),
            ("audit.what", lambda row: f"{row.kind} {row.object_id or ''}".strip()),
            ("audit.did", lambda row: row.action),
            ("audit.changes", lambda row: json.dumps([row.before, row.after, row.details], default=str)),
        ],
    ),
    "clients": Export(
        Permission.CLIENTS_VIEW,
        "client.title",
        clients.ASKS,
        clients.page,
        [
            ("client.name", lambda row: row.name),
            ("client.city", lambda row: row.city),
            ("client.country", lambda row: row.country),
            ("client.currency", lambda row: row.currency),
            ("client.contact", lambda row: row.contact),
            ("client.contacts_page.email", lambda row: row.email),
        ],
    ),
    "people": Export(
        Permission.PEOPLE_VIEW,
        "person.title",
        people.ASKS,
        people.page,
        [
            ("person.name", lambda row: row.name),
            ("person.job_title", lambda row: row.job_title),
            ("person.profile", lambda row: row.profile_name or row.profile),
            ("person.email", lambda row: row.email),
            ("person.weekly_hours", lambda row: hours(row.weekly_seconds)),
            (
                "person.month_hours",
                lambda row: None if row.month_seconds is None else hours(row.month_seconds),
            ),
            ("person.bill_rate", lambda row: row.bill_rate),
            ("person.cost_rate", lambda row: row.cost_rate),
        ],
    ),
    "time": Export(
        Permission.TIME_VIEW,
        "time.title",
        time_listing.ASKS,
        time_listing.page,
        [
            ("time.day", lambda row: row.day),
            ("time.person", lambda row: row.person),
            ("time.client", lambda row: row.client),
            ("time.project", lambda row: row.project),
            ("time.task", lambda row: row.task),
            ("time.hours", lambda row: hours(row.seconds)),
            ("time.billable", lambda row: "1" if row.billable else "0"),
            ("time.approval", lambda row: str(row.approval)),
            ("time.invoice", lambda row: row.invoice),
            ("time.notes", lambda row: row.notes),
        ],
    ),
}


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_csv(head: Sequence[str], rows: Sequence[Sequence[Cell]], locale: str) -> bytes:
    """UTF-8 with a mark for Excel; in French with semicolons and decimal commas, as Excel expects there."""
    french = locale == "fr"

    def text(cell: Cell) -> str:
        if cell is None:
            return ""
        if isinstance(cell, Decimal):
            plain = format(cell, "f")
            return plain.replace(".", ",") if french else plain
        if isinstance(cell, str):
            return harmless(cell)
        return cell.isoformat() if isinstance(cell, date) else str(cell)

    file = io.StringIO()
    writer = csv.writer(file, delimiter=";" if french else ",", lineterminator="\r\n")
    writer.writerow([harmless(name) for name in head])
    writer.writerows([text(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook with true numbers and dates; texts are never formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"

    def cell(value: Cell, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(
            sheet, value=value.replace(tzinfo=None) if isinstance(value, datetime) else value
        )
        if isinstance(value, str):
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(name, bold=True) for name in head])
    for row in rows:
        sheet.append([cell(value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


async def export(request: Request) -> Response:
    wanted = EXPORTS.get(request.path_params["name"])
    kind = request.path_params["kind"]
    if wanted is None or kind not in ("csv", "xlsx"):
        return JSONResponse({"message": "unknown export"}, 404)
    actor = await require(request, wanted.permission)
    locale = locale_of(request, actor)
    query = replace(wanted.asks.read(dict(request.query_params)), page=1, size=None)

    def make() -> bytes:
        with db.reading() as session:
            found = wanted.find(session, actor, query)
        head = [t(locale, key) for key, _ in wanted.columns]
        rows = [[value(row) for _, value in wanted.columns] for row in found.rows]
        return as_csv(head, rows, locale) if kind == "csv" else as_xlsx(t(locale, wanted.title), head, rows)

    types = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    name = request.path_params["name"]
    return Response(
        await run_in_threadpool(make),
        media_type=types[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
            "Cache-Control": "private, no-store",
        },
    )


def export_routes() -> list[Route]:
    return [Route("/files/export/{name}.{kind}", guarded(export), methods=["GET"])]
