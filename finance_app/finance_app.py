"""The app: every page, route and lifespan task is registered here, and only here."""

from typing import Any

import reflex as rx
from starlette.applications import Starlette
from starlette.routing import Route

from finance_app import routes
from finance_app.api.accounts import account_routes
from finance_app.api.auth import auth_routes
from finance_app.api.documents import document_routes
from finance_app.api.edge import Edge
from finance_app.api.exports.route import export_routes
from finance_app.api.headers import Headers, UploadGuard
from finance_app.api.health import health_routes
from finance_app.api.known_hosts import KnownHosts
from finance_app.api.logo import logo_routes
from finance_app.api.mailbox import mailbox_routes
from finance_app.api.outbox_worker import outbox_worker
from finance_app.api.personal_data import personal_data_routes, retention
from finance_app.api.public_documents import public_document_routes
from finance_app.api.public_estimates import public_estimate_routes
from finance_app.api.receipts import receipt_routes
from finance_app.api.search import search_routes
from finance_app.api.time_import import time_import_routes
from finance_app.api.zoho import zoho_routes
from finance_app.api.zoho_sandbox import sandbox_file, sandbox_routes
from finance_app.api.zoho_webhook import zoho_webhook_routes
from finance_app.api.zoho_worker import zoho_worker
from finance_app.pages.billing.lines import billing_lines
from finance_app.pages.billing.picking import billing_pick
from finance_app.pages.billing.scope import billing_scope
from finance_app.pages.clients.form import client_edit, client_new
from finance_app.pages.clients.listing import clients
from finance_app.pages.clients.page import client
from finance_app.pages.crediting.listing import credit_notes
from finance_app.pages.crediting.page import credit_note
from finance_app.pages.errors import not_found
from finance_app.pages.estimates.editor import estimate_edit, sales_order_edit
from finance_app.pages.estimates.listing import estimate_new, estimates, sales_order_new, sales_orders
from finance_app.pages.estimates.page import estimate, sales_order
from finance_app.pages.expenses.categories import expense_categories
from finance_app.pages.expenses.form import expense_edit, expense_new
from finance_app.pages.expenses.listing import expenses
from finance_app.pages.expenses.page import expense
from finance_app.pages.expenses.report import expense_report, expense_report_rows
from finance_app.pages.invoices.editor import invoice_edit
from finance_app.pages.invoices.listing import invoices
from finance_app.pages.invoices.page import invoice, invoice_review
from finance_app.pages.login import login
from finance_app.pages.notices import notices
from finance_app.pages.overview import overview
from finance_app.pages.payments.form import payment_new
from finance_app.pages.payments.listing import payments
from finance_app.pages.payments.page import payment
from finance_app.pages.people.form import person_edit, person_new
from finance_app.pages.people.listing import people
from finance_app.pages.people.page import person
from finance_app.pages.projects.budget import project_budget
from finance_app.pages.projects.finance import project_finance
from finance_app.pages.projects.form import project_edit, project_new
from finance_app.pages.projects.listing import projects
from finance_app.pages.projects.milestone import milestone
from finance_app.pages.projects.milestones import project_milestones
from finance_app.pages.projects.page import project
from finance_app.pages.projects.task import issue, task
from finance_app.pages.projects.tasks import project_issues, project_tasks
from finance_app.pages.projects.time import project_time
from finance_app.pages.reports import report_pages
from finance_app.pages.reports.index import reports
from finance_app.pages.reports.profit_report import profit_report, profit_rows
from finance_app.pages.settings import portal as portal_settings
from finance_app.pages.settings.audit import audit
from finance_app.pages.settings.email_templates import emails
from finance_app.pages.settings.items import items
from finance_app.pages.settings.profile import profile
from finance_app.pages.settings.profiles import profile_edit, profiles
from finance_app.pages.settings.security import security_settings
from finance_app.pages.time_import.applying import time_import_check, time_import_result
from finance_app.pages.time_import.history import time_import_new, time_imports
from finance_app.pages.time_import.reading import time_import_columns, time_import_format
from finance_app.pages.time_tracking.approvals import time_approvals
from finance_app.pages.time_tracking.listing import time
from finance_app.pages.time_tracking.log import time_log
from finance_app.pages.time_tracking.week import time_week
from finance_app.pages.zoho.connection import zoho
from finance_app.pages.zoho.errors import zoho_errors
from finance_app.pages.zoho.marketplace import marketplace
from finance_app.pages.zoho.migration import zoho_migrate
from finance_app.pages.zoho.source import source
from finance_app.pages.zoho.source_wizard import source_setup
from finance_app.pages.zoho.wizard import zoho_setup
from finance_app.sandbox import Sandbox
from finance_app.sandbox.limits import Allowance
from finance_app.settings import settings
from finance_app.states import live, workers
from finance_app.states.billing.picking import BillingPick
from finance_app.states.billing.wizard import Billing
from finance_app.states.clients.credit import ClientAccount
from finance_app.states.clients.page import ClientForm, ClientList, ClientPage
from finance_app.states.clients.work import ClientWork
from finance_app.states.crediting.page import CreditNoteList, CreditNotePage
from finance_app.states.estimates.editor import EstimateEditor, OrderEditor
from finance_app.states.estimates.listing import EstimateList, EstimateNew, OrderList
from finance_app.states.estimates.page import EstimatePage, OrderPage
from finance_app.states.expenses.categories import ExpenseCategories
from finance_app.states.expenses.form import ExpenseForm
from finance_app.states.expenses.listing import ExpenseList
from finance_app.states.expenses.page import ExpensePage
from finance_app.states.expenses.report import (
    ClientExpenses,
    ExpenseReport,
    ExpenseReportRows,
    ProjectExpenses,
)
from finance_app.states.invoices.editor import InvoiceEditor
from finance_app.states.invoices.listing import InvoiceList
from finance_app.states.invoices.page import InvoicePage
from finance_app.states.login import Login
from finance_app.states.notices import Bell, NoticeList
from finance_app.states.overview import Overview
from finance_app.states.payments.form import PaymentForm
from finance_app.states.payments.page import PaymentList, PaymentPage
from finance_app.states.people.access import PersonAccess
from finance_app.states.people.form import PersonForm
from finance_app.states.people.page import PersonList, PersonPage
from finance_app.states.projects.budget import ProjectBudget
from finance_app.states.projects.estimates import ProjectEstimates
from finance_app.states.projects.finance import ProjectFinance
from finance_app.states.projects.form import ProjectForm
from finance_app.states.projects.members import ProjectMembers
from finance_app.states.projects.milestone import MilestoneList, MilestonePage
from finance_app.states.projects.milestone_invoices import MilestoneInvoices
from finance_app.states.projects.page import ProjectList, ProjectPage
from finance_app.states.reports.cash import CashReceived, CashRows
from finance_app.states.reports.forecast import Forecast
from finance_app.states.reports.hourly_rate import HourlyRate, HourlyRows
from finance_app.states.reports.profit_report import ProfitReport, ProfitRows
from finance_app.states.reports.profitability import ProfitWidget
from finance_app.states.reports.receivables import ReceivableRows, Receivables
from finance_app.states.reports.tax_due import TaxDue, TaxRows
from finance_app.states.reports.work_in_progress import WorkInProgress
from finance_app.states.session import Session
from finance_app.states.settings.audit import AuditTrail
from finance_app.states.settings.email_templates import EmailTexts
from finance_app.states.settings.items import ItemList
from finance_app.states.settings.own_security import OwnFactor, OwnLogins
from finance_app.states.settings.portal import (
    CompanySettings,
    DocumentSettings,
    SecuritySettings,
    TaxSettings,
    TimeSettings,
)
from finance_app.states.settings.profile import Profile
from finance_app.states.settings.profiles import PersonGrants, ProfileForm, ProfileMatrix
from finance_app.states.tasks.listing import WorkList
from finance_app.states.tasks.page import TaskPage
from finance_app.states.time_import.applying import ImportCheck, ImportResult
from finance_app.states.time_import.history import ImportFile, ImportList
from finance_app.states.time_import.reading import ImportColumns, ImportFormat
from finance_app.states.time_tracking.approvals import Approvals
from finance_app.states.time_tracking.listing import TimeList
from finance_app.states.time_tracking.log import TimeLogPage
from finance_app.states.time_tracking.week import WeekPage
from finance_app.states.zoho.connection import ZohoPage
from finance_app.states.zoho.errors import ZohoErrors
from finance_app.states.zoho.marketplace import Marketplace
from finance_app.states.zoho.migration import ZohoMigration
from finance_app.states.zoho.source import SourcePage
from finance_app.states.zoho.source_wizard import SourceWizard
from finance_app.states.zoho.wizard import ZohoWizard


