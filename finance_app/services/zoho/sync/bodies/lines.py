"""The head and the priced lines of a document, as Zoho says them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from finance_app.domain import billing
from finance_app.domain.billing import DiscountOn
from finance_app.domain.money import to_decimal
from finance_app.domain.tax import PriceMode, TaxRounding
from finance_app.models import CreditNote
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import DiscountKind, LineKind
from finance_app.services.invoicing import totals
from finance_app.services.zoho.sync.wanted import Unfit

Copies = Sequence[Mapping[str, Any]]
TaxOf = Callable[[Copies], str]
"""The tax of Zoho that stands for the copies of taxes of a line."""
LESS = "−"
"""Before the name of a line that takes a discount off another."""


def head_of(document: DocumentColumns, customer: str, currency: str, number_field: str) -> dict[str, Any]:
    """What every document has, without its lines."""
    return {
        "customer_id": customer,
        "currency_id": currency,
        number_field: document.number,
        "date": document.issue_date.isoformat(),
        "reference_number": document.reference[:50],
        "exchange_rate": document.exchange_rate,
        "notes": document.notes[:5000],
        "is_inclusive_tax": document.price_mode is PriceMode.INCLUSIVE,
        "tax_rounding": "item_level" if document.tax_rounding is TaxRounding.PER_LINE else "entity_level",
    }


def priced(lines: Sequence[LineColumns]) -> list[LineColumns]:
    """The lines that go to Zoho, in their order."""
    return [line for line in lines if totals.counts(line) and line.kind is not LineKind.SECTION]


def lines_of(
    document: DocumentColumns, lines: Sequence[LineColumns], tax_of: TaxOf
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines, each with its exact quantity, and the discount and rounding of the whole. One line of ours
    is one there, in the same order; what Zoho has no field for follows as lines of its own.

    Raises Unfit for what a document of Zoho cannot say."""
    counted = priced(lines)
    if not counted and not document.surcharges:
        raise Unfit("no_lines", number=document.number)
    on_lines = any(line.discount_kind for line in counted)
    spread = document.discount_kind is not None and (on_lines or not _as_priced(document))
    made = [_line(line, document, tax_of, own_discount=not spread) for line in counted]
    if spread and document.discount_on is DiscountOn.TOTAL:
        made += _off(document, counted, tax_of, own=True, whole=False)
    elif spread:
        made += _off(document, counted, tax_of, own=on_lines, whole=True)
    for extra in document.surcharges:
        taxes = [*extra.get("taxes", ()), *(document.taxes if extra.get("taxed", True) else ())]
        made.append(_plain(str(extra["name"]), Decimal(str(extra["amount"])), taxes, document, tax_of))
    whole: dict[str, Any] = {
        "discount_type": "item_level" if on_lines and not spread else "entity_level"
    } | _discount(document, spread)
    return made, whole | _adjustment(document, counted)


def _line(
    line: LineColumns, document: DocumentColumns, tax_of: TaxOf, *, own_discount: bool
) -> dict[str, Any]:
    """A quantity below zero becomes a price below zero: Zoho takes the one and not the other."""
    sign = -1 if line.quantity < 0 else 1
    body: dict[str, Any] = {
        "name": (line.name or "-")[:100],
        "description": (line.description if len(line.name) <= 100 else f"{line.name}\n{line.description}")[
            :2000
        ],
        "quantity": line.quantity * sign,
        "rate": line.unit_price * sign,
        **_tax([*line.taxes, *document.taxes], document, tax_of),
    }
    if own_discount and line.discount_kind is DiscountKind.PERCENT:
        body["discount"] = f"{line.discount_value}%"
    elif own_discount and line.discount_kind is DiscountKind.AMOUNT:
        body["discount"] = line.discount_value
    return body


def _plain(
    name: str, amount: Decimal, taxes: Copies, document: DocumentColumns, tax_of: TaxOf
) -> dict[str, Any]:
    return {
        "name": name[:100] or "-",
        "rate": amount,
        "quantity": Decimal(1),
        **_tax(taxes, document, tax_of),
    }


def _tax(taxes: Copies, document: DocumentColumns, tax_of: TaxOf) -> dict[str, Any]:
    """A tax that the client keeps back is not charged: it is taken off the total by the adjustment."""
    charged = [each for each in taxes if Decimal(str(each["rate"])) >= 0]
    if len(charged) < len(taxes) and document.price_mode is PriceMode.INCLUSIVE:
        raise Unfit("withheld_tax", number=document.number)
    return {"tax_id": tax_of(charged)} if charged else {}


def _as_priced(document: DocumentColumns) -> bool:
    """Whether the discount is stated as Zoho states it: on the prices, or on the total after tax."""
    inclusive = document.price_mode is PriceMode.INCLUSIVE
    same = DiscountOn.GROSS if inclusive else DiscountOn.NET
    return document.discount_on in (DiscountOn.PRICES, DiscountOn.TOTAL, same)


def _discount(document: DocumentColumns, spread: bool) -> dict[str, Any]:
    if document.discount_kind is None:
        return {}
    if document.discount_on is DiscountOn.TOTAL:
        amount = document.totals.get("discount_after_tax_minor", 0)
        return {"discount": to_decimal(amount, document.currency), "is_discount_before_tax": False}
    if spread:
        return {}
    amount = document.totals.get("discount_minor", 0)
    return {"discount": to_decimal(amount, document.currency), "is_discount_before_tax": True}


def _off(
    document: DocumentColumns, counted: Sequence[LineColumns], tax_of: TaxOf, *, own: bool, whole: bool
) -> list[dict[str, Any]]:
    """Discounts as lines below zero, one for each line and its taxes: Zoho knows a discount of the lines or
    one of the whole, and only on the prices as they stand."""
    inclusive = document.price_mode is PriceMode.INCLUSIVE
    figures = totals.results(document, list(counted)).lines
    made = []
    for line, found in zip(counted, figures, strict=True):
        off = found.discount_minor if own else 0
        if whole:
            off += found.amount_minor - (found.total_minor if inclusive else found.net_minor)
        if off:
            amount = -to_decimal(off, document.currency)
            taxes = [*line.taxes, *document.taxes]
            made.append(_plain(f"{LESS} {line.name}", amount, taxes, document, tax_of))
    return made


def _worked_out(document: DocumentColumns, counted: Sequence[LineColumns]) -> int:
    """The total where every tax is worked out from the lines."""
    priced = totals.document_of(document, list(counted))
    plain = tuple(replace(line, charged=None) for line in priced.lines)
    return billing.totals(replace(priced, lines=plain)).total_minor


def _adjustment(document: DocumentColumns, counted: Sequence[LineColumns]) -> dict[str, Any]:
    """What makes Zoho's sum ours: the rounding of the total, taxes that the client keeps back, and a tax that
    is settled and not worked out anew, as on a credit note over a part or where a deposit is deducted."""
    withheld = [row for row in document.totals.get("taxes", ()) if Decimal(str(row["rate"])) < 0]
    amount = document.totals.get("rounding_minor", 0) + sum(row["tax_minor"] for row in withheld)
    if any("charged" in copy for line in counted for copy in line.taxes) or isinstance(document, CreditNote):
        amount += document.total_minor - _worked_out(document, counted)
    if not amount:
        return {}
    named = {"adjustment_description": ", ".join(str(row["name"]) for row in withheld)[:100]}
    return {"adjustment": to_decimal(amount, document.currency), **(named if withheld else {})}
