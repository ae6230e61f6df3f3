"""Profitability: what an invoice earns (accrual) and what of it was received (cash), net of tax.

Amounts are minor units of the base currency, at the document's exchange rate. An invoice's net is kept by
bucket (a project and a person), so that every scope adds up the same numbers. Received net is worked out
cumulatively: after each movement, what was received so far is the received share of what is left of the
invoice after credits, rounded once; the movement earns the difference. So the last one closes to the cent.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from finance_app.domain.money import apportion, round_half_up, spread

Bucket = TypeVar("Bucket", bound=Hashable)
Shares = Mapping[Bucket, int]


class Basis(StrEnum):
    """When revenue counts: as it is invoiced, or as it is received."""

    ACCRUAL = "accrual"
    CASH = "cash"


class RevenueKind(StrEnum):
    """Why an amount is revenue. Credit notes, write-offs and refunds are negative amounts."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    RECEIPT = "receipt"
    REFUND = "refund"
    EXCHANGE = "exchange"
    """The difference between the document's rate and the payment's: shown apart, no revenue."""
    OPEN = "open"
    """What is still to receive of an invoice, or (negative) still to use of a credit note: accrual revenue
    less cash revenue is the sum of these, in every scope."""


KINDS: dict[Basis, tuple[RevenueKind, ...]] = {
    Basis.ACCRUAL: (RevenueKind.INVOICE, RevenueKind.CREDIT_NOTE, RevenueKind.WRITE_OFF),
    Basis.CASH: (RevenueKind.RECEIPT, RevenueKind.REFUND),
}


