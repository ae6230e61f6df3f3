from sqlmodel import SQLModel

from finance_app.models.columns import Decimal, datetime, key, link, moment, rate, string


class Tax(SQLModel, table=True):
    """A tax as offered in the editor; documents keep a copy of it."""

    id: int | None = key()
    name: str = string(60)
    rate: Decimal = rate(nullable=False)
    category: str = string(4, default="S")
    exemption_reason: str = string(300)
    compound: bool = False
    is_default: bool = False
    archived_at: datetime | None = moment()


class Item(SQLModel, table=True):
    """Something sold regularly, to be put on a line with its words and price."""

    id: int | None = key()
    name: str = string()
    description: str = string(2000)
    unit: str = string(20, default="piece")
    unit_price: Decimal = rate(nullable=False)
    currency: str = string(3)
    tax_id: int | None = link("tax.id", optional=True, index=False)
    archived_at: datetime | None = moment()
    version: int = 1
