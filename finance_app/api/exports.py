"""Lists as files: CSV, XLSX and PDF of all rows that the page's search and filters find, in its order.

An export is an entry of EXPORTS; the page offers it by `*export_items("clients")`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from finance_app import db
from finance_app.api.audit_export import AUDIT
from finance_app.api.export_files import Cell, Export, Word, as_csv, as_pdf, as_xlsx, in_words
from finance_app.api.export_filters import filters_in_words
from finance_app.api.report_exports import REPORTS
from finance_app.api.requests import guarded, locale_of, require
from finance_app.domain.errors import DomainError
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.i18n import formats, t
from finance_app.models.kinds import WorkKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import tab
from finance_app.services.clients import directory as clients
from finance_app.services.crediting import listing as credit_note_list
from finance_app.services.estimating import listing as estimate_list
from finance_app.services.expenses import listing as expense_list
from finance_app.services.expenses import report as expense_report
from finance_app.services.invoicing import listing as invoice_list
from finance_app.services.invoicing.company import portal_of
from finance_app.services.listing import Found, ListQuery
from finance_app.services.payments import listing as payment_list
from finance_app.services.people import directory as people
from finance_app.services.profitability import listing as profit_list
from finance_app.services.projects import listing as project_list
from finance_app.services.projects import milestones
from finance_app.services.tasks import listing as task_listing
from finance_app.services.tasks.listing import TaskRecord
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.zoho import error_list

MOST_ROWS_OF_PDF = 5000
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


_WITHOUT = {"project": "expense.no_project", "client": "expense.no_client"}


def _profit_totals(found: Found[Any]) -> list[list[Cell]]:
    whole, currency = found.totals["whole"], found.totals["currency"]
    parts = (
        *(whole.revenue_minor, whole.open_minor, whole.time_minor),
        *(whole.expense_minor, whole.profit_minor),
    )
    return [["", *(to_decimal(minor, currency) for minor in parts), currency]]


def _share_name(row: expense_report.Share) -> Cell:
    """Of a row of the report of expenses; a month as `2026-03`, which sorts."""
    if row.month:
        return f"{row.month.year:04d}-{row.month.month:02d}"
    return row.name or Word(_WITHOUT.get(row.by, "expense.no_category"))


_PARTS = {"revenue": "revenue", "time": "time_cost", "expenses": "expense_cost"}


def _yes(value: bool) -> Word:
    return Word("common.yes" if value else "common.no")


def _agreed(noun: str) -> list[tuple[str, Callable[[Any], Cell]]]:
    """The columns that an estimate and a sales order have in common."""
    return [
        ("invoice.number", lambda row: row.number),
        ("invoice.client", lambda row: row.client),
        ("invoice.subject", lambda row: row.title),
        ("invoice.issued", lambda row: row.issue_date),
        ("invoice.state_name", lambda row: Word(f"{noun}.state.{row.state}")),
        ("invoice.currency", lambda row: row.currency),
        ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
        ("estimate.left", lambda row: to_decimal(row.left_minor, row.currency)),
    ]


def _work(kind: WorkKind, session: Session, actor: Actor, query: ListQuery) -> Found[TaskRecord]:
    return task_listing.page(session, actor, kind, query)


def _money(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else to_decimal(minor, currency)


EXPORTS: dict[str, Export] = {
    **REPORTS,
    "zoho-errors": Export(
        Permission.INTEGRATION_EDIT,
        "zoho.errors.title",
        error_list.ASKS,
        error_list.exported,
        [
            ("zoho.errors.module", lambda row: Word(f"zoho_sync.module.{row.module}")),
            ("zoho.errors.record", lambda row: row.label or Word(row.name)),
            ("zoho.errors.what", lambda row: Word(row.text, row.details)),
            ("zoho.errors.remedy", lambda row: Word(row.remedy, row.details)),
            (
                "zoho.errors.said",
                lambda row: f"{row.zoho_code} {row.message}" if row.zoho_code else row.message,
            ),
            ("zoho.errors.attempts", lambda row: row.attempts),
            ("zoho.errors.state", lambda row: Word(f"zoho.errors.states.{row.state.value}")),
            ("zoho.errors.first", lambda row: row.first_seen_at),
            ("zoho.errors.last", lambda row: row.last_seen_at),
        ],
    ),
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
    "projects": Export(
        Permission.PROJECTS_VIEW,
        "project.title",
        project_list.ASKS,
        project_list.page,
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
            ("budget.used", lambda row: row.percent),
            ("budget.health", lambda row: Word(f"project.health.{row.health}") if row.health else ""),
        ],
    ),
    "budget": Export(
        Permission.PROJECTS_VIEW,
        "budget.title",
        tab.ASKS,
        tab.exported,
        [
            ("budget.part", lambda row: row.name),
            ("budget.level", lambda row: row.depth + 1),
            ("budget.planned", lambda row: row.planned),
            ("budget.actual", lambda row: row.actual),
            ("budget.variance", lambda row: row.variance),
            ("budget.remaining", lambda row: row.remaining),
            ("budget.forecast", lambda row: row.forecast),
            ("budget.used", lambda row: row.used),
            ("budget.health", lambda row: Word(f"project.health.{row.health}") if row.health else ""),
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
            ("invoice.state_name", lambda row: Word(f"invoice.state.{row.state}")),
            ("invoice.currency", lambda row: row.currency),
            ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
            ("invoice.balance", lambda row: to_decimal(row.balance_minor, row.currency)),
        ],
    ),
    "estimates": Export(
        Permission.INVOICES_VIEW,
        "estimate.title",
        estimate_list.ASKS,
        estimate_list.page,
        [*_agreed("estimate"), ("estimate.expires_on", lambda row: row.expires_on)],
    ),
    "sales_orders": Export(
        Permission.INVOICES_VIEW,
        "sales_order.title",
        estimate_list.ORDER_ASKS,
        estimate_list.order_page,
        _agreed("sales_order"),
    ),
    "payments": Export(
        Permission.PAYMENTS_VIEW,
        "payment.title",
        payment_list.ASKS,
        payment_list.page,
        [
            ("payment.day", lambda row: row.paid_on),
            ("payment.client", lambda row: row.client),
            ("payment.method_name", lambda row: Word(f"payment.method.{row.method}")),
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
            ("invoice.state_name", lambda row: Word(f"credit_note.state.{row.state}")),
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
    "audit": AUDIT,
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
            (
                "person.profile",
                lambda row: Word(f"profile.name.{row.profile}") if row.profile else row.profile_name,
            ),
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
    **{
        f"{kind.value}s": Export(
            Permission.PROJECTS_VIEW,
            f"task.title.{kind.value}",
            task_listing.ASKS,
            partial(_work, kind),
            [
                ("task.number", lambda row: row.number),
                ("task.name", lambda row: row.name),
                ("task.list.one", lambda row: row.list_name),
                ("task.milestone", lambda row: row.milestone),
                ("task.owner", lambda row: row.owner),
                (
                    "task.state_label",
                    lambda row: Word(f"task.state.{'archived' if row.archived else row.state}"),
                ),
                ("task.due_date", lambda row: row.due_date),
                ("task.percent_short", lambda row: row.percent),
                (
                    "task.planned",
                    lambda row: None if row.planned_seconds is None else hours(row.planned_seconds),
                ),
                ("task.logged", lambda row: hours(row.logged_seconds)),
                ("task.billable", lambda row: _yes(row.billable)),
                ("task.rate", lambda row: row.bill_rate),
                ("task.invoice", lambda row: ", ".join(number for _, number in row.invoices if number)),
            ],
        )
        for kind in WorkKind
    },
    "milestones": Export(
        Permission.PROJECTS_VIEW,
        "milestone.title",
        milestones.ASKS,
        milestones.page,
        [
            ("milestone.name", lambda row: row.name),
            (
                "milestone.state_label",
                lambda row: Word(f"milestone.state.{'closed' if row.closed else 'open'}"),
            ),
            ("milestone.start_date", lambda row: row.start_date),
            ("milestone.due_date", lambda row: row.due_date),
            ("milestone.tasks", lambda row: row.all_tasks),
            ("task.planned", lambda row: hours(row.planned_seconds)),
            ("task.logged", lambda row: hours(row.logged_seconds)),
            ("milestone.amount", lambda row: _money(row.amount_minor, row.currency)),
            ("milestone.invoiced", lambda row: _money(row.invoiced_minor, row.currency)),
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
            ("time.billable", lambda row: _yes(row.billable)),
            ("time.approval", lambda row: Word(f"time.state.{row.approval}")),
            ("time.invoice", lambda row: row.invoice),
            ("time.notes", lambda row: row.notes),
        ],
    ),
}


async def export(request: Request) -> Response:
    wanted = EXPORTS.get(request.path_params["name"])
    kind = request.path_params["kind"]
    if wanted is None or kind not in KINDS:
        return JSONResponse({"message": "unknown export"}, 404)
    actor = await require(request, wanted.permission)
    locale = locale_of(request, actor)
    actor = replace(actor, locale=locale)
    asked = wanted.asks.read(dict(request.query_params))
    query = replace(asked, page=1, size=MOST_ROWS_OF_PDF if kind == "pdf" else None)

    def make() -> bytes:
        with db.reading() as session:
            found = wanted.find(session, actor, query)
            context = filters_in_words(session, query, locale) if kind == "pdf" else ""
            company = portal_of(session).name
        columns = wanted.for_people if kind == "pdf" and wanted.for_people else wanted.columns
        head = [t(locale, key) for key, _ in columns]
        rows = [[in_words(value(row), locale) for _, value in columns] for row in found.rows]
        title = t(locale, wanted.title)
        if kind == "csv":
            return as_csv(head, rows, locale)
        if kind == "xlsx":
            return as_xlsx(title, head, rows)
        sums = wanted.totals(found) if wanted.totals else []
        totals = [[t(locale, "common.list.total"), *each[1:]] for each in sums]
        most = {"n": MOST_ROWS_OF_PDF, "all": formats.number(found.total, locale)}
        note = t(locale, "common.list.pdf_cut", **most) if found.total > len(rows) else ""
        return as_pdf(title, head, rows, locale, company=company, context=context, totals=totals, note=note)

    name = request.path_params["name"]
    try:
        content = await run_in_threadpool(make)
    except DomainError as fault:
        days = {
            name: formats.day(value, locale)
            for name, value in fault.params.items()
            if isinstance(value, date)
        }
        return JSONResponse({"message": t(locale, fault.code, **{**fault.params, **days})}, 422)
    return Response(
        content,
        media_type=KINDS[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
            "Cache-Control": "private, no-store",
        },
    )


def export_routes() -> list[Route]:
    return [Route("/files/export/{name}.{kind}", guarded(export), methods=["GET"])]
