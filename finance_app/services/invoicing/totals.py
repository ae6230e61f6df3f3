"""Rows of a document, through the engine of totals, to its stored figures. Every reader shows these."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from finance_app.domain import billing
from finance_app.domain.crediting import Credited
from finance_app.domain.errors import DomainError
from finance_app.domain.money import Money, minor_digits, to_minor
from finance_app.domain.tax import Charge, TaxCategory
from finance_app.domain.tax import Tax as TaxRule
from finance_app.domain.time import printed_quantity
from finance_app.models import Invoice, Portal, Tax
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import DiscountKind

HUNDRED = Decimal(100)
EUROPEAN_UNION = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)


def tax_copy(tax: Tax) -> dict[str, Any]:
    """A tax as documents keep it."""
    return {
        "id": tax.id,
        "name": tax.name,
        "rate": str(tax.rate),
        "category": tax.category,
        "exemption_reason": tax.exemption_reason,
        "compound": tax.compound,
    }


def document_of(document: DocumentColumns, lines: Sequence[LineColumns]) -> billing.Document:
    """What the engine calculates from. Discounts of an amount, surcharges and the rounding step are stored
    in whole units of the currency; surcharges as `{name, amount, taxes, taxed}`."""
    currency = document.currency
    as_charged = document.discount_kind is None
    return billing.Document(
        currency=currency,
        lines=tuple(_line(line, currency, as_charged) for line in lines),
        prices=document.price_mode,
        tax_rounding=document.tax_rounding,
        taxes=taxes_of(document.taxes),
        surcharges=tuple(
            billing.Surcharge(
                extra["name"],
                to_minor(extra["amount"], currency),
                taxes_of(extra.get("taxes", ())),
                extra.get("taxed", True),
            )
            for extra in document.surcharges
        ),
        discount=_discount(document.discount_kind, document.discount_value, currency),
        discount_on=document.discount_on,
        cash_rounding=billing.CashRounding(to_minor(document.total_rounding, currency))
        if document.total_rounding
        else None,
    )


def compute(document: DocumentColumns, lines: Sequence[LineColumns]) -> billing.Totals:
    """Work out an invoice or credit note and write the figures on it and its lines. `totals` is its JSON:

    all of billing.Totals in minor units, `taxes` and `surcharges` as lists of rows, and
    `tracked_seconds` and `billed_seconds` of the lines of time.
    """
    counted = [line for line in lines if counts(line)]
    for line in lines:
        if line.billed_seconds is not None:
            exact = printed_quantity(line.billed_seconds, line.unit_price, document.currency)
            line.quantity = round(exact, 6)
    result = billing.totals(document_of(document, counted))
    for line, figures in zip(counted, result.lines, strict=True):
        line.amount_minor = figures.amount_minor
    for line in lines:
        if not counts(line):
            line.amount_minor = alone(line, document.currency)
    document.subtotal_minor = result.subtotal_minor
    document.net_minor = result.net_minor
    document.tax_minor = result.tax_minor
    document.total_minor = result.total_minor
    document.totals = _as_json(result, counted)
    return result


def counts(line: LineColumns) -> bool:
    """Whether a line is in the totals: an optional one only where it is chosen."""
    return not getattr(line, "optional", False) or getattr(line, "chosen", False)


def alone(line: LineColumns, currency: str) -> int:
    """A line as priced, less its own discount, whether it counts or not."""
    priced = _line(line, currency, as_charged=False)
    gross = priced.gross_minor(currency)
    return gross - (priced.discount.of(gross) if priced.discount else 0)


def results(document: DocumentColumns, lines: Sequence[LineColumns]) -> billing.Totals:
    """The engine's figures of a document as it stands, for the lines that count; nothing is written."""
    return billing.totals(document_of(document, [line for line in lines if counts(line)]))


def check(document: DocumentColumns, lines: Sequence[LineColumns], portal: Portal) -> None:
    """Raises DomainError for a discount above 100 %, a total below zero, and what EU rules refuse."""
    for line, number in ((each, place) for place, each in enumerate(lines, start=1)):
        if line.discount_kind is DiscountKind.PERCENT and (line.discount_value or 0) > HUNDRED:
            raise DomainError("invoicing.error.line_discount", line=number)
    if document.discount_kind is DiscountKind.PERCENT and (document.discount_value or 0) > HUNDRED:
        raise DomainError("invoicing.error.discount", field="discount_value")
    if document.total_minor < 0:
        total = Money(document.total_minor, document.currency)
        if isinstance(document, Invoice):
            raise DomainError("invoicing.error.total_negative", total=total)
        raise DomainError("estimate.error.total_negative", total=total)
    if portal.country in EUROPEAN_UNION:
        billing.check_vat_rules(document_of(document, lines))


def check_rate(document: DocumentColumns, portal: Portal) -> None:
    """Raises DomainError for a document in another currency whose worth in base currency is not known: no
    report could count it."""
    if document.currency != portal.base_currency and document.exchange_rate <= 0:
        raise DomainError(
            "invoicing.error.exchange_rate_missing",
            field="exchange_rate",
            currency=document.currency,
            base=portal.base_currency,
        )


