"""What an invoice, a credit note and every later document have in common."""

from sqlmodel import Field, SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    choice,
    date,
    datetime,
    exchange_rate,
    json,
    link,
    minor,
    moment,
    rate,
    string,
)
from finance_app.models.kinds import DiscountKind, DiscountOn, LineKind, PriceMode, TaxRounding


class DocumentColumns(SQLModel):
    """Head and sums of a document. `company` and `customer` are the frozen parties once it is issued; `taxes`
    and `surcharges` are document taxes and surcharges; `totals` is the engine's result as shown."""

    number: str | None = string(60, default=None, unique=True)
    client_id: int = link("client.id")
    title: str = string()
    issue_date: date = calendar_day()
    currency: str = string(3)
    exchange_rate: Decimal = exchange_rate()
    locale: str = string(10, default="en")
    price_mode: PriceMode = choice(PriceMode, PriceMode.EXCLUSIVE)
    tax_rounding: TaxRounding = choice(TaxRounding, TaxRounding.PER_RATE)
    discount_kind: DiscountKind | None = choice(DiscountKind, nullable=True)
    discount_value: Decimal | None = rate()
    discount_on: DiscountOn = choice(DiscountOn, DiscountOn.PRICES)
    taxes: list = json(list)
    surcharges: list = json(list)
    total_rounding: Decimal | None = rate()
    subtotal_minor: int = minor()
    net_minor: int = minor()
    tax_minor: int = minor()
    total_minor: int = minor()
    totals: dict = json()
    notes: str = string(5000)
    reference: str = string(100)
    company: dict = json()
    customer: dict = json()
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    updated_at: datetime = moment(optional=False)
    issued_at: datetime | None = moment()
    voided_at: datetime | None = moment()
    void_reason: str = string(500)
    version: int = 1


class LineColumns(SQLModel):
    """A line. Quantity x unit price, less its discount, is `amount_minor` by the engine; a line of
    tracked time has its billed seconds as the exact quantity. `taxes` are copies of those that apply."""

    position: int = 0
    kind: LineKind = choice(LineKind, LineKind.MANUAL)
    name: str = string(500)
    description: str = Field(default="")
    quantity: Decimal = rate(default=Decimal(1), nullable=False)
    unit: str = string(20, default="piece")
    unit_price: Decimal = rate(default=Decimal(0), nullable=False)
    tracked_seconds: int | None = None
    billed_seconds: int | None = None
    discount_kind: DiscountKind | None = choice(DiscountKind, nullable=True)
    discount_value: Decimal | None = rate()
    taxes: list = json(list)
    amount_minor: int = minor()
    date_from: date | None = calendar_day(optional=True)
    date_to: date | None = calendar_day(optional=True)
