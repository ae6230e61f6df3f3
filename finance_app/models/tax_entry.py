from sqlalchemy import Index
from sqlmodel import SQLModel

from finance_app.models.columns import Decimal, calendar_day, choice, date, key, link, minor, rate, string
from finance_app.models.kinds import RevenueKind


class TaxEntry(SQLModel, table=True):
    """A tax of a day and what it is on, in base currency: charged, taken back, received, refunded or open.

    Like revenue entries they follow from documents and settlements and are written anew with them
    (`services/profitability/tax_posting.py`).
    """

    __tablename__ = "tax_entry"
    __table_args__ = (Index("ix_tax_entry_day", "kind", "day"),)

    id: int | None = key()
    kind: RevenueKind = choice(RevenueKind, RevenueKind.INVOICE)
    day: date = calendar_day()
    client_id: int = link("client.id", index=False)
    name: str = string(60)
    rate: Decimal = rate(nullable=False)
    category: str = string(4)
    base_minor: int = minor()
    tax_minor: int = minor()
    invoice_id: int | None = link("invoice.id", optional=True, ondelete="CASCADE")
    credit_note_id: int | None = link("credit_note.id", optional=True, ondelete="CASCADE")
    source: int = 0
    """The allocation or refund that moved it, 0 for the document itself."""
