"""The words that columns are restricted to. Where the domain has the rule, it has the words too."""

from enum import StrEnum

from finance_app.domain.billing import DiscountOn
from finance_app.domain.budget import BudgetPeriod, BudgetScope, BudgetType, CostTracking
from finance_app.domain.expense import MarkUpKind
from finance_app.domain.money import RoundingMode
from finance_app.domain.parts import Deduct, PartKind
from finance_app.domain.permissions import Role
from finance_app.domain.profit import RevenueKind
from finance_app.domain.rates import BillingMethod
from finance_app.domain.tax import PriceMode, TaxRounding
from finance_app.domain.tax_due import TaxBasis
from finance_app.domain.time import RoundingScope
from finance_app.domain.work import Recurrence
from finance_app.domain.workflow import ApprovalState, CreditNoteState, InvoiceState


class DiscountKind(StrEnum):
    PERCENT = "percent"
    AMOUNT = "amount"


class ProjectState(StrEnum):
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    CLOSED = "closed"


class WorkKind(StrEnum):
    TASK = "task"
    ISSUE = "issue"


class WorkState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class LineKind(StrEnum):
    MANUAL = "manual"
    TIME = "time"
    ITEM = "item"
    FIXED_COST = "fixed_cost"
    MILESTONE = "milestone"
    EXPENSE = "expense"
    DISBURSEMENT = "disbursement"
    SECTION = "section"


class PaymentMethod(StrEnum):
    BANK_TRANSFER = "bank_transfer"
    CARD = "card"
    CASH = "cash"
    CHECK = "check"
    DIRECT_DEBIT = "direct_debit"
    OTHER = "other"


class AllocationKind(StrEnum):
    """What settles a part of an invoice's balance."""

    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    BANK_CHARGES = "bank_charges"
    WITHHOLDING = "withholding"


class SyncReason(StrEnum):
    """Why a sync was begun."""

    FIRST = "first"
    DAILY = "daily"
    INSTANT = "instant"
    HOURLY = "hourly"


class SyncErrorState(StrEnum):
    OPEN = "open"
    IGNORED = "ignored"
    RESOLVED = "resolved"


class LinkState(StrEnum):
    """How a record that was linked is at Zoho now."""

    LINKED = "linked"
    GONE = "gone"
    """It was deleted there: nothing is sent until somebody asks for it."""
    CONTESTED = "contested"
    """It was changed there: what we had sent does not go there again until somebody asks for it or changes
    it."""


class ZohoProduct(StrEnum):
    """The one that receives the documents."""

    BOOKS = "books"
    INVOICE = "invoice"


class ZohoSignIn(StrEnum):
    """How a connection shows Zoho who it is."""

    OAUTH = "oauth"
    KEY = "key"


class ConnectionState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    REMOVING = "removing"
    REMOVED = "removed"


class ContactPreference(StrEnum):
    """What becomes of a contact that Zoho has already under the name of a client."""

    OVERWRITE = "overwrite"
    CLONE = "clone"


class SourceProjects(StrEnum):
    """Which projects of Zoho Projects come over."""

    ALL = "all"
    ACTIVE = "active"
    CHOSEN = "chosen"


class SourcePeople(StrEnum):
    """What becomes of somebody at Zoho whom nobody here has the address of."""

    CREATE = "create"
    INVITE = "invite"
    KNOWN = "known"


class SourceClients(StrEnum):
    """What becomes of a client at Zoho whose name nobody here has."""

    CREATE = "create"
    KNOWN = "known"


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


__all__ = [
    "AllocationKind",
    "ApprovalState",
    "BillingMethod",
    "BudgetPeriod",
    "BudgetScope",
    "BudgetType",
    "ConnectionState",
    "ContactPreference",
    "CostTracking",
    "CreditNoteState",
    "Deduct",
    "DiscountKind",
    "DiscountOn",
    "InvoiceState",
    "LineKind",
    "LinkState",
    "MarkUpKind",
    "OutboxState",
    "PartKind",
    "PaymentMethod",
    "PriceMode",
    "ProjectState",
    "Recurrence",
    "RevenueKind",
    "Role",
    "RoundingMode",
    "RoundingScope",
    "SyncErrorState",
    "SyncReason",
    "TaxBasis",
    "TaxRounding",
    "WorkKind",
    "WorkState",
    "ZohoProduct",
    "ZohoSignIn",
]
