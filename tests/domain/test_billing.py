from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.billing import (
    CashRounding,
    Discount,
    DiscountOn,
    Document,
    Line,
    Surcharge,
    check_vat_rules,
    totals,
)
from finance_app.domain.errors import DomainError
from finance_app.domain.money import round_half_up
from finance_app.domain.tax import InclusiveTaxes, PriceMode, Tax, TaxCategory, TaxRounding

VAT_19 = Tax("VAT 19", Decimal(19))
VAT_20 = Tax("TVA 20", Decimal(20))
VAT_55 = Tax("TVA 5,5", Decimal("5.5"))
EXPORT = Tax("Export", Decimal(0), TaxCategory.EXPORT, "Art. 262 I CGI")
GST = Tax("GST", Decimal(5))
QST_ON_GST = Tax("QST", Decimal("9.5"), compound=True)
RETENTION = Tax("IRPF", Decimal(-15))

taxes = st.lists(
    st.sampled_from([VAT_19, VAT_20, VAT_55, EXPORT, GST, QST_ON_GST, RETENTION]), max_size=2, unique=True
).map(tuple)
discounts = st.none() | st.one_of(
    st.builds(Discount, percent=st.decimals(0, 100, places=2)),
    st.builds(Discount, amount_minor=st.integers(0, 10_000)),
)
lines = st.builds(
    Line,
    unit_price=st.decimals(0, 1000, places=3),
    quantity=st.decimals(-10, 100, places=4),
    discount=discounts,
    taxes=taxes,
)
documents = st.builds(
    Document,
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    lines=st.lists(lines, max_size=12).map(tuple),
    prices=st.sampled_from(PriceMode),
    tax_rounding=st.sampled_from(TaxRounding),
    inclusive_taxes=st.sampled_from(InclusiveTaxes),
    taxes=st.lists(st.sampled_from([VAT_20, GST]), max_size=1).map(tuple),
    surcharges=st.lists(
        st.builds(Surcharge, st.just("Fee"), st.integers(-500, 5000), taxes, st.booleans()), max_size=2
    ).map(tuple),
    discount=discounts,
    discount_on=st.sampled_from(DiscountOn),
    cash_rounding=st.none() | st.builds(CashRounding, st.integers(1, 100)),
)


@given(documents)
def test_every_figure_is_the_sum_of_its_parts(document: Document) -> None:
    figures = totals(document)
    parts = [*figures.lines, *figures.surcharges]
    assert figures.subtotal_minor == sum(line.amount_minor for line in figures.lines)
    assert figures.discount_minor == sum(line.document_discount_minor for line in figures.lines)
    assert figures.net_minor == sum(part.net_minor for part in parts)
    assert figures.tax_minor == sum(charge.tax_minor for charge in figures.taxes)
    assert figures.tax_minor == sum(part.tax_minor for part in parts)
    assert figures.surcharge_minor == sum(extra.amount_minor for extra in figures.surcharges)
    exact = figures.net_minor + figures.tax_minor - figures.discount_after_tax_minor
    assert figures.total_minor == exact + figures.rounding_minor
    for charge in figures.taxes:
        of_this_tax = [each for part in parts for each in part.taxes if each.tax == charge.tax]
        assert charge.base_minor == sum(each.base_minor for each in of_this_tax)
        assert charge.tax_minor == sum(each.tax_minor for each in of_this_tax)


@given(documents)
def test_lines_hang_together(document: Document) -> None:
    for line in totals(document).lines:
        assert line.gross_minor - line.discount_minor == line.amount_minor
        assert line.total_minor == line.net_minor + line.tax_minor
        if document.discount_on is DiscountOn.PRICES:
            priced = line.net_minor if document.prices is PriceMode.EXCLUSIVE else line.total_minor
            assert priced == line.amount_minor - line.document_discount_minor


@given(documents)
def test_an_inclusive_total_is_what_the_prices_say(document: Document) -> None:
    figures = totals(
        replace(document, prices=PriceMode.INCLUSIVE, discount_on=DiscountOn.PRICES, cash_rounding=None)
    )
    assert figures.total_minor == figures.subtotal_minor - figures.discount_minor + figures.surcharge_minor


@given(documents)
def test_tax_per_rate_is_the_rounded_tax_of_its_base(document: Document) -> None:
    plain = replace(
        document,
        prices=PriceMode.EXCLUSIVE,
        tax_rounding=TaxRounding.PER_RATE,
        discount_on=DiscountOn.PRICES,
    )
    for charge in totals(plain).taxes:
        assert charge.tax_minor == round_half_up(Fraction(charge.tax.rate) * charge.base_minor / 100)


@given(documents)
def test_a_discount_with_tax_takes_exactly_its_amount_off_the_total(document: Document) -> None:
    off = Discount(amount_minor=777)
    plain = replace(document, discount=None, cash_rounding=None, inclusive_taxes=InclusiveTaxes.COMBINED)
    before = totals(plain).total_minor
    expected = before - 777 if plain.lines else before
    assert totals(replace(plain, discount=off, discount_on=DiscountOn.GROSS)).total_minor == expected
    if plain.lines:
        assert totals(replace(plain, discount=off, discount_on=DiscountOn.TOTAL)).total_minor == before - 777


@given(documents)
def test_a_mirrored_document_has_mirrored_totals(document: Document) -> None:
    """A full credit note is the invoice with every amount turned round."""

    def mirrored(discount: Discount | None) -> Discount | None:
        if discount is None or discount.amount_minor is None:
            return discount
        return Discount(amount_minor=-discount.amount_minor)

    credit = replace(
        document,
        lines=tuple(
            replace(line, quantity=-line.quantity, discount=mirrored(line.discount))
            for line in document.lines
        ),
        surcharges=tuple(replace(extra, amount_minor=-extra.amount_minor) for extra in document.surcharges),
        discount=mirrored(document.discount),
    )
    assert totals(credit).total_minor == -totals(document).total_minor
    assert totals(credit).tax_minor == -totals(document).tax_minor


