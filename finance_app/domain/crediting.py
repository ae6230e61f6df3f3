"""Crediting an invoice in parts. A part is what is credited so far less what earlier notes took, so that the
notes over all of an invoice come to the invoice: net, each tax, and total."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from finance_app.domain.billing import Document, SurchargeTotals, Totals
from finance_app.domain.money import round_half_up
from finance_app.domain.tax import Charge, PriceMode, Tax, TaxRounding


@dataclass(frozen=True, slots=True)
class Credited:
    """Figures in minor units, as in billing.Totals. A difference of two of them may be below zero."""

    net_minor: int = 0
    taxes: tuple[Charge, ...] = ()
    surcharges: tuple[SurchargeTotals, ...] = ()
    discount_after_tax_minor: int = 0
    rounding_minor: int = 0

    @property
    def tax_minor(self) -> int:
        return sum(charge.tax_minor for charge in self.taxes)

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor - self.discount_after_tax_minor + self.rounding_minor

    def less(self, taken: "Credited") -> "Credited":
        """What is left of these figures after others; a surcharge that was credited before is left out."""
        figures: dict[Tax, tuple[int, int]] = {}
        for sign, charges in ((1, self.taxes), (-1, taken.taxes)):
            for charge in charges:
                base, tax = figures.get(charge.tax, (0, 0))
                figures[charge.tax] = (base + sign * charge.base_minor, tax + sign * charge.tax_minor)
        taxes = [Charge(tax, *amounts) for tax, amounts in figures.items() if any(amounts)]
        return Credited(
            net_minor=self.net_minor - taken.net_minor,
            taxes=tuple(taxes),
            surcharges=() if taken.surcharges else self.surcharges,
            discount_after_tax_minor=self.discount_after_tax_minor - taken.discount_after_tax_minor,
            rounding_minor=self.rounding_minor - taken.rounding_minor,
        )


def worths(document: Document, totals: Totals) -> list[int]:
    """What each line is worth as priced, after its share of a discount before tax: the most to credit."""
    inclusive = document.prices is PriceMode.INCLUSIVE
    return [line.total_minor if inclusive else line.net_minor for line in totals.lines]


def credited_so_far(document: Document, totals: Totals, amounts: Sequence[int]) -> Credited:
    """The figures of an invoice of which `amounts` of the lines are credited, as priced, in their order.

    Each tax is in proportion to the credited bases and rounded as the document rounds. The surcharges and the
    rounding of the total go with the last part, which makes the figures those of the invoice.
    """
    worth = worths(document, totals)
    if list(amounts) == worth:
        return Credited(
            totals.net_minor,
            totals.taxes,
            totals.surcharges,
            totals.discount_after_tax_minor,
            totals.rounding_minor,
        )
    shares = [
        Fraction(amount, whole) if whole else Fraction(0)
        for amount, whole in zip(amounts, worth, strict=True)
    ]
    taxes = _taxes(document, totals, shares)
    net = sum(amounts)
    if document.prices is PriceMode.INCLUSIVE:
        net -= sum(charge.tax_minor for charge in taxes)
    off = totals.discount_after_tax_minor
    credited = net + sum(charge.tax_minor for charge in taxes)
    whole = totals.net_minor + totals.tax_minor
    return Credited(net, taxes, (), round_half_up(Fraction(off * credited, whole)) if whole else 0, 0)


def _taxes(document: Document, totals: Totals, shares: Sequence[Fraction]) -> tuple[Charge, ...]:
    by_line = document.tax_rounding is TaxRounding.PER_LINE
    found: dict[Tax, list[tuple[Fraction, Charge]]] = {}
    for line, share in zip(totals.lines, shares, strict=True):
        for charge in line.taxes:
            found.setdefault(charge.tax, []).append((share, charge))
    charges = []
    for tax, parts in found.items():
        base = sum((share * charge.base_minor for share, charge in parts), Fraction(0))
        whole_base = sum(charge.base_minor for _, charge in parts)
        whole_tax = sum(charge.tax_minor for _, charge in parts)
        if by_line or not whole_base:
            amount = sum(round_half_up(share * charge.tax_minor) for share, charge in parts)
        else:
            amount = round_half_up(base * whole_tax / whole_base)
        if base or amount:
            charges.append(Charge(tax, round_half_up(base), amount))
    return tuple(charges)
