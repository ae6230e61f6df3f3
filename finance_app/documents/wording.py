"""The words and figures of a document in its language, in reading order: for the PDF and for HTML."""

from dataclasses import dataclass
from datetime import date

from babel.numbers import get_currency_precision

from finance_app.documents.data import Document, Kind, Line, LineKind, Mark, PriceMode
from finance_app.i18n import messages, t
from finance_app.i18n.formats import amount, day, money, number


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A row of the totals. `rank` is `plain`, `total` or `balance`; `remark` is printed small below."""

    label: str
    value: str
    rank: str = "plain"
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """The figures of one line, as printed; empty where the line has none."""

    quantity: str
    unit_price: str
    tax: str
    amount: str


def title(document: Document) -> str:
    kind = "deposit_invoice" if document.is_deposit else document.kind
    return t(document.locale, f"document.title.{kind}")


def number_or_draft(document: Document) -> str:
    return document.number or t(document.locale, "document.draft_number")


def mark(document: Document) -> Mark | None:
    """The mark of the document; one without a number is a draft whatever else it says."""
    return document.mark or (None if document.number else Mark.DRAFT)


def mark_text(document: Document) -> str:
    shown = mark(document)
    return t(document.locale, f"document.mark.{document.kind}.{shown}") if shown else ""


def full_title(document: Document) -> str:
    """`Invoice INV-2026-0042`, the name of the file and of the later pages."""
    return t(document.locale, "document.continued", title=title(document), number=number_or_draft(document))


def party(document: Document) -> str:
    """What the client is to this document."""
    return t(document.locale, f"document.party.{document.kind}.client")


def headline(document: Document) -> Pair:
    """The one amount that the reader looks for first."""
    owed = document.kind in (Kind.INVOICE, Kind.CREDIT_NOTE)
    minor = document.balance_minor if owed else document.total_minor
    return Pair(
        t(document.locale, f"document.headline.{document.kind}.amount"),
        amount_text(document, minor),
    )


def meta(document: Document) -> list[Pair]:
    """Dates, terms and references; only those that are set."""
    locale = document.locale
    expires = document.kind is Kind.ESTIMATE
    rows = [
        ("issue_date", _day(document.issue_date, locale)),
        ("expiry_date" if expires else "due_date", _day(document.due_date, locale)),
        ("terms", document.terms),
        _service(document),
        ("original", _original(document)),
        ("po_number", document.po_number),
    ]
    pairs = [Pair(t(locale, f"document.meta.{key}"), value) for key, value in rows if value]
    if document.projects:
        label = t(locale, "document.meta.project", n=len(document.projects))
        pairs.append(Pair(label, ", ".join(document.projects)))
    return pairs + [Pair(reference.label, reference.value) for reference in document.references]


def columns(document: Document) -> Cells:
    """The headings of the figures."""
    locale = document.locale
    return Cells(
        quantity=t(locale, "document.column.quantity"),
        unit_price=t(locale, "document.column.unit_price"),
        tax=t(locale, "document.column.tax"),
        amount=t(locale, f"document.column.amount_{document.price_mode}", currency=document.currency),
    )


def cells(document: Document) -> list[Cells | None]:
    """The figures of each line; None for one that has none.

    Where one quantity of a document has decimals all show at least two, so that the column lines up.
    """
    items = [line for line in document.lines if line.kind is LineKind.ITEM]
    quantities = [line.quantity for line in items if line.quantity is not None]
    decimals = 0 if all(value == value.to_integral_value() for value in quantities) else 2
    price_decimals = get_currency_precision(document.currency)
    locale = document.locale
    return [
        Cells(
            quantity=quantity_text(line, locale, decimals),
            unit_price=""
            if line.unit_price is None
            else _minus(number(line.unit_price, locale, min_decimals=price_decimals)),
            tax=", ".join(line.taxes),
            amount=plain_amount(document, line.amount_minor),
        )
        if line.kind is LineKind.ITEM
        else None
        for line in document.lines
    ]


def quantity_text(line: Line, locale: str, min_decimals: int = 0) -> str:
    """`12.50 h`. A unit that the catalogue does not know is printed as it was typed."""
    if line.quantity is None:
        return ""
    figure = _minus(number(line.quantity, locale, min_decimals=min_decimals))
    if not line.unit:
        return figure
    key = f"document.unit.{line.unit}"
    unit = t(locale, key, n=line.quantity) if key in messages(locale) else line.unit
    return f"{figure}\u00a0{unit}"


def discount_text(document: Document, line: Line) -> str:
    return t(document.locale, "document.line.discount", discount=line.discount) if line.discount else ""


def plain_amount(document: Document, minor: int) -> str:
    """An amount for a column whose head names the currency."""
    return amount(minor, document.currency, document.locale)


def totals(document: Document) -> list[TotalRow]:
    """From the subtotal to the balance, in the order in which they add up."""
    locale, inclusive = document.locale, document.price_mode is PriceMode.INCLUSIVE

    def shown(minor: int) -> str:
        return amount_text(document, minor)

    rows = [
        TotalRow(t(locale, f"document.total.subtotal_{document.price_mode}"), shown(document.subtotal_minor))
    ]
    for adjustment in (*document.discounts, *document.surcharges):
        rows.append(TotalRow(adjustment.label, shown(adjustment.amount_minor)))
    taxes = [
        TotalRow(
            t(
                locale,
                f"document.total.tax_{document.price_mode}",
                tax=tax.label,
                base=shown(tax.base_minor),
            ),
            shown(tax.amount_minor),
            remark=tax.exemption_reason,
        )
        for tax in document.taxes
    ]
    if not inclusive:
        rows += taxes
    if document.rounding_minor:
        rows.append(TotalRow(t(locale, "document.total.rounding"), shown(document.rounding_minor)))
    rows.append(TotalRow(t(locale, "document.total.total"), shown(document.total_minor), rank="total"))
    if inclusive:
        rows += taxes
    credit_note = document.kind is Kind.CREDIT_NOTE
    if document.deposit:
        rows.append(TotalRow(document.deposit.label, shown(document.deposit.amount_minor)))
    for minor, key in (
        (document.paid_minor, "refunded" if credit_note else "paid"),
        (document.credited_minor, "applied" if credit_note else "credited"),
    ):
        if minor:
            rows.append(TotalRow(t(locale, f"document.total.{key}"), shown(-minor)))
    if document.kind in (Kind.INVOICE, Kind.CREDIT_NOTE):
        label = t(locale, f"document.total.balance.{document.kind}")
        rows.append(TotalRow(label, shown(document.balance_minor), rank="balance"))
    return rows


def payment(document: Document) -> list[Pair]:
    """Bank details; none on a document that asks for no payment."""
    bank, locale = document.company.bank, document.locale
    if bank is None or document.kind is not Kind.INVOICE or document.mark is Mark.VOID:
        return []
    rows = (
        ("holder", bank.holder),
        ("iban", grouped_iban(bank.iban)),
        ("bic", bank.bic),
        ("bank", bank.bank),
        ("reference", document.number or ""),
    )
    pairs = [Pair(t(locale, f"document.bank.{key}"), value) for key, value in rows if value]
    return pairs + [Pair("", line) for line in bank.other]


def grouped_iban(iban: str) -> str:
    """An IBAN in groups of four, as banks print it."""
    plain = "".join(iban.split())
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def amount_text(document: Document, minor: int) -> str:
    """An amount with its sign of currency."""
    return money(minor, document.currency, document.locale)


def page_of(document: Document, page: int, pages: int) -> str:
    return t(document.locale, "document.page", page=page, pages=pages)


def _minus(figure: str) -> str:
    """A hyphen is too short beside figures: negative ones carry a true minus sign."""
    return figure.replace("-", "\u2212")


def _day(value: date | None, locale: str) -> str:
    return day(value, locale, "long") if value else ""


def _service(document: Document) -> tuple[str, str]:
    start, end, locale = document.service_from, document.service_to, document.locale
    if start and end and start != end:
        period = t(
            locale, "document.meta.period", start=day(start, locale, "medium"), end=day(end, locale, "medium")
        )
        return "service_period", period
    return "service_date", _day(start or end, locale)


def _original(document: Document) -> str:
    if document.original_number and document.original_date:
        return t(
            document.locale,
            "document.meta.original_of",
            number=document.original_number,
            date=_day(document.original_date, document.locale),
        )
    return document.original_number