@pytest.mark.parametrize(
    ("rounding", "base", "tax"),
    [(TaxRounding.PER_RATE, 420_17, 79_83), (TaxRounding.PER_LINE, 420_15, 79_85)],
)
def test_five_times_100_gross_at_19_percent(rounding: TaxRounding, base: int, tax: int) -> None:
    line = Line(Decimal(100), taxes=(VAT_19,))
    figures = totals(Document("EUR", (line,) * 5, PriceMode.INCLUSIVE, rounding))
    assert [(charge.base_minor, charge.tax_minor) for charge in figures.taxes] == [(base, tax)]
    assert sum(line.net_minor for line in figures.lines) == base
    assert figures.total_minor == 500_00


def test_a_document_discount_sums_over_the_tax_rates() -> None:
    lines = (Line(Decimal("10.01"), taxes=(VAT_20,)), Line(Decimal("20.02"), taxes=(VAT_55,)))
    figures = totals(Document("EUR", lines, discount=Discount(percent=Decimal(10))))
    assert figures.discount_minor == 3_00
    assert [charge.base_minor for charge in figures.taxes] == [9_01, 18_02]
    assert [charge.tax_minor for charge in figures.taxes] == [1_80, 99]


def test_a_discount_after_tax_leaves_the_taxes() -> None:
    lines = (Line(Decimal(100), taxes=(VAT_20,)),)
    discount = Discount(percent=Decimal(10))
    figures = totals(Document("EUR", lines, discount=discount, discount_on=DiscountOn.TOTAL))
    assert (figures.tax_minor, figures.discount_after_tax_minor, figures.total_minor) == (
        20_00,
        12_00,
        108_00,
    )


def test_a_discount_stated_net_lowers_the_bases_of_inclusive_prices() -> None:
    lines = (Line(Decimal(120), taxes=(VAT_20,)),)
    document = Document("EUR", lines, PriceMode.INCLUSIVE, discount=Discount(amount_minor=10_00))
    figures = totals(replace(document, discount_on=DiscountOn.NET))
    assert (figures.net_minor, figures.tax_minor, figures.total_minor) == (90_00, 18_00, 108_00)


@pytest.mark.parametrize(
    ("prices", "price", "net"),
    [(PriceMode.EXCLUSIVE, "100", 100_00), (PriceMode.INCLUSIVE, "114.98", 100_00)],
)
def test_a_compound_tax_is_charged_on_the_tax_beside_it(prices: PriceMode, price: str, net: int) -> None:
    line = Line(Decimal(price), taxes=(QST_ON_GST, GST))
    figures = totals(Document("CAD", (line,), prices))
    assert figures.net_minor == net
    assert [(charge.base_minor, charge.tax_minor) for charge in figures.taxes] == [
        (105_00, 9_98),
        (100_00, 5_00),
    ]


def test_time_is_billed_by_the_second_and_a_preset_amount_stays() -> None:
    lines = (Line(Decimal(100), seconds=8400), Line(amount_minor=12_34))
    assert [line.gross_minor for line in totals(Document("EUR", lines)).lines] == [233_33, 12_34]


def test_a_surcharge_carries_its_own_tax() -> None:
    shipping = Surcharge("Shipping", 10_00, taxes=(VAT_20,))
    figures = totals(Document("EUR", (Line(Decimal(100), taxes=(VAT_20,)),), surcharges=(shipping,)))
    assert [(charge.base_minor, charge.tax_minor) for charge in figures.taxes] == [(110_00, 22_00)]
    assert figures.total_minor == 132_00


def test_cash_rounding_shows_what_it_changed() -> None:
    figures = totals(Document("CHF", (Line(Decimal("10.03")),), cash_rounding=CashRounding(5)))
    assert (figures.rounding_minor, figures.total_minor) == (2, 10_05)


def test_an_empty_draft_is_zero_whatever_its_discount() -> None:
    assert totals(Document("EUR", (), discount=Discount(amount_minor=5_00))).total_minor == 0


def test_the_european_union_refuses_what_its_invoices_cannot_say() -> None:
    line = Line(Decimal(1), taxes=(VAT_20,))
    check_vat_rules(Document("EUR", (line,)))
    with pytest.raises(DomainError, match="several_vat_rates"):
        check_vat_rules(Document("EUR", (line, replace(line, taxes=(VAT_20, VAT_55)))))
    with pytest.raises(DomainError, match="discount_after_tax"):
        check_vat_rules(
            Document("EUR", (line,), discount=Discount(amount_minor=1), discount_on=DiscountOn.TOTAL)
        )


def test_taxes_and_discounts_that_cannot_be_are_refused() -> None:
    with pytest.raises(DomainError, match="category_without_rate"):
        Tax("Export", Decimal(20), TaxCategory.EXPORT)
    with pytest.raises(DomainError, match="rate_too_low"):
        Tax("Nothing left", Decimal(-100))
    with pytest.raises(DomainError, match="discount_is_one_of_two"):
        Discount()
    thieves = (Tax("a", Decimal(-60)), Tax("b", Decimal(-60)))
    robbed = Document("EUR", (Line(Decimal(1), taxes=thieves),), PriceMode.INCLUSIVE)
    with pytest.raises(DomainError, match="no_net_left"):
        totals(robbed)
