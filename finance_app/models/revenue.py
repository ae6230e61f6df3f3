from sqlalchemy import Index
from sqlmodel import SQLModel

from finance_app.models.columns import calendar_day, choice, date, key, link, minor
from finance_app.models.kinds import RevenueKind


class RevenueEntry(SQLModel, table=True):
    """Revenue of a day, net of tax, in base currency: of a client, a project and a person where known.

    Entries follow from documents and settlements and are written anew with them in the same transaction
    (`services/profitability/posting.py`), so every report adds up the same rows.
    """

    __tablename__ = "revenue_entry"
    __table_args__ = (
        Index("ix_revenue_day", "kind", "day", "client_id", "project_id", "user_id", "amount_minor"),
        Index("ix_revenue_project", "project_id", "kind", "day", "amount_minor"),
        Index("ix_revenue_client", "client_id", "kind", "day", "amount_minor"),
        Index("ix_revenue_user", "user_id", "kind", "day", "amount_minor"),
    )

    id: int | None = key()
    kind: RevenueKind = choice(RevenueKind, RevenueKind.INVOICE)
    day: date = calendar_day()
    client_id: int = link("client.id", index=False)
    project_id: int | None = link("project.id", optional=True, index=False)
    user_id: int | None = link("user.id", optional=True, index=False)
    amount_minor: int = minor()
    invoice_id: int | None = link("invoice.id", optional=True, ondelete="CASCADE")
    credit_note_id: int | None = link("credit_note.id", optional=True, ondelete="CASCADE")
    allocation_id: int | None = link("allocation.id", optional=True, index=False, ondelete="CASCADE")
    refund_id: int | None = link("refund.id", optional=True, index=False, ondelete="CASCADE")


class ReceivedCost(SQLModel, table=True):
    """What a billed expense costs on a day on the cash basis, in base currency: as its invoice is received.

    Written anew with the invoice's revenue entries (`services/profitability/expense_posting.py`).
    """

    __tablename__ = "received_cost"
    __table_args__ = (
        Index("ix_received_cost_day", "day", "client_id", "project_id", "user_id", "amount_minor"),
        Index("ix_received_cost_project", "project_id", "day", "amount_minor"),
        Index("ix_received_cost_client", "client_id", "day", "amount_minor"),
        Index("ix_received_cost_user", "user_id", "day", "amount_minor"),
    )

    id: int | None = key()
    expense_id: int = link("expense.id", ondelete="CASCADE")
    invoice_id: int = link("invoice.id", ondelete="CASCADE")
    day: date = calendar_day()
    client_id: int = link("client.id", index=False)
    project_id: int | None = link("project.id", optional=True, index=False)
    user_id: int = link("user.id", index=False)
    amount_minor: int = minor()
