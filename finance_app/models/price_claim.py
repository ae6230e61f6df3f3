from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from finance_app.models.columns import datetime, key, link, minor, moment, string

LIVE = "released_at IS NULL"


class PriceClaim(SQLModel, table=True):
    """A share of a project's or a milestone's price on a line of an invoice: live until released.

    A milestone's share counts for its project too. `above_price`: it was confirmed that the total goes above.
    """

    __tablename__ = "price_claim"
    __table_args__ = (
        Index(
            "ux_price_claim_live",
            "invoice_line_id",
            unique=True,
            sqlite_where=sql(LIVE),
            postgresql_where=sql(LIVE),
        ),
    )

    id: int | None = key()
    project_id: int = link("project.id")
    milestone_id: int | None = link("milestone.id", optional=True)
    invoice_id: int | None = link("invoice.id", optional=True, ondelete="SET NULL")
    invoice_line_id: int | None = link("invoice_line.id", optional=True, ondelete="SET NULL")
    amount_minor: int = minor()
    above_price: bool = False
    claimed_by_id: int | None = link("user.id", optional=True, index=False)
    claimed_at: datetime = moment(optional=False)
    released_at: datetime | None = moment()
    released_because: str = string(40)
