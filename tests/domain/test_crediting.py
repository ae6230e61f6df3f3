from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finance_app.domain.billing import Discount, DiscountOn, Document, Line, Surcharge, totals
from finance_app.domain.crediting import Credited, credited_so_far, worths
from finance_app.domain.money import round_half_up
from finance_app.domain.tax import PriceMode, Tax, TaxCategory, TaxRounding
from tests.domain.test_billing import documents

PATIENT = settings(deadline=None)
VAT_20 = Tax("TVA 20", Decimal(20))
VAT_55 = Tax("TVA 5,5", Decimal("5.5"))
EXPORT = Tax("Export", Decimal(0), TaxCategory.EXPORT, "Art. 262 I CGI")

rated = st.builds(
    Document,
    currency=st.just("EUR"),
    lines=st.lists(
        st.builds(
            Line,
            unit_price=st.decimals("0.01", "900", places=2),
            taxes=st.sampled_from([(VAT_20,), (VAT_55,), (EXPORT,), ()]),
        ),
        min_size=1,
        max_size=5,
    ).map(tuple),
    prices=st.sampled_from(PriceMode),
)


def parts_of(document: Document, data: st.DataObject) -> list[Credited]:
    """The invoice credited in up to four random parts, then the rest."""
    figures = totals(document)
    worth = worths(document, figures)
    so_far = [0] * len(worth)
    notes: list[Credited] = []
    for last in (False, False, False, True):
        for place, most in enumerate(worth):
            left = most - so_far[place]
            low, high = min(left, 0), max(left, 0)
            so_far[place] += left if last else data.draw(st.integers(low, high))
        now = credited_so_far(document, figures, so_far)
        for note in notes:
            now = now.less(note)
        notes.append(now)
    return notes


@PATIENT
@given(documents, st.data())
def test_parts_over_everything_come_to_the_invoice_per_tax_and_in_total(document, data):
    figures = totals(document)
    notes = parts_of(document, data)
    assert sum(note.net_minor for note in notes) == figures.net_minor
    assert sum(note.total_minor for note in notes) == figures.total_minor
    for charge in figures.taxes:
        same = [part for note in notes for part in note.taxes if part.tax == charge.tax]
        assert sum(part.tax_minor for part in same) == charge.tax_minor
        assert sum(part.base_minor for part in same) == charge.base_minor
    surcharges = [extra for note in notes for extra in note.surcharges]
    assert surcharges == list(figures.surcharges)


@PATIENT
@given(rated, st.data())
def test_the_tax_of_a_part_is_that_of_its_base_within_a_cent(document, data):
    for note in parts_of(document, data):
        for charge in note.taxes:
            exact = charge.base_minor * charge.tax.rate / 100
            assert abs(charge.tax_minor - exact) <= Decimal("1.5")


def test_a_rate_credited_in_three_notes_is_not_a_cent_off():
    third = Line(unit_price=Decimal("0.33"), taxes=(VAT_20,))
    document = Document("EUR", (third, third, third))
    figures = totals(document)
    notes: list[Credited] = []
    for so_far in ([33, 0, 0], [33, 33, 0], [33, 33, 33]):
        now = credited_so_far(document, figures, so_far)
        for note in notes:
            now = now.less(note)
        notes.append(now)
    assert [note.tax_minor for note in notes] == [7, 6, 7]
    assert figures.tax_minor == 20
    assert round_half_up(Decimal(33) / 5) * 3 == 21


def test_what_stands_beside_the_lines_goes_with_the_last_part():
    document = Document(
        "EUR",
        (Line(unit_price=Decimal(100), taxes=(VAT_20,)), Line(unit_price=Decimal(50), taxes=(VAT_20,))),
        surcharges=(Surcharge("Travel", 10_00, (VAT_20,)),),
        discount=Discount(percent=Decimal(10)),
        discount_on=DiscountOn.TOTAL,
        tax_rounding=TaxRounding.PER_LINE,
    )
    figures = totals(document)
    first = credited_so_far(document, figures, [100_00, 0])
    last = credited_so_far(document, figures, [100_00, 50_00]).less(first)
    assert (first.net_minor, first.tax_minor, first.discount_after_tax_minor) == (100_00, 20_00, 12_00)
    assert first.surcharges == ()
    assert [extra.name for extra in last.surcharges] == ["Travel"]
    assert first.total_minor + last.total_minor == figures.total_minor


@PATIENT
@given(rated)
def test_nothing_credited_is_nothing(document):
    figures = totals(document)
    assume(any(worths(document, figures)))
    assert credited_so_far(document, figures, [0] * len(document.lines)) == Credited()