class Movement(StrEnum):
    """What settles an invoice: money (or tax withheld and bank charges), a credit, or giving up."""

    RECEIPT = "receipt"
    CREDIT = "credit"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A movement of an invoice. `gross_minor` is in the document's currency; a credit brings the net that it
    takes from each bucket, in base currency."""

    source: int
    day: date
    movement: Movement
    gross_minor: int
    credited: Shares = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posting:
    """Revenue of a day: why, for which bucket, out of which movement."""

    kind: RevenueKind
    day: date
    bucket: Hashable
    amount_minor: int
    source: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """What the movements of an invoice earn, and the net that is still open, by bucket."""

    postings: tuple[Posting, ...]
    open: Shares

    @property
    def open_minor(self) -> int:
        return sum(self.open.values())


def earn(net: Shares, gross_minor: int, settlements: Iterable[Settlement]) -> Earned:
    """The receipts and write-offs of an invoice of that net and gross, by its movements in order of their day
    (and, within a day, of their source).

    Received so far = net left after credits x received gross / gross left after credits. A write-off takes
    its share of the net out of accrual revenue on its day. A credit that changes how much of the rest is tax
    changes what earlier receipts were worth: the difference is earned on the credit's day.
    """
    left = dict(net)
    received = given_up = credited_gross = 0
    cash = dict.fromkeys(left, 0)
    lost = dict.fromkeys(left, 0)
    postings: list[Posting] = []
    for step in sorted(settlements, key=lambda each: (each.day, each.source)):
        match step.movement:
            case Movement.RECEIPT:
                received += step.gross_minor
            case Movement.WRITE_OFF:
                given_up += step.gross_minor
            case Movement.CREDIT:
                credited_gross += step.gross_minor
                _take(left, step.credited)
                cash.update(dict.fromkeys(left.keys() - cash.keys(), 0))
                lost.update(dict.fromkeys(left.keys() - lost.keys(), 0))
        rest = gross_minor - credited_gross
        whole = sum(left.values())
        settled = _share(whole, received + given_up, rest)
        now_cash = _spread(_share(whole, received, rest) if given_up else settled, left)
        now_settled = _spread(settled, left)
        for bucket in left:
            postings += _posted(RevenueKind.RECEIPT, step, bucket, now_cash[bucket] - cash[bucket])
            now_lost = now_settled[bucket] - now_cash[bucket]
            postings += _posted(RevenueKind.WRITE_OFF, step, bucket, lost[bucket] - now_lost)
            cash[bucket], lost[bucket] = now_cash[bucket], now_lost
    return Earned(tuple(postings), {bucket: left[bucket] - cash[bucket] - lost[bucket] for bucket in left})


def costs_as_received(
    cost_minor: int, receipts: Sequence[tuple[date, int]], net_minor: int
) -> list[tuple[date, int]]:
    """What an expense costs on the days (in order) on which its invoice was received: pro rata and
    cumulatively, so that the last receipt brings the rest. `net_minor` is what the invoice can still earn:
    received, given up and open. Of an invoice that earns nothing the first receipt brings it all."""
    found, so_far, before = [], 0, 0
    for day, amount in receipts:
        so_far += amount
        now = _share(cost_minor, so_far, net_minor) if net_minor else cost_minor
        if now != before:
            found.append((day, now - before))
        before = now
    return found


@dataclass(frozen=True, slots=True)
class Use:
    """A part of a credit note that was applied to an invoice or refunded, in gross of its currency."""

    source: int
    day: date
    gross_minor: int
    is_refund: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """Of each use (by its source) the net of each bucket, the refunds as postings, and what is unused."""

    net: Mapping[int, Shares]
    postings: tuple[Posting, ...]
    unused: Shares

    @property
    def unused_minor(self) -> int:
        return sum(self.unused.values())


def use_credit(net: Shares, gross_minor: int, uses: Iterable[Use]) -> Used:
    """How much net each use of a credit note takes, cumulatively, so that the last use takes the rest. A
    refund is negative cash revenue; a credit that is applied earns nothing by itself."""
    spent, before = 0, dict.fromkeys(net, 0)
    taken: dict[int, Shares] = {}
    postings: list[Posting] = []
    for use in sorted(uses, key=lambda each: (each.day, each.source, each.is_refund)):
        spent += use.gross_minor
        after = _spread(_share(sum(net.values()), spent, gross_minor), net)
        part = {bucket: after[bucket] - before[bucket] for bucket in net}
        before = after
        if use.is_refund:
            postings += [
                Posting(RevenueKind.REFUND, use.day, bucket, -amount, use.source)
                for bucket, amount in part.items()
                if amount
            ]
        else:
            taken[use.source] = part
    return Used(taken, tuple(postings), {bucket: net[bucket] - before[bucket] for bucket in net})


@dataclass(frozen=True, slots=True)
class Profitability:
    """Revenue and cost of a scope and a period, in minor units of base currency.

    `open_minor` is the part of accrual revenue that was not received by the end of the period;
    `unpriced_seconds` is time that counts at zero, as its person had no cost rate.
    """

    revenue_minor: int = 0
    open_minor: int = 0
    time_minor: int = 0
    expense_minor: int = 0
    unpriced_seconds: int = 0

    @property
    def cost_minor(self) -> int:
        return self.time_minor + self.expense_minor

    @property
    def profit_minor(self) -> int:
        return self.revenue_minor - self.cost_minor

    @property
    def margin_permille(self) -> int | None:
        """Profit in thousandths of revenue, rounded half up; None without revenue."""
        return permille(self.profit_minor, self.revenue_minor)

    def __add__(self, other: "Profitability") -> "Profitability":
        return Profitability(
            self.revenue_minor + other.revenue_minor,
            self.open_minor + other.open_minor,
            self.time_minor + other.time_minor,
            self.expense_minor + other.expense_minor,
            self.unpriced_seconds + other.unpriced_seconds,
        )


def permille(part: int, whole: int) -> int | None:
    return round_half_up(Fraction(part * 1000, whole)) if whole > 0 else None


def time_cost(parts: Sequence[tuple[int, int | Fraction]]) -> list[int]:
    """The cost of (seconds, rate an hour in minor units) each, by largest remainder: they sum to the exact
    cost of all of them, rounded once."""
    return apportion([Fraction(seconds) * Fraction(rate) / 3600 for seconds, rate in parts]) if parts else []


def _share(whole: int, part: int, of: int) -> int:
    """`whole` x `part` / `of`, rounded; all of it where nothing is left to settle."""
    return whole if part == of else round_half_up(Fraction(whole * part, of))


def _spread(total: int, weights: Shares) -> dict:
    return dict(zip(weights, spread(total, list(weights.values())), strict=True))


def _take(left: dict, credited: Shares) -> None:
    for bucket, amount in credited.items():
        left[bucket] = left.get(bucket, 0) - amount


def _posted(kind: RevenueKind, step: Settlement, bucket: Hashable, amount: int) -> list[Posting]:
    return [Posting(kind, step.day, bucket, amount, step.source)] if amount else []
