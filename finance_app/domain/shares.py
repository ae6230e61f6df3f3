"""Shares of a price: what of a fixed cost or a milestone is billed, what remains, and when it is too much."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finance_app.domain.errors import DomainError
from finance_app.domain.money import round_half_up

MOST_PERCENT = Decimal(1000)


class Basis(StrEnum):
    """What the amount of a share comes from: a percentage of the price, all that remains of it, a typed
    amount, the fixed amount of a milestone, what was planned for it, or its time not billed yet."""

    PERCENT = "percent"
    REST = "rest"
    CUSTOM = "custom"
    FIXED = "fixed"
    PLANNED = "planned"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class Standing:
    """A price and what live invoices have taken of it, in minor units. Without a price there is no cap."""

    price_minor: int | None
    billed_minor: int

    @property
    def left_minor(self) -> int:
        """What remains to bill, never below zero."""
        return max(0, (self.price_minor or 0) - self.billed_minor)

    def excess(self, amount_minor: int) -> int:
        """By how much the total would be above the price if `amount_minor` were billed too."""
        if self.price_minor is None:
            return 0
        return max(0, self.billed_minor + amount_minor - self.price_minor)

    def percent_billed(self) -> Decimal:
        """The billed part of the price in per cent, with one decimal at most; 0 without a price."""
        if not self.price_minor:
            return Decimal(0)
        return Decimal(round_half_up(Fraction(self.billed_minor * 1000, self.price_minor))) / 10


def share_of(price_minor: int, percent: Decimal) -> int:
    """Minor units of `percent` of a price, rounded half up.

    Raises DomainError for a percentage that is not above 0, or absurd.
    """
    if not 0 < percent <= MOST_PERCENT:
        raise DomainError("error.share.percent", most=int(MOST_PERCENT))
    return round_half_up(price_minor * Fraction(percent) / 100)


def kept_after_credit(share_minor: int, part: Fraction) -> int:
    """What stays billed of a share once `part` (0 to 1) of its line is credited and to be billed again.

    The parts of several credit notes add up before they are rounded, so that all of it gives all back.
    """
    return share_minor - round_half_up(share_minor * min(Fraction(1), max(Fraction(0), part)))


class PriceField(StrEnum):
    """What the name and the description of a line of a price are composed of."""

    PROJECT = "project"
    MILESTONE = "milestone"
    PERIOD = "period"
    SHARE = "share"
    HOURS = "hours"