def worked_out(taxes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Copies of taxes whose amounts the engine works out, settled before or not."""
    return [{name: value for name, value in copy.items() if name != "charged"} for copy in taxes]


def charged_of(taxes: Sequence[dict[str, Any]]) -> tuple[int, ...] | None:
    """The amounts of taxes that a copy of them has settled; None where the engine works them out."""
    if not taxes or any("charged" not in copy for copy in taxes):
        return None
    return tuple(int(copy["charged"]) for copy in taxes)


def _line(line: LineColumns, currency: str, as_charged: bool) -> billing.Line:
    return billing.Line(
        unit_price=line.unit_price,
        quantity=line.quantity,
        seconds=line.billed_seconds,
        discount=_discount(line.discount_kind, line.discount_value, currency),
        taxes=taxes_of(line.taxes),
        charged=charged_of(line.taxes) if as_charged else None,
    )


def _discount(kind: DiscountKind | None, value: Decimal | None, currency: str) -> billing.Discount | None:
    if kind is None or value is None:
        return None
    if kind is DiscountKind.PERCENT:
        return billing.Discount(percent=value)
    return billing.Discount(amount_minor=to_minor(value, currency))


def taxes_of(copies: Sequence[dict[str, Any]]) -> tuple[TaxRule, ...]:
    return tuple(_tax(copy) for copy in copies)


def _tax(copy: dict[str, Any]) -> TaxRule:
    return TaxRule(
        name=copy["name"],
        rate=Decimal(copy["rate"]),
        category=TaxCategory(copy.get("category") or "S"),
        exemption_reason=copy.get("exemption_reason") or None,
        compound=bool(copy.get("compound")),
    )


def state(note: DocumentColumns, lines: Sequence[LineColumns], part: Credited) -> None:
    """Write the figures of a part of an invoice on a credit note whose lines have their amounts."""
    note.subtotal_minor = sum(line.amount_minor for line in lines)
    note.net_minor, note.tax_minor, note.total_minor = part.net_minor, part.tax_minor, part.total_minor
    note.totals = {
        "currency": note.currency,
        "digits": minor_digits(note.currency),
        "subtotal_minor": note.subtotal_minor,
        "discount_minor": 0,
        "discount_after_tax_minor": part.discount_after_tax_minor,
        "surcharge_minor": sum(extra.amount_minor for extra in part.surcharges),
        "net_minor": part.net_minor,
        "tax_minor": part.tax_minor,
        "rounding_minor": part.rounding_minor,
        "total_minor": part.total_minor,
        **_parts_as_json(part.taxes, part.surcharges, lines),
    }


def credited_of(note: DocumentColumns, invoice: billing.Totals) -> Credited:
    """The figures that an earlier credit note took of an invoice."""
    known = {_tax_key(_charge_as_json(charge)): charge.tax for charge in invoice.taxes}
    return Credited(
        net_minor=note.net_minor,
        taxes=tuple(
            Charge(known[_tax_key(row)], row["base_minor"], row["tax_minor"])
            for row in note.totals.get("taxes", ())
            if _tax_key(row) in known
        ),
        surcharges=invoice.surcharges if note.totals.get("surcharges") else (),
        discount_after_tax_minor=note.totals.get("discount_after_tax_minor", 0),
        rounding_minor=note.totals.get("rounding_minor", 0),
    )


def _tax_key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("name", "rate", "category", "exemption_reason"))


def _as_json(result: billing.Totals, lines: Sequence[LineColumns]) -> dict[str, Any]:
    return {
        "currency": result.currency,
        "digits": minor_digits(result.currency),
        "subtotal_minor": result.subtotal_minor,
        "discount_minor": result.discount_minor,
        "discount_after_tax_minor": result.discount_after_tax_minor,
        "surcharge_minor": result.surcharge_minor,
        "net_minor": result.net_minor,
        "tax_minor": result.tax_minor,
        "rounding_minor": result.rounding_minor,
        "total_minor": result.total_minor,
        **_parts_as_json(result.taxes, result.surcharges, lines),
    }


def _parts_as_json(
    taxes: Sequence[Charge], surcharges: Sequence[billing.SurchargeTotals], lines: Sequence[LineColumns]
) -> dict[str, Any]:
    return {
        "taxes": [_charge_as_json(charge) for charge in taxes],
        "surcharges": [
            {
                "name": extra.name,
                "amount_minor": extra.amount_minor,
                "net_minor": extra.net_minor,
                "tax_minor": extra.tax_minor,
            }
            for extra in surcharges
        ],
        "tracked_seconds": sum(line.tracked_seconds or 0 for line in lines),
        "billed_seconds": sum(line.billed_seconds or 0 for line in lines),
    }


def _charge_as_json(charge: Charge) -> dict[str, Any]:
    return {
        "name": charge.tax.name,
        "rate": str(charge.tax.rate),
        "category": charge.tax.category.value,
        "exemption_reason": charge.tax.exemption_reason or "",
        "base_minor": charge.base_minor,
        "tax_minor": charge.tax_minor,
    }
