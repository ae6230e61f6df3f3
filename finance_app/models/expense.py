from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    choice,
    date,
    datetime,
    exchange_rate,
    json,
    key,
    link,
    minor,
    moment,
    rate,
    string,
)
from finance_app.models.kinds import ApprovalState, MarkUpKind, PriceMode

UNBILLED_EXPENSE = "invoice_line_id IS NULL AND deleted_at IS NULL AND billable"


class ExpenseCategory(SQLModel, table=True):
    """A kind of expense, with what a new one of it starts with. `distance_rate` makes it one of mileage."""

    __tablename__ = "expense_category"

    id: int | None = key()
    name: str = string(100)
    code: str = string(40)
    """The account of the bookkeeping, for exports."""
    tax_id: int | None = link("tax.id", optional=True, index=False)
    recoverable: Decimal = rate(default=Decimal(100), nullable=False)
    billable: bool = True
    distance_rate: Decimal | None = rate()
    distance_unit: str = string(20, default="kilometre")
    archived_at: datetime | None = moment()
    version: int = 1


class Expense(SQLModel, table=True):
    """Something that a person paid, for a project, a client, or the firm itself.

    Amounts are in `currency`, those named `base_*` in base currency at `exchange_rate`. The client is that of
    the project; `client_id` serves expenses without one. `charge_minor` is what an invoice asks for it,
    `mark_up_minor` included.
    """

    __table_args__ = (
        Index("ix_expense_date", "day", "id"),
        Index("ix_expense_project_date", "project_id", "day", "id"),
        Index("ix_expense_user_date", "user_id", "day", "id"),
        Index(
            "ix_expense_cost",
            *("day", "project_id", "client_id", "user_id", "base_cost_minor", "paid_back_on"),
            *("billable", "disbursement", "approval", "deleted_at"),
        ),
        Index(
            "ix_expense_unbilled",
            "project_id",
            "client_id",
            sqlite_where=sql(f"{UNBILLED_EXPENSE} = 1"),
            postgresql_where=sql(UNBILLED_EXPENSE),
        ),
    )

    id: int | None = key()
    day: date = calendar_day()
    user_id: int = link("user.id", index=False)
    merchant: str = string()
    project_id: int | None = link("project.id", optional=True, index=False)
    client_id: int | None = link("client.id", optional=True)
    task_id: int | None = link("task.id", optional=True)
    currency: str = string(3)
    exchange_rate: Decimal = exchange_rate()
    price_mode: PriceMode = choice(PriceMode, PriceMode.INCLUSIVE)
    billable: bool = True
    disbursement: bool = False
    mark_up_kind: MarkUpKind | None = choice(MarkUpKind, nullable=True)
    mark_up_value: Decimal | None = rate()
    notes: str = string(2000)
    own_money: bool = True
    """The employee paid, and is owed the money."""
    net_minor: int = minor()
    tax_minor: int = minor()
    gross_minor: int = minor()
    cost_minor: int = minor()
    charge_minor: int = minor()
    mark_up_minor: int = minor()
    base_gross_minor: int = minor()
    base_cost_minor: int = minor()
    approval: ApprovalState = choice(ApprovalState, ApprovalState.SUBMITTED, index=True)
    approval_note: str = string(1000)
    approved_by_id: int | None = link("user.id", optional=True, index=False)
    approved_at: datetime | None = moment()
    paid_back_on: date | None = calendar_day(optional=True)
    invoice_line_id: int | None = link("invoice_line.id", optional=True)
    request_key: str | None = string(64, default=None, unique=True)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    updated_at: datetime = moment(optional=False)
    deleted_at: datetime | None = moment()
    version: int = 1


class ExpenseLine(SQLModel, table=True):
    """A part of an expense; most have one. `taxes` are copies with the percentage `recoverable`.

    `amount_minor` is as typed, with or without tax by the expense's price mode.
    """

    __tablename__ = "expense_line"

    id: int | None = key()
    expense_id: int = link("expense.id", ondelete="CASCADE")
    position: int = 1
    category_id: int | None = link("expense_category.id", optional=True)
    description: str = string(500)
    distance: Decimal | None = rate()
    distance_unit: str = string(20)
    distance_rate: Decimal | None = rate()
    amount_minor: int = minor()
    taxes: list = json(list)
    net_minor: int = minor()
    tax_minor: int = minor()
    recoverable_minor: int = minor()
    cost_minor: int = minor()
    base_cost_minor: int = minor()


class ExpenseReceipt(SQLModel, table=True):
    """A receipt of an expense, or one that waits for it: then its owner alone sees it.

    `pages` are the hashes of the pictures that the page shows.
    """

    __tablename__ = "expense_receipt"

    id: int | None = key()
    expense_id: int | None = link("expense.id", optional=True)
    owner_id: int = link("user.id")
    file_id: int = link("stored_file.id", index=False)
    pages: list = json(list)
    created_at: datetime = moment(optional=False)
    removed_at: datetime | None = moment()


class ExpenseClaim(SQLModel, table=True):
    """An expense on a line of an invoice: live until released. It has one live claim at most, ever."""

    __tablename__ = "expense_claim"
    __table_args__ = (
        Index(
            "ux_expense_claim_live",
            "expense_id",
            unique=True,
            sqlite_where=sql("released_at IS NULL"),
            postgresql_where=sql("released_at IS NULL"),
        ),
    )

    id: int | None = key()
    expense_id: int = link("expense.id")
    invoice_id: int | None = link("invoice.id", optional=True, ondelete="SET NULL")
    invoice_line_id: int | None = link("invoice_line.id", optional=True, ondelete="SET NULL")
    base_minor: int = minor()
    mark_up_minor: int = minor()
    claimed_at: datetime = moment(optional=False)
    released_at: datetime | None = moment()
    released_because: str = string(40)
