from sqlmodel import Field, SQLModel

from finance_app.models.columns import calendar_day, choice, date, datetime, json, key, link, moment, string
from finance_app.models.kinds import ConnectionState, ContactPreference, ZohoProduct, ZohoSignIn


class ZohoConnection(SQLModel, table=True):
    """The connection of the portal to an organisation of Zoho Books or Zoho Invoice.

    What the wizard has chosen so far is in `draft`, and counts once saved: an active connection works on
    while it is being changed. Secrets are encrypted. At most one connection is `live`; removed ones remain as
    history, without secrets.
    """

    __tablename__ = "zoho_connection"

    id: int | None = key()
    live: bool | None = Field(default=True, unique=True)
    state: ConnectionState = choice(ConnectionState, ConnectionState.DRAFT)
    product: ZohoProduct = choice(ZohoProduct, ZohoProduct.BOOKS)
    centre: str = string(10, default="us")
    sign_in: ZohoSignIn = choice(ZohoSignIn, ZohoSignIn.OAUTH)
    client_id: str = string(200)
    secrets: str = string(8000)
    organisation: str = string(40)
    organisation_name: str = string(200)
    plan: str = string(100)
    currency: str = string(3)
    projects_portal: str = string(40)
    projects_portal_name: str = string(200)
    bill_from: date | None = calendar_day(optional=True)
    """Earlier time counts as billed; without a day, all of it may be billed."""
    milestone_billing: bool = False
    contacts: ContactPreference = choice(ContactPreference, ContactPreference.OVERWRITE)
    profiles: list = json(list)
    """The profiles that got the finance tab by the connection."""
    step: str = string(20)
    draft: dict = json()
    draft_secrets: str = string(8000)
    set_up_at: datetime | None = moment()
    set_up_by_id: int | None = link("user.id", optional=True, index=False)
    removed_at: datetime | None = moment()
    created_at: datetime = moment(optional=False)
    version: int = 1
