"""Every address of the app in one place: the patterns that pages are registered under, and their builders."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

OVERVIEW = "/"
LOGIN = "/login"
CLIENTS = "/clients"
CLIENT_NEW = "/clients/new"
CLIENT = "/clients/[client_id]"
CLIENT_EDIT = "/clients/[client_id]/edit"
EXPENSES = "/expenses"
EXPENSE_NEW = "/expenses/new"
REPORT_EXPENSES = "/reports/expenses"
REPORT_EXPENSE_ROWS = "/reports/expenses/rows"
EXPENSE = "/expenses/[expense_id]"
EXPENSE_EDIT = "/expenses/[expense_id]/edit"
INVOICES = "/invoices"
INVOICE_NEW = "/invoices/new"
INVOICE_NEW_LINES = "/invoices/new/lines"
INVOICE_NEW_PICK = "/invoices/new/pick"
INVOICE = "/invoices/[invoice_id]"
INVOICE_EDIT = "/invoices/[invoice_id]/edit"
INVOICE_REVIEW = "/invoices/[invoice_id]/review"
ESTIMATES = "/estimates"
ESTIMATE_NEW = "/estimates/new"
ESTIMATE = "/estimates/[estimate_id]"
ESTIMATE_EDIT = "/estimates/[estimate_id]/edit"
SALES_ORDERS = "/sales-orders"
SALES_ORDER_NEW = "/sales-orders/new"
SALES_ORDER = "/sales-orders/[order_id]"
SALES_ORDER_EDIT = "/sales-orders/[order_id]/edit"
PAYMENTS = "/payments"
PAYMENT_NEW = "/payments/new"
PAYMENT = "/payments/[payment_id]"
CREDIT_NOTES = "/credit-notes"
CREDIT_NOTE = "/credit-notes/[credit_note_id]"
PROJECTS = "/projects"
PROJECT_NEW = "/projects/new"
PROJECT = "/projects/[project_id]"
PROJECT_EDIT = "/projects/[project_id]/edit"
PROJECT_TASKS = "/projects/[project_id]/tasks"
PROJECT_TASK = "/projects/[project_id]/tasks/[task_id]"
PROJECT_ISSUES = "/projects/[project_id]/issues"
PROJECT_ISSUE = "/projects/[project_id]/issues/[task_id]"
PROJECT_MILESTONES = "/projects/[project_id]/milestones"
PROJECT_MILESTONE = "/projects/[project_id]/milestones/[milestone_id]"
PROJECT_TIME = "/projects/[project_id]/time"
PROJECT_FINANCE = "/projects/[project_id]/finance"
PROJECT_BUDGET = "/projects/[project_id]/budget"
NOTICES = "/notices"
REPORTS = "/reports"
PROFITABILITY = "/reports/profitability"
PROFIT_ROWS = "/reports/profitability/rows"
RECEIVABLES = "/reports/receivables"
RECEIVABLE_ROWS = "/reports/receivables/rows"
CASH = "/reports/cash"
CASH_ROWS = "/reports/cash/rows"
FORECAST = "/reports/forecast"
HOURLY_RATE = "/reports/hourly-rate"
HOURLY_ROWS = "/reports/hourly-rate/rows"
TAX_DUE = "/reports/tax-due"
TAX_ROWS = "/reports/tax-due/rows"
WORK_IN_PROGRESS = "/reports/work-in-progress"
SETTINGS = "/settings"
SETTINGS_COMPANY = "/settings/company"
SETTINGS_DOCUMENTS = "/settings/documents"
SETTINGS_TAXES = "/settings/taxes"
SETTINGS_ITEMS = "/settings/items"
SETTINGS_TIME = "/settings/time"
SETTINGS_EXPENSES = "/settings/expenses"
SETTINGS_EMAILS = "/settings/emails"
SETTINGS_PROFILE = "/settings/profile"
SETTINGS_SECURITY = "/settings/security"
SETTINGS_PROFILES = "/settings/profiles"
SETTINGS_PROFILE_EDIT = "/settings/profiles/[profile_id]"
SETTINGS_AUDIT = "/settings/audit"
PEOPLE = "/settings/people"
PERSON_NEW = "/settings/people/new"
PERSON = "/settings/people/[person_id]"
PERSON_EDIT = "/settings/people/[person_id]/edit"

TIME = "/time"
TIME_WEEK = "/time/week"
TIME_APPROVALS = "/time/approvals"
TIME_LOG = "/time/log/[log_id]"
TIME_IMPORTS = "/time/import"
TIME_IMPORT_NEW = "/time/import/new"
TIME_IMPORT_FORMAT = "/time/import/[import_id]/format"
TIME_IMPORT_COLUMNS = "/time/import/[import_id]/columns"
TIME_IMPORT_CHECK = "/time/import/[import_id]/check"
TIME_IMPORT_RESULT = "/time/import/[import_id]/result"
COMPANY_LOGO = "/files/logo"
DO_UPLOAD_TIMESHEET = "/files/time-import"
DO_UPLOAD_RECEIPT = "/files/receipts"

MARKETPLACE = "/marketplace"
ZOHO = "/marketplace/zoho"
ZOHO_SETUP = "/marketplace/zoho/setup/[step]"
ZOHO_MIGRATE = "/marketplace/zoho/migrate/[step]"
ZOHO_ERRORS = "/marketplace/zoho/errors"
ZOHO_SOURCE = "/marketplace/projects"
ZOHO_SOURCE_SETUP = "/marketplace/projects/setup/[step]"
ZOHO_CONSENT = "/connect/zoho"
ZOHO_BACK = "/connect/zoho/back"

DO_LOGIN = "/auth/login"
LOGIN_CODE = "/auth/code"
LOGIN_ENROL = "/auth/second-factor"
FORGOTTEN = "/auth/forgotten"
DO_LOGOUT = "/auth/logout"
DO_DEMO_LOGIN = "/auth/demo"
DEMO_MAILBOX = "/demo/mailbox"


def login(after: str = "") -> str:
    """The login page, which leads on to `after`."""
    return f"{LOGIN}?{urlencode({'next': after})}" if after not in ("", OVERVIEW, LOGIN) else LOGIN


def zoho_errors(module: str) -> str:
    return f"{ZOHO_ERRORS}?module={module}"


def zoho_migrate(step: str) -> str:
    return f"{ZOHO}/migrate/{step}"


def zoho_source_setup(step: str) -> str:
    return f"{ZOHO_SOURCE}/setup/{step}"


def zoho_setup(step: str) -> str:
    return f"{ZOHO}/setup/{step}"


def client(client_id: int | str) -> str:
    return f"/clients/{client_id}"


def client_edit(client_id: int | str) -> str:
    return f"/clients/{client_id}/edit"


def profile(profile_id: int | str) -> str:
    return f"{SETTINGS_PROFILES}/{profile_id}"


def project(project_id: int | str) -> str:
    return f"/projects/{project_id}"


def project_edit(project_id: int | str) -> str:
    return f"/projects/{project_id}/edit"


def project_tab(pattern: str, project_id: int | str) -> str:
    """A page of a project, as `project_tab(PROJECT_TASKS, 7)`."""
    return pattern.replace("[project_id]", str(project_id))


def person(person_id: int | str) -> str:
    return f"/settings/people/{person_id}"


def person_edit(person_id: int | str) -> str:
    return f"/settings/people/{person_id}/edit"


def time_log(log_id: int | str) -> str:
    return f"/time/log/{log_id}"


def expense(expense_id: int | str) -> str:
    return f"/expenses/{expense_id}"


def expense_edit(expense_id: int | str) -> str:
    return f"/expenses/{expense_id}/edit"


def receipt(receipt_id: int | str, page: int | None = None) -> str:
    """A receipt as its file, or a picture of one of its pages, counted from 1."""
    return f"{DO_UPLOAD_RECEIPT}/{receipt_id}" + (f"/{page}" if page else "")


def invoice(invoice_id: int | str) -> str:
    return f"/invoices/{invoice_id}"


def invoice_edit(invoice_id: int | str) -> str:
    return f"/invoices/{invoice_id}/edit"


def invoice_review(invoice_id: int | str) -> str:
    return f"/invoices/{invoice_id}/review"


def estimate(estimate_id: int | str) -> str:
    return f"/estimates/{estimate_id}"


def estimate_edit(estimate_id: Any) -> Any:
    """Of an id, or of a var that holds one."""
    return "/estimates/" + (str(estimate_id) if isinstance(estimate_id, int) else estimate_id) + "/edit"


def sales_order(order_id: int | str) -> str:
    return f"/sales-orders/{order_id}"


def sales_order_edit(order_id: Any) -> Any:
    return "/sales-orders/" + (str(order_id) if isinstance(order_id, int) else order_id) + "/edit"


def payment(payment_id: int | str) -> str:
    return f"/payments/{payment_id}"


def credit_note(credit_note_id: int | str) -> str:
    return f"/credit-notes/{credit_note_id}"


def with_query(address: str, choices: Mapping[str, str]) -> str:
    """The address with those choices that are made."""
    query = urlencode({name: value for name, value in choices.items() if value}, safe=",")
    return f"{address}?{query}" if query else address


def profit_rows(
    scope: str, figure: str, choices: Mapping[str, str], month: str = "", within: str = ""
) -> str:
    """The rows of a figure of a scope (`project:3`), under the choices of its widget; `within` is the scope
    of the report whose line it is."""
    named = {"of": scope, "figure": figure, "month": month, "within": within}
    return with_query(PROFIT_ROWS, {**named, **choices})


def profit_of_team(person_ids: Iterable[int]) -> str:
    return with_query(PROFITABILITY, {"team": ",".join(str(id) for id in sorted(person_ids))})


def bill_time(client_id: int | str = "", project_id: int | str = "") -> str:
    """The wizard that bills time, begun for a client or a project."""
    return with_query(INVOICE_NEW, {"client": str(client_id), "projects": str(project_id)})


def bill_milestone(client_id: int | str, milestone_id: int | str) -> str:
    """The wizard, begun with all that remains of a milestone."""
    return with_query(INVOICE_NEW, {"client": str(client_id), "phases": f"{milestone_id}~rest"})


def export(name: str, kind: str) -> str:
    """The download of a list; the browser adds the query of the page. `kind` is `csv` or `xlsx`."""
    return f"/files/export/{quote(name)}.{kind}"


def time_import(import_id: int | str, step: str) -> str:
    """A step of an import: format, columns, check or result."""
    return f"/time/import/{import_id}/{step}"


def bad_rows(import_id: int | str) -> str:
    """The download of the rows that an import leaves out."""
    return f"/files/time-import/{import_id}/bad-rows.csv"


def document_pdf(kind: str, object_id: int | str) -> str:
    """The PDF of an invoice or credit note (`invoice`, `credit_note`); add `?save` to download it."""
    return f"/documents/{kind}/{object_id}.pdf"


def document_preview(kind: str, object_id: int | str) -> str:
    """The page that the client will see, to be framed."""
    return f"/documents/{kind}/{object_id}/preview"


def document_print(kind: str, object_id: int | str) -> str:
    return f"/documents/{kind}/{object_id}/print"


def document_archive(kind: str) -> str:
    """The PDF of several documents in one ZIP; add `?ids=1,2,3`."""
    return f"/documents/{kind}.zip"


def demo_mail(mail_id: int | str) -> str:
    return f"{DEMO_MAILBOX}/{mail_id}"


def document_pdf_many(kind: str) -> str:
    """Several documents in one PDF; add `?ids=1,2,3`."""
    return f"/documents/{kind}.pdf"


def document_print_many(kind: str) -> str:
    """Several documents with the print dialog; add `?ids=1,2,3`."""
    return f"/documents/{kind}/print"
