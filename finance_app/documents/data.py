"""What a document shows: plain values, already decided. Services build it, the PDF and the page draw it.

Money is an integer of minor units in the document's one currency; quantities and unit prices are Decimal.
Nothing here is computed: every figure comes from the engine of totals.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    ESTIMATE = "estimate"
    SALES_ORDER = "sales_order"


class Mark(StrEnum):
    """The word beside the title that says what the document is worth."""

    DRAFT = "draft"
    PAID = "paid"
    VOID = "void"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class PriceMode(StrEnum):
    """Whether the line amounts are exclusive or inclusive of tax."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class Paper(StrEnum):
    A4 = "a4"
    LETTER = "letter"


class LineKind(StrEnum):
    """An `item` has figures; a `section` is a heading over the lines below it; a `note` is text only."""

    ITEM = "item"
    SECTION = "section"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxId:
    """A registration as the document names it: `TaxId(label="VAT", value="FR12345678901")`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """Where to pay. `other` holds further lines as they are printed (routing number, account number ...)."""

    holder: str = ""
    iban: str = ""
    bic: str = ""
    bank: str = ""
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The issuer. `logo` is a PNG, JPEG or SVG file; `accent` is `#RRGGBB`; `legal` is for the footer."""

    name: str
    address: tuple[str, ...] = ()
    tax_ids: tuple[TaxId, ...] = ()
    logo: bytes | None = None
    bank: BankDetails | None = None
    email: str = ""
    phone: str = ""
    website: str = ""
    legal: tuple[str, ...] = ()
    accent: str = "#4F46E5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    name: str
    contact: str = ""
    address: tuple[str, ...] = ()
    tax_ids: tuple[TaxId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A labelled reference beyond the usual ones, as printed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `unit` is a key of `document.unit` (`hour`, `day`, `piece` ...) or a unit as printed.

    `amount_minor` is net or gross of tax as the document's price mode says. `discount` and `taxes` are
    printed as they are (`10%`, `20%`). A line that is not `counted` is an option that is not chosen: its
    amount is in no total. `note` is printed small below the name.
    """

    name: str
    kind: LineKind = LineKind.ITEM
    position: str = ""
    description: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    discount: str = ""
    taxes: tuple[str, ...] = ()
    amount_minor: int = 0
    id: int = 0
    optional: bool = False
    counted: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A discount or surcharge of the whole document; the amount is signed, so a discount is negative."""

    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """The tax of one rate: `label` as printed (`VAT 20%`), its base, and the reason where it is nothing."""

    label: str
    base_minor: int
    amount_minor: int
    exemption_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice, credit note, estimate or sales order as its reader sees it.

    `conditions` are the terms of an estimate or order, `deposit` what is asked for on acceptance,
    `certificate` who accepted, when and how. `is_deposit` says that an invoice is over an advance.
    `number` is None for a draft. `due_date` is the date of expiry for an estimate. `original_number` and
    `original_date` name the invoice that a credit note credits. `locale` is the client's language. Signed
    amounts: `discounts`, `surcharges`, `rounding_minor`; `paid_minor` and `credited_minor` are positive and
    are what `total_minor` was reduced by to give `balance_minor`.
    """

    kind: Kind
    currency: str
    locale: str
    company: Company
    client: Client
    number: str | None = None
    mark: Mark | None = None
    title: str = ""
    projects: tuple[str, ...] = ()
    issue_date: date | None = None
    due_date: date | None = None
    terms: str = ""
    service_from: date | None = None
    service_to: date | None = None
    po_number: str = ""
    original_number: str = ""
    original_date: date | None = None
    references: tuple[Reference, ...] = ()
    price_mode: PriceMode = PriceMode.EXCLUSIVE
    lines: tuple[Line, ...] = ()
    subtotal_minor: int = 0
    discounts: tuple[Adjustment, ...] = ()
    surcharges: tuple[Adjustment, ...] = ()
    taxes: tuple[TaxTotal, ...] = ()
    rounding_minor: int = 0
    total_minor: int = 0
    paid_minor: int = 0
    credited_minor: int = 0
    balance_minor: int = 0
    notes: str = ""
    conditions: str = ""
    deposit: Adjustment | None = None
    certificate: tuple[Reference, ...] = ()
    is_deposit: bool = False
    payment_instructions: str = ""
    legal_mentions: tuple[str, ...] = ()
    paper: Paper = Paper.A4
