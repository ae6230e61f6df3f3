"""Records of Zoho as far as Marge reads them; fields that are not named are kept by nobody."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _amount(value: Any) -> Decimal:
    return Decimal(str(value)) if value not in (None, "") else Decimal()


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


Amount = Annotated[Decimal, BeforeValidator(_amount)]
Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_text)]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Organization(Record):
    id: Text = Field(alias="organization_id")
    name: Text = ""
    currency_code: Text = ""
    currency_id: Text = ""
    time_zone: Text = ""
    plan_name: Text = ""
    is_org_active: bool = True


class User(Record):
    id: Text = Field(alias="user_id")
    name: Text = ""
    email: Text = ""
    status: Text = ""
    user_role: Text = ""


class Currency(Record):
    id: Text = Field(alias="currency_id")
    currency_code: Text = ""
    is_base_currency: bool = False
    price_precision: int = 2


class Tax(Record):
    id: Text = Field(alias="tax_id")
    tax_name: Text = ""
    tax_percentage: Amount = Decimal()


class Account(Record):
    id: Text = Field(alias="account_id")
    account_name: Text = ""
    account_type: Text = ""


class Contact(Record):
    id: Text = Field(alias="contact_id")
    contact_name: Text = ""
    company_name: Text = ""
    email: Text = ""
    status: Text = ""
    currency_id: Text = ""
    currency_code: Text = ""
    last_modified_time: Text = ""


class Item(Record):
    id: Text = Field(alias="item_id")
    name: Text = ""
    rate: Amount = Decimal()


class BooksProject(Record):
    id: Text = Field(alias="project_id")
    project_name: Text = ""
    customer_id: Text = ""
    billing_type: Text = ""
    status: Text = ""


class BooksTask(Record):
    id: Text = Field(alias="task_id")
    task_name: Text = ""
    project_id: Text = ""


class TimeEntry(Record):
    id: Text = Field(alias="time_entry_id")
    project_id: Text = ""
    task_id: Text = ""
    user_id: Text = ""
    log_date: Day = None
    log_time: Text = ""
    notes: Text = ""
    billed_status: Text = ""
    invoice_id: Text = ""


class Document(Record):
    """What invoices, estimates, sales orders and credit notes have in common."""

    status: Text = ""
    customer_id: Text = ""
    customer_name: Text = ""
    reference_number: Text = ""
    day: Day = Field(None, alias="date")
    currency_code: Text = ""
    exchange_rate: Amount = Decimal(1)
    sub_total: Amount = Decimal()
    tax_total: Amount = Decimal()
    total: Amount = Decimal()
    last_modified_time: Text = ""


class Invoice(Document):
    id: Text = Field(alias="invoice_id")
    number: Text = Field("", alias="invoice_number")
    due_date: Day = None
    balance: Amount = Decimal()
    is_viewed_by_client: bool = False


class Estimate(Document):
    id: Text = Field(alias="estimate_id")
    number: Text = Field("", alias="estimate_number")
    expiry_date: Day = None


class SalesOrder(Document):
    id: Text = Field(alias="salesorder_id")
    number: Text = Field("", alias="salesorder_number")


class CreditNote(Document):
    id: Text = Field(alias="creditnote_id")
    number: Text = Field("", alias="creditnote_number")
    balance: Amount = Decimal()


class AppliedTo(Record):
    invoice_id: Text = ""
    amount_applied: Amount = Decimal()


class Payment(Record):
    id: Text = Field(alias="payment_id")
    customer_id: Text = ""
    payment_mode: Text = ""
    amount: Amount = Decimal()
    unused_amount: Amount = Decimal()
    day: Day = Field(None, alias="date")
    reference_number: Text = ""
    description: Text = ""
    exchange_rate: Amount = Decimal(1)
    invoices: list[AppliedTo] = []
    last_modified_time: Text = ""


class Expense(Record):
    id: Text = Field(alias="expense_id")
    day: Day = Field(None, alias="date")
    amount: Amount = Decimal()
    total: Amount = Decimal()
    currency_code: Text = ""
    reference_number: Text = ""
    description: Text = ""
    status: Text = ""
    customer_id: Text = ""
    project_id: Text = ""
    account_name: Text = ""
    expense_receipt_name: Text = ""
    last_modified_time: Text = ""
