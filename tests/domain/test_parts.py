"""Parts of what was agreed: never more than agreed, and to the cent once all is billed."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain import parts
from finance_app.domain.errors import DomainError
from finance_app.domain.money import round_half_up
from finance_app.domain.parts import Agreed, AgreedLine, Deduct, Group, PartKind, PartLine

RATES = (Decimal(20), Decimal("5.5"), Decimal(0))


@dataclass
class Deal:
    """An agreed sum with the parts billed of it; the engine of taxes is played by one rounding a group."""

    lines: list[AgreedLine]
    parts: list[list[PartLine]] = field(default_factory=list)
    taxes: list[list[tuple[Decimal, int]]] = field(default_factory=list)

    def tax_of(self, rate: Decimal) -> int:
        net = sum(line.net_minor for line in self.lines if line.group == rate)
        return round_half_up(Fraction(net) * Fraction(rate) / 100)

    def agreed(self) -> Agreed:
        billed = [each for part in self.parts for each in part]
        lines = tuple(
            replace(line, billed_minor=sum(each.net_minor for each in billed if each.line_id == line.id))
            for line in self.lines
        )
        groups = []
        for rate in dict.fromkeys(line.group for line in self.lines):
            advances = [e for e in billed if e.group == rate and e.kind is not PartKind.WORK]
            groups.append(
                Group(
                    rate,
                    sum(line.net_minor for line in self.lines if line.group == rate),
                    (self.tax_of(rate),),
                    (sum(tax for taxes in self.taxes for key, tax in taxes if key == rate),),
                    sum(each.net_minor for each in advances),
                    (self.advance_tax(rate),),
                )
            )
        return Agreed(lines, tuple(groups))

    def advance_tax(self, rate: Decimal) -> int:
        found = 0
        for part in self.parts:
            deposit = sum(e.net_minor for e in part if e.group == rate and e.kind is PartKind.DEPOSIT)
            found += round_half_up(Fraction(deposit) * Fraction(rate) / 100)
            found += sum(
                e.taxes[0] for e in part if e.group == rate and e.kind is PartKind.DEDUCTION and e.taxes
            )
        return found

    def bill(self, part: list[PartLine]) -> None:
        taxes = []
        for rate in {each.group for each in part}:
            open_net = sum(e.net_minor for e in part if e.group == rate and e.taxes is None)
            settled = sum(e.taxes[0] for e in part if e.group == rate and e.taxes is not None)
            taxes.append((rate, round_half_up(Fraction(open_net) * Fraction(rate) / 100) + settled))
        self.parts.append(part)
        self.taxes.append(taxes)

    def net(self) -> int:
        return sum(each.net_minor for part in self.parts for each in part)

    def tax(self) -> int:
        return sum(tax for taxes in self.taxes for _, tax in taxes)


amounts = st.integers(1, 2_000_000)
deals = st.lists(st.tuples(amounts, st.sampled_from(RATES)), min_size=1, max_size=6).map(
    lambda rows: Deal([AgreedLine(n, rate, net) for n, (net, rate) in enumerate(rows, 1)])
)
percents = st.decimals(Decimal("0.5"), Decimal(60), places=2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), percents),
        st.tuples(st.just("percentage"), percents),
        st.tuples(st.just("progress"), percents),
        st.tuples(st.just("lines"), st.lists(st.integers(1, 6), min_size=1, max_size=3)),
    ),
    max_size=6,
)


def take(deal: Deal, kind: str, value, deduct: Deduct) -> bool:
    """Bill a part; False where the rule refuses it."""
    agreed = deal.agreed()
    try:
        if kind == "deposit":
            found = parts.deposit(agreed, value)
        elif kind == "percentage":
            found = parts.part(agreed, parts.by_percentage(agreed, value), deduct)
        elif kind == "progress":
            goal = {line.id: value for line in agreed.lines}
            found = parts.part(agreed, parts.progress_to(agreed, goal), deduct)
        else:
            found = parts.part(agreed, parts.by_lines(agreed, value), deduct)
    except DomainError:
        return False
    deal.bill(found)
    return True


@given(deal=deals, plan=steps, deduct=st.sampled_from(Deduct))
def test_parts_never_exceed_and_close_to_the_cent(deal: Deal, plan, deduct: Deduct):
    for kind, value in plan:
        take(deal, kind, value, deduct)
        parts.check_within(deal.agreed())
        for group in deal.agreed().groups:
            assert 0 <= deal.agreed().left_of(group) <= group.net_minor
    agreed = deal.agreed()
    if agreed.left_minor or any(group.advance_minor for group in agreed.groups):
        deal.bill(parts.part(agreed, parts.balance(agreed), deduct))
    agreed = deal.agreed()
    assert agreed.left_minor == 0
    assert all(group.advance_minor == 0 and group.advance_taxes == (0,) for group in agreed.groups)
    assert all(line.left_minor == 0 for line in agreed.lines)
    assert deal.net() == sum(line.net_minor for line in deal.lines)
    assert deal.tax() == sum(deal.tax_of(group.key) for group in agreed.groups)


def test_a_third_each_closes_where_rounding_alone_would_not():
    deal = Deal([AgreedLine(1, Decimal(20), 10001)])
    for _ in range(2):
        assert take(deal, "percentage", Decimal("33.34"), Deduct.AT_END)
    agreed = deal.agreed()
    deal.bill(parts.part(agreed, parts.balance(agreed), Deduct.AT_END))
    assert (deal.net(), deal.tax()) == (10001, 2000)


def test_a_deposit_is_deducted_in_proportion_with_its_tax():
    deal = Deal([AgreedLine(1, Decimal(20), 100_000), AgreedLine(2, Decimal("5.5"), 50_000)])
    assert take(deal, "deposit", Decimal(30), Deduct.PROPORTIONAL)
    assert [(e.group, e.net_minor) for e in deal.parts[0]] == [
        (Decimal(20), 30_000),
        (Decimal("5.5"), 15_000),
    ]
    assert take(deal, "percentage", Decimal(50), Deduct.PROPORTIONAL)
    off = [(e.group, e.net_minor, e.taxes) for e in deal.parts[1] if e.kind is PartKind.DEDUCTION]
    assert off == [(Decimal(20), -15_000, (-3_000,)), (Decimal("5.5"), -7_500, (-413,))]


def test_at_the_end_the_whole_deposit_is_deducted_with_the_last_part():
    deal = Deal([AgreedLine(1, Decimal(20), 100_000)])
    assert take(deal, "deposit", Decimal(30), Deduct.AT_END)
    assert take(deal, "progress", Decimal(70), Deduct.AT_END)
    assert not any(e.kind is PartKind.DEDUCTION for e in deal.parts[1])
    assert not take(deal, "progress", Decimal(80), Deduct.AT_END), "work and the deposit exceed the agreed"
    agreed = deal.agreed()
    last = parts.part(agreed, parts.balance(agreed), Deduct.AT_END)
    assert [(e.kind, e.net_minor, e.taxes) for e in last] == [
        (PartKind.WORK, 30_000, (6_000,)),
        (PartKind.DEDUCTION, -30_000, (-6_000,)),
    ]


@pytest.mark.parametrize("percent", [Decimal(0), Decimal(-5), Decimal("100.01")])
def test_percentages_out_of_range_are_refused(percent: Decimal):
    agreed = Deal([AgreedLine(1, Decimal(20), 1000)]).agreed()
    with pytest.raises(DomainError, match=r"error\.parts\.percent"):
        parts.deposit(agreed, percent)
    with pytest.raises(DomainError, match=r"error\.parts\.percent"):
        parts.by_percentage(agreed, percent)


def test_more_than_is_left_is_refused():
    deal = Deal([AgreedLine(1, Decimal(20), 1000)])
    assert take(deal, "deposit", Decimal(60), Deduct.AT_END)
    assert not take(deal, "deposit", Decimal(50), Deduct.AT_END)
    with pytest.raises(DomainError, match=r"error\.parts\.above_line"):
        parts.part(deal.agreed(), {1: 1001}, Deduct.AT_END)
    with pytest.raises(DomainError, match=r"error\.parts\.nothing"):
        parts.part(deal.agreed(), {}, Deduct.AT_END)
    with pytest.raises(DomainError, match=r"error\.parts\.above_left"):
        parts.deposit_of(deal.agreed(), 401)
