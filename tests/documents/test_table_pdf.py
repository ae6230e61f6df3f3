from datetime import UTC, datetime
from decimal import Decimal

from finance_app.api.exports.files import as_pdf
from finance_app.documents.table_pdf import Table, render_table
from tests.documents.conftest import read, structure

MADE = datetime(2026, 3, 1, tzinfo=UTC)


def table(rows: int, columns: int = 4, locale: str = "en") -> bytes:
    heads = ["Client", *(f"Column {number}" for number in range(1, columns))]
    return render_table(
        Table(
            title="Receivables by age",
            company="Atelier Rivoli",
            context="Client: Ardent",
            heads=heads,
            numeric=[False, *[True] * (columns - 1)],
            rows=[
                ["A long name of a client & Sons " * 3, *["1,234.56"] * (columns - 1)] for _ in range(rows)
            ],
            totals=[["Total", *["9,999.99"] * (columns - 1)]],
            locale=locale,
        ),
        MADE,
    )


def test_a_long_table_goes_on_with_its_heads_and_tells_the_page_of_so_many() -> None:
    pages = [page.extract_text() for page in read(table(120)).pages]
    assert len(pages) > 2
    assert all("Column 1" in text for text in pages)
    assert f"Page 2 of {len(pages)}" in pages[1]
    assert "9,999.99" in pages[-1]
    assert "9,999.99" not in pages[0]
    assert sum(text.count("A long name of a client & Sons A") for text in pages) == 120


def test_many_columns_lie_on_their_side_and_stay_on_the_page() -> None:
    page = read(table(3, columns=10)).pages[0]
    assert page.mediabox.width > page.mediabox.height
    upright = read(table(3)).pages[0]
    assert upright.mediabox.height > upright.mediabox.width


def test_an_empty_list_says_so_and_the_file_is_tagged() -> None:
    pdf = read(table(0, locale="fr"))
    assert "Page 1 sur 1" in pdf.pages[0].extract_text()
    assert structure(pdf)[0]["/S"] == "/H1"


def test_cells_are_in_the_readers_words() -> None:
    pdf = as_pdf("Liste", ["Jour", "Montant"], [[MADE.date(), Decimal("-1234.50")]], "fr", company="Rivoli")
    text = read(pdf).pages[0].extract_text().replace("\u202f", " ").replace("\xa0", " ")
    assert "1er mars 2026" in text
    assert "\u22121 234,50" in text
