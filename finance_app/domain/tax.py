"""Taxes: what a tax is, and how the taxes of priced parts are worked out and rounded."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finance_app.domain.errors import DomainError
from finance_app.domain.money import apportion


class TaxCategory(StrEnum):
    """The category codes of EN 16931 (UNTDID 5305)."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE_SCOPE = "O"


class PriceMode(StrEnum):
    """Whether prices leave the tax out or hold it."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class TaxRounding(StrEnum):
    """Where a tax is rounded: once for the document (`per_rate`, as EN 16931 wants) or on each line.

    A document-level tax belongs to no line, so it is rounded once in both modes.
    """

    PER_RATE = "per_rate"
    PER_LINE = "per_line"


class InclusiveTaxes(StrEnum):
    """How several taxes come out of one inclusive price: by one divisor for their sum, or each alone."""

    COMBINED = "combined"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True)
class Tax:
    """A named tax. `rate` is a percentage; a negative one is a tax that the client keeps back.

    A compound tax is charged on the net and on the taxes of the line that are not compound. Raises
    DomainError for a rate of -100 % or less, and for a rate on a category that carries none.
    """

    name: str
    rate: Decimal
    category: TaxCategory = TaxCategory.STANDARD
    exemption_reason: str | None = None
    compound: bool = False

    def __post_init__(self) -> None:
        if self.rate <= -100:
            raise DomainError("error.tax.rate_too_low", name=self.name, rate=self.rate)
        if self.category is not TaxCategory.STANDARD and self.rate:
            raise DomainError("error.tax.category_without_rate", name=self.name, category=self.category.value)


@dataclass(frozen=True, slots=True)
class Taxable:
    """An amount as priced, with its own taxes and those that the document adds to it.

    `charged` are the amounts of its own taxes where they are settled already and not worked out: a deposit
    is deducted with the very tax that it carried.
    """

    amount_minor: int
    taxes: tuple[Tax, ...] = ()
    document_taxes: tuple[Tax, ...] = ()
    charged: tuple[int, ...] | None = None

    @property
    def all_taxes(self) -> tuple[Tax, ...]:
        return self.taxes + self.document_taxes


@dataclass(frozen=True, slots=True)
class Charge:
    """One tax on a base."""

    tax: Tax
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Taxed:
    """A taxable's net and the charges on it."""

    net_minor: int
    charges: tuple[Charge, ...]

    @property
    def tax_minor(self) -> int:
        return sum(charge.tax_minor for charge in self.charges)

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor


def charge_taxes(
    taxables: Sequence[Taxable],
    prices: PriceMode,
    rounding: TaxRounding = TaxRounding.PER_RATE,
    several: InclusiveTaxes = InclusiveTaxes.COMBINED,
) -> list[Taxed]:
    """Net and charges of each taxable, in order.

    A tax is rounded half up where `rounding` says, and its total spread over the taxables by largest
    remainder, so nets and taxes sum over taxables and over taxes alike. Exclusive: net = amount.
    Inclusive: net + taxes = amount. Raises DomainError where inclusive rates leave no net at all.
    """
    shares_of = [
        [0] * len(taxable.all_taxes)
        if taxable.charged is None
        else [*taxable.charged, *[0] * len(taxable.document_taxes)]
        for taxable in taxables
    ]
    factors_of_set: dict[tuple[Tax, ...], list[Fraction]] = {}
    for compound in (False, True):
        rounded_together: dict[Hashable, list[tuple[list[int], int, Fraction]]] = {}
        for index, (taxable, shares) in enumerate(zip(taxables, shares_of, strict=True)):
            taxes = taxable.all_taxes
            if taxes not in factors_of_set:
                factors_of_set[taxes] = _factors(taxes, prices, several)
            base = taxable.amount_minor
            if compound and prices is PriceMode.EXCLUSIVE:
                base += sum(shares)
            settled = 0 if taxable.charged is None else len(taxable.taxes)
            for place, (tax, factor) in enumerate(zip(taxes, factors_of_set[taxes], strict=True)):
                if place < settled or tax.compound is not compound:
                    continue
                on_line = rounding is TaxRounding.PER_LINE and place < len(taxable.taxes)
                group = (tax, index, place) if on_line else tax
                rounded_together.setdefault(group, []).append((shares, place, base * factor))
        for charges in rounded_together.values():
            parts = apportion([exact for _, _, exact in charges])
            for (shares, place, _), part in zip(charges, parts, strict=True):
                shares[place] = part
    return [_taxed(*pair, prices, several) for pair in zip(taxables, shares_of, strict=True)]


def tax_totals(taxed: Sequence[Taxed]) -> tuple[Charge, ...]:
    """Base and tax of each tax, summed, in the order in which the taxes first occur."""
    totals: dict[Tax, tuple[int, int]] = {}
    for charge in (charge for part in taxed for charge in part.charges):
        base, tax = totals.get(charge.tax, (0, 0))
        totals[charge.tax] = base + charge.base_minor, tax + charge.tax_minor
    return tuple(Charge(tax, *sums) for tax, sums in totals.items())


def _factors(taxes: tuple[Tax, ...], prices: PriceMode, several: InclusiveTaxes) -> list[Fraction]:
    """What each tax takes of one unit of price; an exclusive compound tax, of price and simple taxes."""
    rates = [Fraction(tax.rate) / 100 for tax in taxes]
    if prices is PriceMode.EXCLUSIVE:
        return rates
    simple = sum((rate for tax, rate in zip(taxes, rates, strict=True) if not tax.compound), Fraction(0))
    per_net = [rate * (1 + simple) if tax.compound else rate for tax, rate in zip(taxes, rates, strict=True)]
    if several is InclusiveTaxes.INDEPENDENT:
        return [unit / (1 + unit) for unit in per_net]
    gross = 1 + sum(per_net, Fraction(0))
    if gross <= 0:
        raise DomainError("error.tax.no_net_left")
    return [unit / gross for unit in per_net]


def _taxed(taxable: Taxable, shares: list[int], prices: PriceMode, several: InclusiveTaxes) -> Taxed:
    taxes = taxable.all_taxes
    inclusive = prices is PriceMode.INCLUSIVE
    net = taxable.amount_minor - sum(shares) if inclusive else taxable.amount_minor
    simple = sum(share for tax, share in zip(taxes, shares, strict=True) if not tax.compound)
    charges: list[Charge] = []
    for tax, share in zip(taxes, shares, strict=True):
        if inclusive and several is InclusiveTaxes.INDEPENDENT:
            base = taxable.amount_minor - share
        else:
            base = net + simple if tax.compound else net
        charges.append(Charge(tax, base, share))
    return Taxed(net, tuple(charges))
