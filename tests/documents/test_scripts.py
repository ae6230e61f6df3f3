from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.documents.canvas import FontUse
from finance_app.documents.data import Client
from finance_app.documents.invoice_pdf import render_pdf
from finance_app.documents.layout import BODY, MARK, readable
from finance_app.documents.text import clipped, drawable, one_line, wrap
from finance_app.documents.typeface import REGULAR, SEMIBOLD, typeface
from tests.documents.conftest import flat_text, read
from tests.documents.samples import invoice

LATIN = "Łódź Žižkov Şişli Ħaż-Żabbar Reykjavík Đặng Thị Hường Œuvre Ÿ ẞ ĳ Țară"
GREEK = "Αθηναϊκή Ζυθοποιία ΐ ΰ Ώ ᾧ"
CYRILLIC = "Ольга Журавлёва Ђорђе Ґанок Їжак Қазақстан Ўзбек"
CURRENCIES = "€ £ $ ¥ ₹ zł Kč ₺ ₴ ₽ ₪ ₩ ₦ ₫ ₿ ฿ ₱ ₡ ₲ ₵ ₸ ₼ ₾ ₭ ₮ ƒ ¢"
PUNCTUATION = "’ “ ” « » – — … • · № § † ° ‰ × ÷ − ± ½ → ✓ ™ ® © \u00a0\u202f"


@pytest.mark.parametrize("cut", [REGULAR, SEMIBOLD])
@pytest.mark.parametrize("text", [LATIN, GREEK, CYRILLIC, CURRENCIES, PUNCTUATION])
def test_the_fonts_draw_all_of_latin_greek_cyrillic_and_the_usual_currencies(cut, text):
    assert [char for char in text if char not in typeface(cut).glyphs] == []


@pytest.mark.parametrize("cut", [REGULAR, SEMIBOLD])
def test_every_letter_of_the_main_blocks_is_there(cut):
    glyphs = typeface(cut).glyphs
    blocks = (range(0x21, 0x7F), range(0xA1, 0xAD), range(0xAE, 0x149), range(0x14A, 0x180))
    blocks += (range(0x386, 0x38B), range(0x391, 0x3A2), range(0x3A3, 0x3CF), range(0x400, 0x460))
    assert [hex(code) for block in blocks for code in block if chr(code) not in glyphs] == []


@pytest.mark.parametrize("cut", [REGULAR, SEMIBOLD])
def test_digits_are_tabular_and_never_kerned(cut):
    face = typeface(cut)
    assert len({face.advances[digit] for digit in "0123456789"}) == 1
    assert not [pair for pair in face.kerning if set(pair) & set("0123456789")]
    assert face.width("1,117.11") == pytest.approx(face.width("8,888.88"))


@pytest.mark.parametrize("text", [LATIN, GREEK, CYRILLIC, CURRENCIES])
def test_what_is_drawn_can_be_copied(text):
    assert text in flat_text(replace(invoice(1), client=Client(name="x", address=tuple(text.split("\n")))))


@pytest.mark.parametrize("text", ["مرحبا", "שלום", "東京都", "한국어", "🎉🧾", "ไทย", "𝛑𐍈"])
def test_a_character_without_glyph_is_an_empty_box_that_keeps_its_meaning(text):
    document = replace(invoice(1), client=Client(name=text))
    for char in drawable(text):
        assert char in flat_text(document)
    use = FontUse(SEMIBOLD, 1)
    use.show("東")
    assert use.glyph_ids == [0, 0]
    assert typeface(SEMIBOLD).width("東") > 100


def test_text_is_cleaned_of_what_has_no_shape():
    assert drawable("a\u202eb\u200d\ufe0f\u00ad\x07\ud800c") == "abc"
    assert drawable("e\u0301\tﬁ\r\nＡ") == "é ﬁ\nＡ".replace("Ａ", "A").replace(
        "ﬁ", "ﬁ" if "ﬁ" in typeface(REGULAR).glyphs else "fi"
    )


@given(st.text(max_size=300), st.floats(min_value=12, max_value=400))
def test_wrapping_keeps_the_text_and_the_width(text, width):
    lines = wrap(text, BODY, width)
    assert "".join("".join(lines).split()) == "".join(drawable(text).split())
    for line in lines:
        assert len(line) <= 1 or BODY.width(line) <= width + 0.5


@given(st.text(max_size=60))
def test_any_text_can_be_drawn(text):
    render_pdf(replace(invoice(1), client=Client(name=text), title=text, notes=text, number=text))


def test_one_line_is_cut_with_an_ellipsis():
    assert one_line("short", BODY, 100) == "short"
    cut = one_line("a long name that goes on", BODY, 60)
    assert cut.endswith("…")
    assert BODY.width(cut) <= 60


def test_clipped_lines_say_that_there_were_more():
    assert clipped(["a", "b"], 2) == ["a", "b"]
    assert clipped(["one", "two", "three"], 2) == ["one", "tw…"]


def test_tracking_counts_in_the_width():
    assert MARK.width("ab") == pytest.approx((typeface(REGULAR).width("ab") - 44) * 27 / 1000)


def test_only_used_glyphs_are_embedded():
    pdf = read(render_pdf(invoice(1)))
    page: Any = pdf.pages[0]
    fonts = page["/Resources"]["/Font"]
    for reference in fonts.values():
        glyphs = reference["/DescendantFonts"][0]
        file = glyphs["/FontDescriptor"]["/FontFile2"].get_data()
        assert file[:4] == b"\0\1\0\0"
        assert len(file) < 40_000


def luminance(operand: str) -> float:
    channels = [float(part) for part in operand.split()]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("accent", ["#FFFF00", "#ffffff", "#F5C400", "#4F46E5", "#000000"])
def test_an_accent_is_darkened_until_it_reads_on_white(accent):
    assert 1.05 / (luminance(readable(accent)) + 0.05) >= 4.4


@pytest.mark.parametrize("accent", ["", "red", "#12", "#GGGGGG", "#4F46E5; x"])
def test_an_accent_that_is_no_colour_is_refused(accent):
    with pytest.raises(ValueError):
        readable(accent)


def test_kerning_narrows_pairs():
    face = typeface(SEMIBOLD)
    assert all(face.width(a + b) < face.width(a) + face.width(b) for a, b in pairwise("AVA"))
