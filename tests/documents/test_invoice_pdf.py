import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PageObject

from finance_app.documents import wording
from finance_app.documents.data import (
    Client,
    Company,
    Document,
    Kind,
    Line,
    LineKind,
    Mark,
    Paper,
    PriceMode,
    Reference,
    TaxTotal,
)
from finance_app.documents.invoice_pdf import render_pdf
from tests.documents.conftest import flat_text, page_texts, read, structure
from tests.documents.samples import CLIENT, STUDIO, invoice, lines, section


def credit_note(locale: str) -> Document:
    return replace(
        invoice(2, locale),
        kind=Kind.CREDIT_NOTE,
        number="CN-2026-0003",
        original_number="INV-2026-0042",
        original_date=date(2026, 11, 25),
        due_date=None,
        terms="",
        payment_instructions="",
        paid_minor=0,
        balance_minor=invoice(2).total_minor,
    )


def sections() -> Document:
    made = lines(6)
    return replace(
        invoice(6),
        number=None,
        currency="USD",
        paper=Paper.LETTER,
        price_mode=PriceMode.INCLUSIVE,
        lines=(
            section("Phase 1"),
            *made[:3],
            section("Phase 2"),
            replace(made[3], discount="10%"),
            *made[4:],
            Line(name="Goodwill", quantity=Decimal(-1), unit_price=Decimal(250), amount_minor=-25_000),
            Line(name="Hours are rounded to the quarter.", kind=LineKind.NOTE),
        ),
    )


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("invoice_en_1_page", invoice(5)),
        ("invoice_fr_2_pages", invoice(16, "fr")),
        ("invoice_en_3_pages", invoice(40)),
        ("credit_note_fr", credit_note("fr")),
        ("credit_note_en", credit_note("en")),
        ("draft_letter_inclusive_sections", sections()),
        ("paid_fr", replace(invoice(1, "fr"), mark=Mark.PAID)),
    ],
)
def test_the_text_of_the_pages_is_the_golden_one(name, document, golden):
    golden(name, page_texts(document))


def test_the_same_document_gives_the_same_bytes_in_any_thread():
    documents = [invoice(n, locale) for n in (1, 20, 60) for locale in ("en", "fr")] * 3
    expected = [render_pdf(document) for document in documents]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(render_pdf, documents)) == expected


def test_every_figure_of_the_data_is_on_the_pages():
    document = invoice(30)
    text = flat_text(document)
    for line, cells in zip(document.lines, wording.cells(document), strict=True):
        assert cells
        row = f"{line.name}.*?{re.escape(cells.quantity)} {cells.unit_price} 20% {cells.amount}"
        assert re.search(row.replace("\xa0", " "), text.replace("\xa0", " ")), row
    for row in wording.totals(document):
        assert f"{row.label} {row.value}" in text


def numbers(label: str, pages: list[str]) -> list[int]:
    """The amounts in cents printed after a label, one a page."""
    found = [re.search(rf"{label}\s+([\d,]+\.\d\d)", page) for page in pages]
    return [int(re.sub(r"\D", "", match[1])) for match in found if match]


@pytest.mark.parametrize("count", [11, 29, 60, 200])
def test_carried_totals_are_the_sum_of_the_lines_before_them(count):
    document = invoice(count)
    pages = page_texts(document)
    forward, brought = numbers("Carried forward", pages), numbers("Brought forward", pages)
    assert forward
    assert forward == brought
    total = 0
    for page, carried in zip(pages, forward, strict=False):
        amounts = re.findall(r" 20% +([\d,]+\.\d\d)$", page, re.MULTILINE)
        total += sum(int(re.sub(r"\D", "", amount)) for amount in amounts)
        assert carried == total


@pytest.mark.parametrize("count", range(1, 40))
def test_the_totals_share_a_page_with_the_last_line(count):
    pages = page_texts(invoice(count))
    page = next(page for page in pages if "Subtotal" in page)
    assert re.search(rf"^\s*{count}\s+\w", page, re.MULTILINE)
    assert "Amount due" in page.split("Subtotal")[1]


def test_later_pages_say_which_document_they_belong_to():
    pages = page_texts(invoice(60, "fr"))
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} sur {len(pages)}" in page
    for page in pages[1:]:
        assert "Facture INV-2026-0042" in page.splitlines()[0]
    assert all("Montant HT (EUR)" in page for page in pages[1:-1])


def test_a_line_longer_than_a_page_goes_on_over_pages_whole_and_counts_once():
    words = " ".join(f"word{n}" for n in range(3000))
    made = lines(3)
    document = replace(invoice(3), lines=(made[0], replace(made[1], description=words), made[2]))
    pages = page_texts(document)
    assert len(pages) > 3
    found = re.findall(r"word(\d+)", flat_text(document))
    assert [int(n) for n in found] == list(range(3000))
    carried = numbers("Carried forward", pages)
    assert set(carried) == {made[0].amount_minor + made[1].amount_minor}


def test_a_last_line_longer_than_a_page_ends_beside_the_totals():
    words = " ".join(f"word{n}" for n in range(2000))
    document = replace(invoice(1), lines=(replace(lines(1)[0], description=words),))
    pages = page_texts(document)
    page = next(page for page in pages if "Subtotal" in page)
    assert "word1999" in page


