from sqlmodel import SQLModel

from finance_app.models.columns import choice, datetime, key, link, moment, string
from finance_app.models.kinds import RoundingMode, RoundingScope


class Client(SQLModel, table=True):
    """Who is invoiced. Empty choices follow the portal's."""

    id: int | None = key()
    name: str = string(index=True)
    legal_name: str = string()
    currency: str = string(3)
    locale: str = string(10, default="en")
    address: str = string(500)
    postcode: str = string(20)
    city: str = string(100)
    region: str = string(100)
    country: str = string(2)
    tax_number: str = string(40)
    registration: str = string()
    phone: str = string(40)
    website: str = string()
    notes: str = string(2000)
    payment_terms: str | None = string(40, default=None)
    tax_id: int | None = link("tax.id", optional=True, index=False)
    rounding_mode: RoundingMode | None = choice(RoundingMode, nullable=True)
    rounding_step_minutes: int | None = None
    rounding_scope: RoundingScope | None = choice(RoundingScope, nullable=True)
    daily_cap_seconds: int | None = None
    archived_at: datetime | None = moment()
    created_at: datetime = moment(optional=False)
    version: int = 1


class Contact(SQLModel, table=True):
    """A person at a client."""

    id: int | None = key()
    client_id: int = link("client.id")
    name: str = string()
    email: str = string(254)
    phone: str = string(40)
    job_title: str = string(100)
    is_primary: bool = False
    receives_invoices: bool = True
    archived_at: datetime | None = moment()
