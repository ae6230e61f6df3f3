from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from finance_app.models.columns import (
    calendar_day,
    choice,
    date,
    datetime,
    json,
    key,
    link,
    minor,
    moment,
    string,
)
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import InvoiceState, PartKind


class Invoice(DocumentColumns, table=True):
    """What a client owes. `settled_minor` is the sum of its live allocations, kept in the same transaction;
    overdue, partially paid and viewed are derived, never stored as states."""

    __table_args__ = (
        Index("ix_invoice_newest", "issue_date", "id"),
        Index(
            "ix_invoice_figures",
            *("currency", "state", "due_date", "settled_minor", "viewed_at", "total_minor"),
        ),
    )

    id: int | None = key()
    state: InvoiceState = choice(InvoiceState, InvoiceState.DRAFT, index=True)
    due_date: date = calendar_day(index=True)
    payment_terms: str = string(40, default="net:30")
    settled_minor: int = minor()
    recipients: list = json(list)
    billing: dict = json()
    """How the wizard made it: scope, grouping and chosen fields."""
    delivered_at: datetime | None = moment()
    viewed_at: datetime | None = moment()
    request_key: str | None = string(64, default=None, unique=True)
    estimate_id: int | None = link("estimate.id", optional=True)
    sales_order_id: int | None = link("sales_order.id", optional=True)
    part_minor: int = minor()
    """What it bills of its estimate or sales order, with tax."""


class InvoiceLine(LineColumns, table=True):
    __tablename__ = "invoice_line"

    id: int | None = key()
    invoice_id: int = link("invoice.id", ondelete="CASCADE")
    project_id: int | None = link("project.id", optional=True)
    task_id: int | None = link("task.id", optional=True, index=False)
    user_id: int | None = link("user.id", optional=True, index=False)
    milestone_id: int | None = link("milestone.id", optional=True, index=False)
    item_id: int | None = link("item.id", optional=True, index=False)
    made_as: str = string(32)
    """A digest of the line as the wizard made it: where it differs now, somebody changed the line by hand."""
    part: PartKind | None = choice(PartKind, nullable=True)
    source_line_id: int | None = None
    """What it bills of the invoice's estimate or sales order, and of which of its lines."""


class NumberSeries(SQLModel, table=True):
    """The counter of a prefix and year (`INV-2026`). Its row is locked while a number is taken."""

    __tablename__ = "number_series"

    id: int | None = key()
    name: str = string(60, unique=True)
    last_number: int = 0
    last_date: date | None = calendar_day(optional=True)


class Tombstone(SQLModel, table=True):
    """The number of a deleted issued invoice, and what it was: a series shows no unexplained gap."""

    id: int | None = key()
    number: str = string(60, index=True)
    kind: str = string(20, default="invoice")
    client_id: int | None = link("client.id", optional=True, index=False)
    currency: str = string(3)
    total_minor: int = minor()
    reason: str = string(500)
    document: dict = json()
    deleted_by_id: int | None = link("user.id", optional=True, index=False)
    deleted_at: datetime = moment(optional=False)


class PublicLink(SQLModel, table=True):
    """A secret link to one document. Its token derives from the secret key and `salt`; the hash is kept."""

    __tablename__ = "public_link"

    id: int | None = key()
    kind: str = string(20)
    object_id: int = Field(index=True)
    token_hash: str = string(64, unique=True)
    salt: str = string(64)
    created_at: datetime = moment(optional=False)
    expires_at: datetime | None = moment()
    revoked_at: datetime | None = moment()
    opened_at: datetime | None = moment()
