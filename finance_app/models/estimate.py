from sqlmodel import SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    choice,
    date,
    datetime,
    json,
    key,
    link,
    moment,
    rate,
    string,
)
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import Deduct


class AgreedColumns(DocumentColumns):
    """What an estimate and a sales order have in common: both are billed in parts."""

    project_id: int | None = link("project.id", optional=True)
    terms: str = string(5000)
    deposit_percent: Decimal | None = rate()
    deduct: Deduct = choice(Deduct, Deduct.PROPORTIONAL)
    recipients: list = json(list)
    delivered_at: datetime | None = moment()
    request_key: str | None = string(64, default=None, unique=True)


class AgreedLineColumns(LineColumns):
    """A line, and the work of a project that it came from or became."""

    item_id: int | None = link("item.id", optional=True, index=False)
    task_list_id: int | None = link("task_list.id", optional=True, index=False)
    task_id: int | None = link("task.id", optional=True, index=False)
    milestone_id: int | None = link("milestone.id", optional=True, index=False)


class Estimate(AgreedColumns, table=True):
    """An offer to a client. Its state is derived; versions of one offer share `origin_id`, the first of them.

    `decision` is how it was accepted or declined: by whom, when, from where, on which document. With
    `made_project` its project was made of it, at its price.
    """

    id: int | None = key()
    origin_id: int | None = link("estimate.id", optional=True)
    revision: int = 1
    expires_on: date | None = calendar_day(optional=True)
    viewed_at: datetime | None = moment()
    accepted_at: datetime | None = moment()
    declined_at: datetime | None = moment()
    superseded_at: datetime | None = moment()
    decision: dict = json()
    made_project: bool = False


class EstimateLine(AgreedLineColumns, table=True):
    """An optional line counts only where it is `chosen`: by us at first, then by the client."""

    __tablename__ = "estimate_line"

    id: int | None = key()
    estimate_id: int = link("estimate.id", ondelete="CASCADE")
    optional: bool = False
    chosen: bool = False


class EstimateTemplate(SQLModel, table=True):
    """An estimate without client and dates, to begin others from: texts, choices and lines as JSON."""

    __tablename__ = "estimate_template"

    id: int | None = key()
    name: str = string(100, unique=True)
    content: dict = json()
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)


class SalesOrder(AgreedColumns, table=True):
    """What a client has ordered; confirmed once `issued_at`. Its state is derived from its invoices."""

    __tablename__ = "sales_order"

    id: int | None = key()
    estimate_id: int | None = link("estimate.id", optional=True)


class SalesOrderLine(AgreedLineColumns, table=True):
    __tablename__ = "sales_order_line"

    id: int | None = key()
    sales_order_id: int = link("sales_order.id", ondelete="CASCADE")
