"""Money: an integer of minor units beside an ISO 4217 code. Rounding is half up, away from zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor, lcm

from finance_app.domain.errors import DomainError

_DIGITS_BY_CURRENCY = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
        GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
        MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
        PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
        TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_DIGITS: dict[str, int] = {
    code: digits for digits, codes in _DIGITS_BY_CURRENCY.items() for code in codes.split()
}
"""Digits after the decimal point of each ISO 4217 currency."""


class RoundingMode(StrEnum):
    """Whether a quantity goes to the next step up, down or the nearest one (a half goes up), or stays."""

    NONE = "none"
    UP = "up"
    DOWN = "down"
    NEAREST = "nearest"


class CurrencyMismatch(DomainError):
    """Two currencies met where one is needed."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__("error.money.currency_mismatch", first=first, second=second)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency. Sums and order across currencies raise CurrencyMismatch."""

    amount_minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same_currency(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same_currency(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same_currency(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._same_currency(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount_minor > self._same_currency(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount_minor >= self._same_currency(other)

    def __str__(self) -> str:
        return f"{to_decimal(self.amount_minor, self.currency)} {self.currency}"

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def _same_currency(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount_minor


def minor_digits(currency: str) -> int:
    """Digits after the decimal point of `currency`. Raises DomainError for a code unknown to ISO 4217."""
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise DomainError("error.money.unknown_currency", currency=currency) from None


def round_half_up(value: Decimal | Fraction) -> int:
    """The nearest integer; a half goes away from zero."""
    exact = Fraction(value)
    floor, remainder = divmod(abs(exact.numerator), exact.denominator)
    rounded = floor + (2 * remainder >= exact.denominator)
    return rounded if exact >= 0 else -rounded


def to_minor(amount: Decimal | str, currency: str) -> int:
    """Minor units of a decimal amount, rounded half up. Raises DomainError where the text is no number."""
    digits = minor_digits(currency)
    try:
        decimal = Decimal(amount)
    except InvalidOperation:
        raise DomainError("error.money.unreadable", text=str(amount)) from None
    if not decimal.is_finite():
        raise DomainError("error.money.unreadable", text=str(amount))
    return round_half_up(Fraction(decimal) * 10**digits)


def to_decimal(amount_minor: int, currency: str) -> Decimal:
    """The decimal amount, with exactly the currency's digits: 12345 EUR is 123.45."""
    return decimal_of(amount_minor, minor_digits(currency))


def decimal_of(units: int, digits: int) -> Decimal:
    """`units` x 10**-`digits`, exactly, however large."""
    sign, magnitude = (1, -units) if units < 0 else (0, units)
    return Decimal((sign, tuple(int(digit) for digit in str(magnitude)), -digits))


def round_decimal(value: Decimal | Fraction, digits: int) -> Decimal:
    """`value` with exactly `digits` decimals, rounded half up."""
    return decimal_of(round_half_up(Fraction(value) * 10**digits), digits)


def apportion(exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers near `exact`, by largest remainder, whose sum is the rounded sum of `exact`.

    Of equal remainders the earlier part takes the odd unit; negative sums mirror positive ones.
    """
    unit = lcm(*(part.denominator for part in exact))
    units = [part.numerator * (unit // part.denominator) for part in exact]
    sign = -1 if sum(units) < 0 else 1
    parts: list[int] = []
    remainders: list[int] = []
    for part in units:
        floor_of_part, remainder = divmod(sign * part, unit)
        parts.append(floor_of_part)
        remainders.append(remainder)
    missing = round_half_up(Fraction(abs(sum(units)), unit)) - sum(parts)
    largest_first = sorted(range(len(parts)), key=lambda place: -remainders[place]) if missing else []
    for place in largest_first[:missing]:
        parts[place] += 1
    return [sign * part for part in parts]


def spread(total: int, weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """Parts of `total` in proportion to `weights`, by largest remainder: the parts sum to `total` exactly.

    Weights may be of mixed sign; where they cancel out their magnitudes count, and where all are zero the
    parts are equal. Raises DomainError where there is something to spread and nothing to spread it over.
    """
    if not weights:
        if total:
            raise DomainError("error.money.nothing_to_spread_over")
        return []
    if total and total == sum(weights) and all(type(weight) is int for weight in weights):
        return list(weights)  # type: ignore[arg-type]
    shares = [Fraction(weight) for weight in weights]
    if not sum(shares):
        shares = [abs(share) for share in shares]
    if not any(shares):
        shares = [Fraction(1)] * len(shares)
    whole = sum(shares)
    return apportion([total * share / whole for share in shares])


def round_to_step(value: int, step: int, mode: RoundingMode) -> int:
    """`value` in whole steps, by `mode`; a half step goes away from zero in `nearest`."""
    if mode is RoundingMode.NONE or step <= 1:
        return value
    steps = Fraction(abs(value), step)
    whole = {RoundingMode.UP: ceil, RoundingMode.DOWN: floor, RoundingMode.NEAREST: round_half_up}[mode](
        steps
    )
    return whole * step if value >= 0 else -whole * step


def convert(amount_minor: int, from_currency: str, to_currency: str, rate: Decimal) -> int:
    """Minor units in `to_currency`, rounded once. `rate` is what one unit of `from_currency` is worth in it.

    Raises DomainError where the rate is not above zero.
    """
    if rate <= 0:
        raise DomainError("error.money.exchange_rate_not_positive", rate=rate)
    scale = Fraction(10) ** (minor_digits(to_currency) - minor_digits(from_currency))
    return round_half_up(amount_minor * Fraction(rate) * scale)
