"""Tax due: by invoice (débits), as documents are issued, or by receipt (encaissements), as they are paid.

Amounts are minor units of the base currency. Each tax of an invoice is received cumulatively, as net revenue
is (`domain/profit.py`): so much of it as of the invoice's total, so that the last payment closes to the cent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finance_app.domain.profit import RevenueKind, Settlement, Use, earn, use_credit


class TaxBasis(StrEnum):
    """When tax is due: with the invoice, or with its receipt (in France the rule for services)."""

    INVOICE = "invoice"
    RECEIPT = "receipt"


KINDS: dict[TaxBasis, tuple[RevenueKind, ...]] = {
    TaxBasis.INVOICE: (RevenueKind.INVOICE, RevenueKind.CREDIT_NOTE),
    TaxBasis.RECEIPT: (RevenueKind.RECEIPT, RevenueKind.REFUND),
}
"""A write-off takes no tax back by itself: where the law allows it, a credit note does."""


@dataclass(frozen=True, slots=True, order=True)
class TaxName:
    """A tax as documents carry it. Two of one rate and category but with other names stay apart."""

    name: str
    rate: Decimal
    category: str = "S"


NO_TAX = TaxName("", Decimal(0), "")
"""What carries no tax: tax returns ask for it too."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """What a tax is on, and the tax."""

    base_minor: int = 0
    tax_minor: int = 0

    def __add__(self, other: "Taxed") -> "Taxed":
        return Taxed(self.base_minor + other.base_minor, self.tax_minor + other.tax_minor)

    def __neg__(self) -> "Taxed":
        return Taxed(-self.base_minor, -self.tax_minor)


@dataclass(frozen=True, slots=True)
class TaxMovement:
    """Tax of a day: why, which, how much, and out of which settlement."""

    kind: RevenueKind
    day: date
    tax: TaxName
    amount: Taxed
    source: int = 0


Taxes = Mapping[TaxName, Taxed]


@dataclass(frozen=True, slots=True)
class TaxSettlement:
    """A settlement of an invoice; a credit brings what it takes of each tax."""

    settlement: Settlement
    credited: Taxes = field(default_factory=dict)


def received(
    taxes: Taxes, gross_minor: int, day: date, settlements: Iterable[TaxSettlement]
) -> list[TaxMovement]:
    """What the settlements of an invoice bring of each of its taxes, and (dated like the invoice) what is
    still open. A credit of another invoice may carry taxes that this one has not."""
    steps = list(settlements)
    found: list[TaxMovement] = []
    for tax in [*taxes, *sorted({name for step in steps for name in step.credited} - taxes.keys())]:
        whole = taxes.get(tax, Taxed())
        moved: dict[tuple[RevenueKind, date, int], list[int]] = defaultdict(lambda: [0, 0])
        for part, minor in enumerate((whole.base_minor, whole.tax_minor)):
            earned = earn({tax: minor}, gross_minor, [_of(step, tax, part) for step in steps])
            for posting in earned.postings:
                moved[posting.kind, posting.day, posting.source][part] += posting.amount_minor
            moved[RevenueKind.OPEN, day, 0][part] += earned.open_minor
        found += _movements(tax, moved)
    return found


def _of(step: TaxSettlement, tax: TaxName, part: int) -> Settlement:
    credit = step.credited.get(tax)
    if credit is None:
        return step.settlement
    return replace(step.settlement, credited={tax: (credit.base_minor, credit.tax_minor)[part]})


def credited(
    taxes: Taxes, gross_minor: int, day: date, uses: Iterable[Use]
) -> tuple[dict[int, dict[TaxName, Taxed]], list[TaxMovement]]:
    """What each use of a credit note takes of its taxes, and its refunds and unused rest as movements."""
    steps = list(uses)
    taken: dict[int, dict[TaxName, Taxed]] = defaultdict(dict)
    found: list[TaxMovement] = []
    for tax, whole in taxes.items():
        moved: dict[tuple[RevenueKind, date, int], list[int]] = defaultdict(lambda: [0, 0])
        parts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for part, minor in enumerate((whole.base_minor, whole.tax_minor)):
            used = use_credit({tax: minor}, gross_minor, steps)
            for source, share in used.net.items():
                parts[source][part] += share[tax]
            for posting in used.postings:
                moved[posting.kind, posting.day, posting.source][part] += posting.amount_minor
            moved[RevenueKind.OPEN, day, 0][part] -= used.unused_minor
        for source, (base, amount) in parts.items():
            taken[source][tax] = Taxed(base, amount)
        found += _movements(tax, moved)
    return taken, found


def _movements(tax: TaxName, moved: Mapping[tuple[RevenueKind, date, int], list[int]]) -> list[TaxMovement]:
    return [
        TaxMovement(kind, day, tax, Taxed(base, amount), source)
        for (kind, day, source), (base, amount) in moved.items()
        if base or amount
    ]