def _sandbox() -> list[Route]:
    """In demo mode, this server stands for Zoho as well, unless another sandbox is set. It grants more than
    Zoho does, so that a first sync is not stretched over an hour (`quota` keeps below it)."""
    given = settings()
    made = given.demo and not given.zoho_url
    allowance = Allowance(per_minute=10_000, per_day=1_000_000)
    return sandbox_routes(Sandbox(sandbox_file(), allowance, sample=True)) if made else []


api = Starlette(
    routes=[
        *account_routes(),
        *auth_routes(),
        *search_routes(),
        *personal_data_routes(),
        *export_routes(),
        *time_import_routes(),
        *receipt_routes(),
        *document_routes(),
        *public_document_routes(),
        *public_estimate_routes(),
        *logo_routes(),
        *mailbox_routes(),
        *health_routes(),
        *zoho_routes(),
        *zoho_webhook_routes(),
        *_sandbox(),
    ]
)

# Page, address, and what fills it: the handler that loads, then the one that watches for changes.
PAGES: list[tuple[Any, str, list[Any]]] = [
    (login, routes.LOGIN, [Login.load]),
    (overview, routes.OVERVIEW, [Overview.load, Overview.watch]),
    (clients, routes.CLIENTS, [ClientList.load, ClientList.watch]),
    (expenses, routes.EXPENSES, [ExpenseList.load, ExpenseList.watch]),
    (expense_new, routes.EXPENSE_NEW, [ExpenseForm.load_new]),
    (expense_report, routes.REPORT_EXPENSES, [ExpenseReport.load, ExpenseReport.watch]),
    (expense_report_rows, routes.REPORT_EXPENSE_ROWS, [ExpenseReportRows.load, ExpenseReportRows.watch]),
    (expense, routes.EXPENSE, [ExpensePage.load, ExpensePage.watch]),
    (expense_edit, routes.EXPENSE_EDIT, [ExpenseForm.load]),
    (invoices, routes.INVOICES, [InvoiceList.load, InvoiceList.watch]),
    (billing_scope, routes.INVOICE_NEW, [Billing.load]),
    (billing_lines, routes.INVOICE_NEW_LINES, [Billing.load_lines]),
    (billing_pick, routes.INVOICE_NEW_PICK, [BillingPick.load]),
    (invoice, routes.INVOICE, [InvoicePage.load, InvoicePage.watch]),
    (invoice_edit, routes.INVOICE_EDIT, [InvoiceEditor.load]),
    (invoice_review, routes.INVOICE_REVIEW, [InvoicePage.load]),
    (estimates, routes.ESTIMATES, [EstimateList.load, EstimateList.watch]),
    (estimate_new, routes.ESTIMATE_NEW, [EstimateNew.load]),
    (estimate, routes.ESTIMATE, [EstimatePage.load, EstimatePage.watch]),
    (estimate_edit, routes.ESTIMATE_EDIT, [EstimateEditor.load]),
    (sales_orders, routes.SALES_ORDERS, [OrderList.load, OrderList.watch]),
    (sales_order_new, routes.SALES_ORDER_NEW, [EstimateNew.load_order]),
    (sales_order, routes.SALES_ORDER, [OrderPage.load, OrderPage.watch]),
    (sales_order_edit, routes.SALES_ORDER_EDIT, [OrderEditor.load]),
    (payments, routes.PAYMENTS, [PaymentList.load, PaymentList.watch]),
    (payment_new, routes.PAYMENT_NEW, [PaymentForm.load]),
    (payment, routes.PAYMENT, [PaymentPage.load, PaymentPage.watch]),
    (credit_notes, routes.CREDIT_NOTES, [CreditNoteList.load, CreditNoteList.watch]),
    (credit_note, routes.CREDIT_NOTE, [CreditNotePage.load, CreditNotePage.watch]),
    (projects, routes.PROJECTS, [ProjectList.load, ProjectList.watch]),
    (project_new, routes.PROJECT_NEW, [ProjectForm.load_new]),
    (
        project,
        routes.PROJECT,
        [
            ProjectPage.load,
            ProjectMembers.load,
            ProfitWidget.load,
            ProjectPage.watch,
            ProfitWidget.watch,
            ProjectMembers.watch,
        ],
    ),
    (project_tasks, routes.PROJECT_TASKS, [WorkList.load, WorkList.watch]),
    (project_issues, routes.PROJECT_ISSUES, [WorkList.load, WorkList.watch]),
    (task, routes.PROJECT_TASK, [TaskPage.load, TaskPage.watch]),
    (issue, routes.PROJECT_ISSUE, [TaskPage.load, TaskPage.watch]),
    (project_milestones, routes.PROJECT_MILESTONES, [MilestoneList.load, MilestoneList.watch]),
    (
        milestone,
        routes.PROJECT_MILESTONE,
        [MilestonePage.load, MilestoneInvoices.load, MilestonePage.watch, MilestoneInvoices.watch],
    ),
    (project_edit, routes.PROJECT_EDIT, [ProjectForm.load]),
    (project_budget, routes.PROJECT_BUDGET, [ProjectBudget.load, ProjectBudget.watch]),
    (project_time, routes.PROJECT_TIME, [TimeList.load, TimeList.watch]),
    (
        project_finance,
        routes.PROJECT_FINANCE,
        [
            ProjectFinance.load,
            ProjectExpenses.load,
            ProjectEstimates.load,
            ProjectFinance.watch,
            ProjectExpenses.watch,
            ProjectEstimates.watch,
        ],
    ),
    (client_new, routes.CLIENT_NEW, [ClientForm.load_new]),
    (
        client,
        routes.CLIENT,
        [
            ClientPage.load,
            ProfitWidget.load,
            ClientAccount.load,
            ClientExpenses.load,
            ClientWork.load,
            ClientPage.watch,
            ProfitWidget.watch,
            ClientAccount.watch,
            ClientExpenses.watch,
            ClientWork.watch,
        ],
    ),
    (client_edit, routes.CLIENT_EDIT, [ClientForm.load]),
    (profile, routes.SETTINGS_PROFILE, [Profile.load, OwnFactor.load, OwnLogins.load, OwnLogins.watch]),
    (profiles, routes.SETTINGS_PROFILES, [ProfileMatrix.load, ProfileMatrix.watch]),
    (profile_edit, routes.SETTINGS_PROFILE_EDIT, [ProfileForm.load]),
    (audit, routes.SETTINGS_AUDIT, [AuditTrail.load]),
    (security_settings, routes.SETTINGS_SECURITY, [SecuritySettings.load]),
    (people, routes.PEOPLE, [PersonList.load, PersonList.watch]),
    (person_new, routes.PERSON_NEW, [PersonForm.load_new]),
    (
        person,
        routes.PERSON,
        [
            PersonPage.load,
            ProfitWidget.load,
            PersonAccess.load,
            PersonGrants.load,
            PersonPage.watch,
            ProfitWidget.watch,
        ],
    ),
    (person_edit, routes.PERSON_EDIT, [PersonForm.load]),
    (time_imports, routes.TIME_IMPORTS, [ImportList.load, ImportList.watch]),
    (time_import_new, routes.TIME_IMPORT_NEW, [ImportFile.load]),
    (time_import_format, routes.TIME_IMPORT_FORMAT, [ImportFormat.load]),
    (time_import_columns, routes.TIME_IMPORT_COLUMNS, [ImportColumns.load]),
    (time_import_check, routes.TIME_IMPORT_CHECK, [ImportCheck.load, ImportCheck.check]),
    (time_import_result, routes.TIME_IMPORT_RESULT, [ImportResult.load]),
    (portal_settings.company, routes.SETTINGS_COMPANY, [CompanySettings.load]),
    (portal_settings.documents, routes.SETTINGS_DOCUMENTS, [DocumentSettings.load]),
    (portal_settings.taxes, routes.SETTINGS_TAXES, [TaxSettings.load]),
    (items, routes.SETTINGS_ITEMS, [ItemList.load]),
    (expense_categories, routes.SETTINGS_EXPENSES, [ExpenseCategories.load]),
    (portal_settings.time, routes.SETTINGS_TIME, [TimeSettings.load]),
    (emails, routes.SETTINGS_EMAILS, [EmailTexts.load]),
    (time, routes.TIME, [TimeList.load, TimeList.watch]),
    (time_week, routes.TIME_WEEK, [WeekPage.load, WeekPage.watch]),
    (time_approvals, routes.TIME_APPROVALS, [Approvals.load, Approvals.watch]),
    (time_log, routes.TIME_LOG, [TimeLogPage.load, TimeLogPage.watch]),
    (notices, routes.NOTICES, [NoticeList.load, NoticeList.watch]),
    (reports, routes.REPORTS, [Session.enter]),
    (
        profit_report,
        routes.PROFITABILITY,
        [ProfitWidget.load, ProfitReport.load, ProfitWidget.watch, ProfitReport.watch],
    ),
    (report_pages.receivables, routes.RECEIVABLES, [Receivables.load, Receivables.watch]),
    (report_pages.receivable_rows, routes.RECEIVABLE_ROWS, [ReceivableRows.load, ReceivableRows.watch]),
    (report_pages.work_in_progress, routes.WORK_IN_PROGRESS, [WorkInProgress.load, WorkInProgress.watch]),
    (report_pages.tax_due, routes.TAX_DUE, [TaxDue.load, TaxDue.watch]),
    (report_pages.tax_rows, routes.TAX_ROWS, [TaxRows.load, TaxRows.watch]),
    (report_pages.cash_rows, routes.CASH_ROWS, [CashRows.load, CashRows.watch]),
    (report_pages.cash_received, routes.CASH, [CashReceived.load, CashReceived.watch]),
    (report_pages.hourly_rate, routes.HOURLY_RATE, [HourlyRate.load, HourlyRate.watch]),
    (report_pages.hourly_rows, routes.HOURLY_ROWS, [HourlyRows.load, HourlyRows.watch]),
    (report_pages.forecast, routes.FORECAST, [Forecast.load, Forecast.watch]),
    (profit_rows, routes.PROFIT_ROWS, [ProfitRows.load, ProfitRows.watch]),
    (marketplace, routes.MARKETPLACE, [Marketplace.load, Marketplace.watch]),
    (zoho_setup, routes.ZOHO_SETUP, [ZohoWizard.load]),
    (source_setup, routes.ZOHO_SOURCE_SETUP, [SourceWizard.load]),
    (source, routes.ZOHO_SOURCE, [SourcePage.load, SourcePage.watch]),
    (zoho, routes.ZOHO, [ZohoPage.load, ZohoPage.watch]),
    (zoho_migrate, routes.ZOHO_MIGRATE, [ZohoMigration.load, ZohoPage.load, ZohoPage.watch]),
    (zoho_errors, routes.ZOHO_ERRORS, [ZohoErrors.load, ZohoErrors.watch]),
    (not_found, "404", [Session.enter]),
]
WITHOUT_BELL = (routes.LOGIN, "404")

app = rx.App(
    stylesheets=["/tokens.css", "/app.css"],
    api_transformer=[api, UploadGuard, KnownHosts, Edge, Headers],
    toaster=rx.toast.provider(position="bottom-right", close_button=True, rich_colors=False),
    html_lang="en",
    head_components=[rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg")],
)
workers.take_over_from_the_dead()
app.register_lifespan_task(live.listen)
app.register_lifespan_task(workers.keep_alive_of(app))
app.register_lifespan_task(outbox_worker)
app.register_lifespan_task(zoho_worker)
app.register_lifespan_task(retention)
for _component, _route, _load in PAGES:
    _bell = [] if _route in WITHOUT_BELL else [Bell.ring, Bell.watch]
    app.add_page(_component, route=_route, title="Marge", on_load=[*_load, *_bell])
