"""The one engine of totals: every screen, list, PDF, export and push shows what `totals` says."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finance_app.domain.errors import DomainError
from finance_app.domain.money import RoundingMode, minor_digits, round_half_up, round_to_step, spread
from finance_app.domain.tax import (
    Charge,
    InclusiveTaxes,
    PriceMode,
    Tax,
    Taxable,
    Taxed,
    TaxRounding,
    charge_taxes,
    tax_totals,
)
from finance_app.domain.time import amount_of


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage, or an amount in minor units: exactly one of the two. A negative discount adds."""

    percent: Decimal | None = None
    amount_minor: int | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount_minor is None):
            raise DomainError("error.billing.discount_is_one_of_two")

    def of(self, amount_minor: int) -> int:
        """What it takes off `amount_minor`, rounded."""
        if self.percent is None:
            return self.amount_minor or 0
        return round_half_up(amount_minor * Fraction(self.percent) / 100)


class DiscountOn(StrEnum):
    """What a document discount is stated on.

    `prices`: the prices as they stand, before tax on exclusive documents, with tax on inclusive ones.
    `net` and `gross`: without and with tax, whatever the prices are; the taxes fall with it.
    `total`: after tax; the total falls and the taxes stay.
    """

    PRICES = "prices"
    NET = "net"
    GROSS = "gross"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Line:
    """A priced line: a preset `amount_minor`, or seconds x hourly price, or quantity x unit price.

    `charged` are its taxes where they are settled already, one amount for each of `taxes`.
    """

    unit_price: Decimal = Decimal(0)
    quantity: Decimal = Decimal(1)
    seconds: int | None = None
    amount_minor: int | None = None
    discount: Discount | None = None
    taxes: tuple[Tax, ...] = ()
    charged: tuple[int, ...] | None = None

    def gross_minor(self, currency: str) -> int:
        """The line before its discount, rounded once."""
        if self.amount_minor is not None:
            return self.amount_minor
        if self.seconds is not None:
            return amount_of(self.seconds, self.unit_price, currency)
        exact = Fraction(self.quantity) * Fraction(self.unit_price)
        return round_half_up(exact * 10 ** minor_digits(currency))


@dataclass(frozen=True, slots=True)
class Surcharge:
    """An amount added to the document, with taxes of its own and, where `taxed`, those of the document."""

    name: str
    amount_minor: int
    taxes: tuple[Tax, ...] = ()
    taxed: bool = True


@dataclass(frozen=True, slots=True)
class CashRounding:
    """The total goes to a multiple of `step_minor` (5 for Swiss francs, 100 for whole kronor)."""

    step_minor: int
    mode: RoundingMode = RoundingMode.NEAREST


