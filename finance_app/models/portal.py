from sqlmodel import Field, SQLModel

from finance_app.models.columns import calendar_day, choice, date, datetime, json, key, link, moment, string
from finance_app.models.kinds import PriceMode, RoundingMode, RoundingScope, TaxBasis, TaxRounding


class Portal(SQLModel, table=True):
    """This installation's company and its choices. One row."""

    id: int | None = key()
    name: str = string()
    legal_name: str = string()
    address: str = string(500)
    postcode: str = string(20)
    city: str = string(100)
    country: str = string(2, default="FR")
    email: str = string(254)
    phone: str = string(40)
    website: str = string()
    tax_number: str = string(40)
    registration: str = string()
    legal_mentions: str = string(2000)
    bank_name: str = string()
    iban: str = string(40)
    bic: str = string(20)
    accent_color: str = string(9, default="#3e63dd")
    logo_id: int | None = link("stored_file.id", optional=True, index=False)

    base_currency: str = string(3, default="EUR")
    locale: str = string(10, default="en")
    time_zone: str = string(60, default="Europe/Paris")
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    closed_until: date | None = calendar_day(optional=True)

    needs_approval: bool = False
    expenses_need_approval: bool = False
    daily_limit_seconds: int | None = None
    row_limit_seconds: int | None = None
    rounding_mode: RoundingMode = choice(RoundingMode, RoundingMode.NONE)
    rounding_step_minutes: int = 15
    rounding_scope: RoundingScope = choice(RoundingScope, RoundingScope.LOG)
    daily_cap_seconds: int | None = None

    strict_numbering: bool = True
    invoice_pattern: str = string(60, default="INV-{year}-{number:04d}")
    credit_note_pattern: str = string(60, default="CN-{year}-{number:04d}")
    estimate_pattern: str = string(60, default="EST-{year}-{number:04d}")
    sales_order_pattern: str = string(60, default="SO-{year}-{number:04d}")
    estimate_days: int = 30
    estimate_terms: str = string(5000)
    tax_basis: TaxBasis = choice(TaxBasis, TaxBasis.RECEIPT)
    tax_rounding: TaxRounding = choice(TaxRounding, TaxRounding.PER_RATE)
    price_mode: PriceMode = choice(PriceMode, PriceMode.EXCLUSIVE)
    payment_terms: str = string(40, default="net:30")
    invoice_notes: str = string(2000)
    milestone_invoicing: bool = False

    factor_required: bool = False
    idle_hours: int = 336
    login_days: int = 90
    keep_logins_days: int = 365
    keep_mails_days: int = 0

    is_demo: bool = False
    created_at: datetime = moment(optional=False)


class EmailTemplate(SQLModel, table=True):
    """The portal's own wording of an e-mail in one language; without a row the built-in text is used."""

    __tablename__ = "email_template"

    id: int | None = key()
    kind: str = string(40, index=True)
    locale: str = string(10)
    subject: str = string(300)
    body: str = string(10000)


class SavedView(SQLModel, table=True):
    """The last search, filters and order of a list, per user."""

    __tablename__ = "saved_view"

    id: int | None = key()
    user_id: int = link("user.id")
    page: str = string(60)
    query: dict = json()
