from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.profit import Movement, RevenueKind, Settlement, Use
from finance_app.domain.tax_due import (
    KINDS,
    TaxBasis,
    Taxed,
    TaxMovement,
    TaxName,
    TaxSettlement,
    credited,
    received,
)

DAY = date(2026, 3, 31)
FULL, LOW = TaxName("TVA 20 %", Decimal(20)), TaxName("TVA 5,5 %", Decimal("5.5"))


def paid(source: int, gross: int) -> TaxSettlement:
    return TaxSettlement(Settlement(source, DAY + timedelta(days=source), Movement.RECEIPT, gross))


def of(movements: list[TaxMovement], kind: RevenueKind, tax: TaxName = FULL) -> list[int]:
    return [each.amount.tax_minor for each in movements if each.kind is kind and each.tax == tax]


def test_three_payments_close_each_tax_to_the_cent() -> None:
    taxes = {FULL: Taxed(10_001, 2_000), LOW: Taxed(9_999, 550)}
    found = received(taxes, 22_550, DAY, [paid(1, 7_517), paid(2, 7_517), paid(3, 7_516)])
    assert of(found, RevenueKind.RECEIPT) == [667, 666, 667]
    assert sum(of(found, RevenueKind.RECEIPT, LOW)) == 550
    assert not of(found, RevenueKind.OPEN)


def test_a_write_off_is_never_received_and_takes_no_tax_back() -> None:
    lost = TaxSettlement(Settlement(2, DAY, Movement.WRITE_OFF, 6_000))
    found = received({FULL: Taxed(10_000, 2_000)}, 12_000, DAY, [paid(1, 6_000), lost])
    assert of(found, RevenueKind.RECEIPT) == [1_000]
    assert of(found, RevenueKind.WRITE_OFF) == [-1_000]
    assert RevenueKind.WRITE_OFF not in KINDS[TaxBasis.INVOICE]


def test_a_credit_with_another_tax_settles_in_its_own_name() -> None:
    """An invoice at 20 % is paid by a credit at 5.5 %: then 20 % is received, and 5.5 % is given back."""
    credit = Settlement(1, DAY, Movement.CREDIT, 12_000)
    found = received(
        {FULL: Taxed(10_000, 2_000)}, 12_000, DAY, [TaxSettlement(credit, {LOW: Taxed(11_374, 626)})]
    )
    assert of(found, RevenueKind.RECEIPT) == [2_000]
    assert of(found, RevenueKind.RECEIPT, LOW) == [-626]


def test_an_exempt_amount_is_told_without_tax() -> None:
    exempt = TaxName("Export", Decimal(0), "G")
    found = received({exempt: Taxed(5_000, 0)}, 5_000, DAY, [paid(1, 5_000)])
    assert [(each.kind, each.amount) for each in found] == [(RevenueKind.RECEIPT, Taxed(5_000, 0))]


@st.composite
def histories(draw):
    """An invoice of some taxes, a credit note of a part of it, and movements of both."""
    names = draw(st.lists(st.sampled_from([FULL, LOW, TaxName("GST", Decimal(7))]), min_size=1, unique=True))
    taxes = {name: Taxed(draw(st.integers(1, 90_000)), draw(st.integers(0, 18_000))) for name in names}
    gross = sum(each.base_minor + each.tax_minor for each in taxes.values())
    back = {
        name: Taxed(draw(st.integers(0, each.base_minor)), draw(st.integers(0, each.tax_minor)))
        for name, each in taxes.items()
    }
    back_gross = sum(each.base_minor + each.tax_minor for each in back.values())
    uses, steps, left, open_gross = [], [], back_gross, gross
    for source in range(1, draw(st.integers(1, 7))):
        day = DAY + timedelta(days=draw(st.integers(0, 5)))
        kind = draw(st.sampled_from(["receipt", "write_off", "credit", "refund"]))
        amount = draw(
            st.integers(
                0, left if kind == "refund" else min(left, open_gross) if kind == "credit" else open_gross
            )
        )
        if not amount:
            continue
        if kind == "refund":
            uses.append(Use(source, day, amount, is_refund=True))
        elif kind == "credit":
            uses.append(Use(source, day, amount))
            steps.append(Settlement(source, day, Movement.CREDIT, amount))
        else:
            steps.append(Settlement(source, day, Movement(kind), amount))
        left -= amount if kind in ("credit", "refund") else 0
        open_gross -= amount if kind != "refund" else 0
    return taxes, gross, back, back_gross, uses, steps


@given(histories())
def test_over_all_time_tax_by_receipt_is_tax_by_invoice_less_what_is_open_or_written_off(history) -> None:
    taxes, gross, back, back_gross, uses, steps = history
    taken, of_note = credited(back, back_gross, DAY, uses)
    settled = [TaxSettlement(step, taken.get(step.source, {})) for step in steps]
    movements = [*received(taxes, gross, DAY, settled), *of_note]
    for name in taxes:
        for part in ("base_minor", "tax_minor"):
            sums = Counter()
            for each in movements:
                if each.tax == name:
                    sums[each.kind] += getattr(each.amount, part)
            by_invoice = getattr(taxes[name], part) - getattr(back[name], part)
            by_receipt = sum(sums[kind] for kind in KINDS[TaxBasis.RECEIPT])
            assert by_receipt == by_invoice - sums[RevenueKind.OPEN] + sums[RevenueKind.WRITE_OFF]


@given(histories())
def test_what_is_settled_without_credits_leaves_nothing_open(history) -> None:
    taxes, gross, *_ = history
    parts = [gross // 3, gross // 3, gross - 2 * (gross // 3)]
    found = received(taxes, gross, DAY, [paid(place, part) for place, part in enumerate(parts, start=1)])
    assert not [each for each in found if each.kind is RevenueKind.OPEN]
    for name, whole in taxes.items():
        assert sum(of(found, RevenueKind.RECEIPT, name)) == whole.tax_minor