def test_a_line_of_any_length_at_any_place_is_drawn_once():
    for before in range(0, 12, 3):
        for count in range(0, 900, 60):
            made = lines(before + 2)
            words = " ".join(f"w{n}x" for n in range(count))
            document = replace(
                invoice(1), lines=(*made[:before], replace(made[before], description=words), made[-1])
            )
            found = re.findall(r"w(\d+)x", flat_text(document))
            assert [int(n) for n in found] == list(range(count)), (before, count)


def test_1296_lines():
    document = invoice(1296)
    pages = page_texts(document)
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert wording.amount_text(document, document.total_minor) in "".join(pages[-2:])


def test_a_credit_note_names_its_invoice_and_asks_for_no_payment():
    text = flat_text(credit_note("fr"))
    assert "Avoir" in text
    assert "Facture d’origine INV-2026-0042 du 25 novembre 2026" in text
    assert "IBAN" not in text


def test_a_draft_has_no_number_and_says_so():
    text = flat_text(replace(invoice(1), number=None))
    assert "Invoice Draft" in text
    assert "INV-" not in text


@pytest.mark.parametrize(
    ("kind", "mark", "word"),
    [
        (Kind.INVOICE, Mark.PAID, "Payée"),
        (Kind.INVOICE, Mark.VOID, "Annulée"),
        (Kind.CREDIT_NOTE, Mark.VOID, "Annulé"),
    ],
)
def test_marks_agree_with_the_kind_in_french_and_stand_on_every_page(kind, mark, word):
    document = replace(invoice(30, "fr"), kind=kind, mark=mark)
    for page in page_texts(document):
        assert re.search(rf"{word}\b", page)


def test_a_void_invoice_asks_for_no_transfer():
    assert "IBAN" not in flat_text(replace(invoice(1), mark=Mark.VOID, payment_instructions=""))


def test_empty_fields_and_no_lines():
    document = Document(
        kind=Kind.INVOICE, currency="JPY", locale="en", company=Company(name=""), client=Client(name="")
    )
    text = flat_text(document)
    assert "No lines" in text
    assert "Amount due" in text
    assert "due date" not in text.lower()


def test_an_exempt_rate_shows_its_reason():
    tax = TaxTotal(
        label="VAT 0%", base_minor=9500, amount_minor=0, exemption_reason="Article 44 of the Directive"
    )
    text = flat_text(replace(invoice(1), taxes=(tax,)))
    assert "VAT 0% on €95.00 €0.00 Article 44 of the Directive" in text


def test_inclusive_prices_show_the_tax_below_the_total_it_is_part_of():
    text = flat_text(replace(invoice(1), price_mode=PriceMode.INCLUSIVE))
    assert text.index("Subtotal incl. tax") < text.index("Total €") < text.index("of which VAT 20%")


def test_negative_amounts_carry_a_minus_sign():
    line = Line(name="Goodwill", quantity=Decimal("-1.5"), unit_price=Decimal(100), amount_minor=-15_000)
    assert "−1.50 100.00 −150.00" in flat_text(replace(invoice(1), lines=(line,)))


def places(page: PageObject) -> list[tuple[float, float]]:
    """Where the texts of a page start."""
    found: list[tuple[float, float]] = []

    def visit(text: str, _outer: object, matrix: list[float], *_: object) -> None:
        if text.strip():
            found.append((matrix[4], matrix[5]))

    page.extract_text(visitor_text=visit)
    return found


def test_absurdly_long_texts_stay_on_the_paper():
    long = "Unbreakable" * 40
    document = replace(
        invoice(3),
        number="N" * 200,
        title=long,
        client=Client(name=long, contact=long, address=(long,) * 20),
        company=replace(STUDIO, name=long, address=(long,) * 20, legal=(long,) * 9),
        projects=(long,) * 50,
        references=tuple(Reference(label=long[:30], value=long) for _ in range(40)),
        lines=(Line(name=long, description=long, discount=long, amount_minor=10**15),),
        notes=long * 20,
        payment_instructions=long * 20,
        legal_mentions=(long * 50,),
    )
    pages = read(render_pdf(document)).pages
    for page in pages:
        width, height = page.mediabox.width, page.mediabox.height
        for x, y in places(page):
            assert 0 < x < width
            assert 0 < y < height


def test_letter_and_a4():
    sizes = {
        paper: read(render_pdf(replace(invoice(1), paper=paper))).pages[0].mediabox[2:] for paper in Paper
    }
    assert [float(edge) for edge in sizes[Paper.LETTER]] == [612, 792]
    assert [round(float(edge)) for edge in sizes[Paper.A4]] == [595, 842]


def test_metadata_language_and_tags():
    pdf = read(render_pdf(invoice(2, "fr")))
    info = pdf.metadata
    assert info
    assert info.title == "Facture INV-2026-0042"
    assert info.author == "Atelier Rivoli"
    assert info.creation_date
    assert info.creation_date.date() == date(2026, 11, 25)
    assert pdf.root_object["/Lang"] == "fr"
    roles = [element["/S"] for element in structure(pdf)]
    assert roles.count("/H1") == 1
    assert "/P" in roles


def test_a_draft_without_dates_draws_the_same_twice():
    document = replace(invoice(1), number=None, issue_date=None)
    assert render_pdf(document) == render_pdf(document)


def test_client_and_company_are_named():
    text = flat_text(invoice(1))
    assert CLIENT.name in text
    assert "SIRET 812 345 678 00021" in text
    assert "FR76 3000 6000 0112 3456 7890 189" in text
