"""Every table. Import from here, so that the metadata is complete whoever asks for it."""

from finance_app.models.account import AccountLink, SecondFactor
from finance_app.models.audit import AuditEvent, AuditPermit, AuditSeal
from finance_app.models.budget import (
    Budget,
    BudgetAlert,
    BudgetDue,
    BudgetPart,
    TimeSum,
    TimeTotal,
    TimeUnbilled,
)
from finance_app.models.client import Client, Contact
from finance_app.models.credit_note import CreditNote, CreditNoteLine
from finance_app.models.estimate import Estimate, EstimateLine, EstimateTemplate, SalesOrder, SalesOrderLine
from finance_app.models.expense import Expense, ExpenseCategory, ExpenseClaim, ExpenseLine, ExpenseReceipt
from finance_app.models.invoice import Invoice, InvoiceLine, NumberSeries, PublicLink, Tombstone
from finance_app.models.notice import Notice
from finance_app.models.outbox import Mail, OutboxMessage
from finance_app.models.payment import Allocation, Payment, Refund
from finance_app.models.portal import EmailTemplate, Portal, SavedView
from finance_app.models.price_claim import PriceClaim
from finance_app.models.profile import Profile
from finance_app.models.project import Milestone, Project, ProjectMember, Task, TaskList
from finance_app.models.revenue import ReceivedCost, RevenueEntry
from finance_app.models.stored_file import StoredFile
from finance_app.models.tax import Item, Tax
from finance_app.models.tax_entry import TaxEntry
from finance_app.models.time_log import ImportShape, TimeClaim, TimeImport, TimeLog
from finance_app.models.user import User, UserRate, UserSession
from finance_app.models.zoho_connection import ZohoConnection
from finance_app.models.zoho_source import ZohoSource, ZohoSourceLink
from finance_app.models.zoho_sync import ZohoLink, ZohoSync, ZohoSyncError, ZohoSyncRun, ZohoSyncStep

__all__ = [
    "AccountLink",
    "Allocation",
    "AuditEvent",
    "AuditPermit",
    "AuditSeal",
    "Budget",
    "BudgetAlert",
    "BudgetDue",
    "BudgetPart",
    "Client",
    "Contact",
    "CreditNote",
    "CreditNoteLine",
    "EmailTemplate",
    "Estimate",
    "EstimateLine",
    "EstimateTemplate",
    "Expense",
    "ExpenseCategory",
    "ExpenseClaim",
    "ExpenseLine",
    "ExpenseReceipt",
    "ImportShape",
    "Invoice",
    "InvoiceLine",
    "Item",
    "Mail",
    "Milestone",
    "Notice",
    "NumberSeries",
    "OutboxMessage",
    "Payment",
    "Portal",
    "PriceClaim",
    "Profile",
    "Project",
    "ProjectMember",
    "PublicLink",
    "ReceivedCost",
    "Refund",
    "RevenueEntry",
    "SalesOrder",
    "SalesOrderLine",
    "SavedView",
    "SecondFactor",
    "StoredFile",
    "Task",
    "TaskList",
    "Tax",
    "TaxEntry",
    "TimeClaim",
    "TimeImport",
    "TimeLog",
    "TimeSum",
    "TimeTotal",
    "TimeUnbilled",
    "Tombstone",
    "User",
    "UserRate",
    "UserSession",
    "ZohoConnection",
    "ZohoLink",
    "ZohoSource",
    "ZohoSourceLink",
    "ZohoSync",
    "ZohoSyncError",
    "ZohoSyncRun",
    "ZohoSyncStep",
]