@dataclass(frozen=True, slots=True)
class Document:
    """All that the totals of an invoice, estimate or credit note depend on."""

    currency: str
    lines: tuple[Line, ...]
    prices: PriceMode = PriceMode.EXCLUSIVE
    tax_rounding: TaxRounding = TaxRounding.PER_RATE
    inclusive_taxes: InclusiveTaxes = InclusiveTaxes.COMBINED
    taxes: tuple[Tax, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    discount: Discount | None = None
    discount_on: DiscountOn = DiscountOn.PRICES
    cash_rounding: CashRounding | None = None


@dataclass(frozen=True, slots=True)
class LineTotals:
    """A line in minor units. gross - discount = amount, all as priced; net + tax is what the client pays."""

    gross_minor: int
    discount_minor: int
    amount_minor: int
    document_discount_minor: int
    net_minor: int
    taxes: tuple[Charge, ...]

    @property
    def tax_minor(self) -> int:
        return sum(charge.tax_minor for charge in self.taxes)

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class SurchargeTotals:
    """A surcharge in minor units: its amount as priced, without tax, and its taxes."""

    name: str
    amount_minor: int
    net_minor: int
    taxes: tuple[Charge, ...]

    @property
    def tax_minor(self) -> int:
        return sum(charge.tax_minor for charge in self.taxes)


@dataclass(frozen=True, slots=True)
class Totals:
    """A document in minor units of `currency`.

    `subtotal_minor` sums the lines' amounts as priced; `net_minor` is everything without tax, after the
    discount; total = net + taxes - discount after tax + rounding.
    """

    currency: str
    lines: tuple[LineTotals, ...]
    surcharges: tuple[SurchargeTotals, ...]
    taxes: tuple[Charge, ...]
    subtotal_minor: int
    discount_minor: int
    discount_after_tax_minor: int
    surcharge_minor: int
    net_minor: int
    tax_minor: int
    rounding_minor: int
    total_minor: int


def totals(document: Document) -> Totals:
    """Every figure of a document. See Totals for how they hang together."""
    currency = document.currency
    gross = [line.gross_minor(currency) for line in document.lines]
    off = [
        line.discount.of(amount) if line.discount else 0
        for line, amount in zip(document.lines, gross, strict=True)
    ]
    amounts = [amount - less for amount, less in zip(gross, off, strict=True)]
    taxables = [
        *(
            Taxable(amount, line.taxes, document.taxes, line.charged)
            for line, amount in zip(document.lines, amounts, strict=True)
        ),
        *(
            Taxable(extra.amount_minor, extra.taxes, document.taxes if extra.taxed else ())
            for extra in document.surcharges
        ),
    ]
    shares, taxed = _discounted(document, taxables)
    line_count = len(document.lines)
    lines = tuple(
        LineTotals(amount + less, less, amount, share, part.net_minor, part.charges)
        for amount, less, share, part in zip(amounts, off, shares, taxed[:line_count], strict=True)
    )
    surcharges = tuple(
        SurchargeTotals(extra.name, extra.amount_minor, part.net_minor, part.charges)
        for extra, part in zip(document.surcharges, taxed[line_count:], strict=True)
    )
    net = sum(part.net_minor for part in taxed)
    tax = sum(part.tax_minor for part in taxed)
    after_tax = document.discount is not None and document.discount_on is DiscountOn.TOTAL
    off_total = document.discount.of(net + tax) if document.discount and after_tax else 0
    exact = net + tax - off_total
    cash = document.cash_rounding
    total = round_to_step(exact, cash.step_minor, cash.mode) if cash else exact
    return Totals(
        currency=currency,
        lines=lines,
        surcharges=surcharges,
        taxes=tax_totals(taxed),
        subtotal_minor=sum(amounts),
        discount_minor=sum(shares),
        discount_after_tax_minor=off_total,
        surcharge_minor=sum(extra.amount_minor for extra in document.surcharges),
        net_minor=net,
        tax_minor=tax,
        rounding_minor=total - exact,
        total_minor=total,
    )


def check_vat_rules(document: Document) -> None:
    """Refuses what EN 16931 cannot say: a discount after tax, and several VAT rates on one line.

    Raises DomainError; for a portal in the European Union.
    """
    if document.discount and document.discount_on is DiscountOn.TOTAL:
        raise DomainError("error.billing.discount_after_tax")
    for number, line in enumerate(document.lines, start=1):
        if len(line.taxes) + len(document.taxes) > 1:
            raise DomainError("error.billing.several_vat_rates", line=number)


def _discounted(document: Document, taxables: list[Taxable]) -> tuple[list[int], list[Taxed]]:
    """Each line's share of the discount before tax, and every part taxed after it."""
    prices, several = document.prices, document.inclusive_taxes
    line_count = len(document.lines)
    discount = document.discount if document.discount_on is not DiscountOn.TOTAL else None
    if discount is None or not line_count:
        return [0] * line_count, charge_taxes(taxables, prices, document.tax_rounding, several)
    stated = {DiscountOn.NET: PriceMode.EXCLUSIVE, DiscountOn.GROSS: PriceMode.INCLUSIVE}
    stated_in = stated.get(document.discount_on, prices)
    if stated_in is not prices:
        taxed = charge_taxes(taxables, prices, document.tax_rounding, several)
        restated = [
            part.net_minor if stated_in is PriceMode.EXCLUSIVE else part.gross_minor for part in taxed
        ]
        taxables = [
            replace(taxable, amount_minor=amount) for taxable, amount in zip(taxables, restated, strict=True)
        ]
        several = InclusiveTaxes.COMBINED
    shares = _discount_shares(discount, taxables[:line_count])
    remaining = [
        replace(taxable, amount_minor=taxable.amount_minor - share)
        for taxable, share in zip(taxables, shares, strict=False)
    ]
    remaining += taxables[line_count:]
    return shares, charge_taxes(remaining, stated_in, document.tax_rounding, several)


def _discount_shares(discount: Discount, lines: list[Taxable]) -> list[int]:
    """The discount spread over the tax rates, then over the lines of each rate, so that both sum."""
    places_of_rate: dict[tuple[Tax, ...], list[int]] = {}
    for place, line in enumerate(lines):
        places_of_rate.setdefault(line.all_taxes, []).append(place)
    amounts_of_rate = [[lines[place].amount_minor for place in places] for places in places_of_rate.values()]
    sums = [sum(amounts) for amounts in amounts_of_rate]
    shares = [0] * len(lines)
    for places, amounts, part in zip(
        places_of_rate.values(), amounts_of_rate, spread(discount.of(sum(sums)), sums), strict=True
    ):
        for place, share in zip(places, spread(part, amounts), strict=True):
            shares[place] = share
    return shares
