"""How long the totals of an invoice of 1,296 lines take, beside the floor: one sum of exact products.

python benchmarks/bench_invoice_totals.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from finance_app.domain.billing import Discount, Document, Line, totals
from finance_app.domain.money import round_half_up
from finance_app.domain.tax import PriceMode, Tax, TaxRounding

LINES = 1296
RATES = (Tax("TVA 20 %", Decimal(20)), Tax("TVA 5,5 %", Decimal("5.5")))


def document(prices: PriceMode, rounding: TaxRounding) -> Document:
    return Document(
        "EUR",
        tuple(
            Line(unit_price=Decimal("95.50"), seconds=600 + 37 * place, taxes=(RATES[place % 2],))
            for place in range(LINES)
        ),
        prices=prices,
        tax_rounding=rounding,
        discount=Discount(percent=Decimal(5)),
    )


def floor() -> int:
    price = Fraction(Decimal("95.50"))
    return sum(round_half_up((600 + 37 * place) * price / 36) for place in range(LINES))


def milliseconds(work: Callable[[], object], runs: int = 15) -> float:
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    base = milliseconds(floor)
    print(f"floor: {LINES} exact products and their sum {base:6.1f} ms")
    for prices in PriceMode:
        for rounding in TaxRounding:
            whole = document(prices, rounding)
            took = milliseconds(lambda whole=whole: totals(whole))
            print(
                f"totals, {prices.value}, {rounding.value:9} {took:6.1f} ms, {took / base:5.1f} x the floor"
            )


if __name__ == "__main__":
    main()
