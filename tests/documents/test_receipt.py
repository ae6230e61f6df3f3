"""Receipts from outside: recognised by content, made harmless, or refused with the reason."""

import io
import zipfile
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter

from finance_app.documents import receipt
from finance_app.documents.receipt import JPEG, PDF, PNG, ReceiptError, merged, prepare

PLACE = 0x8825
ORIENTATION = 0x0112


def picture(kind: str, size=(300, 200), **save) -> bytes:
    """Red above, white below."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0], size[1] // 4))
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def pdf(pages=2, password="") -> bytes:
    made = FPDF()
    for number in range(pages):
        made.add_page()
        made.set_font("helvetica", size=20)
        made.cell(text=f"Receipt {number + 1}")
    content = bytes(made.output())
    if not password:
        return content
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def archive() -> bytes:
    """A small file that unpacks to 50 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", b"\0" * 50_000_000)
    return out.getvalue()


@pytest.fixture
def prepared(tmp_path):
    def prepare_it(content: bytes, name: str = "receipt.jpg"):
        path = tmp_path / name
        path.write_bytes(content)
        return prepare(path)

    return prepare_it


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
         "svg"),
        (archive(), "archive"),
        (b"MZ\x90\x00 a program", "unknown"),
        (b"<html><script>alert(1)</script>", "unknown"),
        (picture("JPEG")[:200], "damaged"),
        (b"\x89PNG\r\n\x1a\n and no more", "damaged"),
        (b"%PDF-1.7 and no more", "pdf_damaged"),
        (pdf(password="secret"), "pdf_locked"),
        (pdf(pages=41), "pdf_pages"),
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_refused_whatever_its_name(prepared, content, code):
    with pytest.raises(ReceiptError) as refusal:
        prepared(content)
    assert refusal.value.code == code


def test_a_pdf_named_jpg_is_a_pdf_with_its_pages_drawn(prepared):
    found = prepared(pdf(), "photo.jpg")
    assert (found.media_type, found.extension, found.content) == (PDF, "pdf", None)
    assert [Image.open(io.BytesIO(page)).format for page in found.pages] == ["JPEG", "JPEG"]


@pytest.mark.parametrize(("kind", "becomes"), [("JPEG", JPEG), ("WEBP", JPEG), ("PNG", PNG)])
def test_a_picture_is_written_anew_as_what_it_is(prepared, kind, becomes):
    found = prepared(picture(kind), "a.gif")
    assert found.media_type == becomes
    assert found.content is not None
    assert Image.open(io.BytesIO(found.content)).size == (300, 200)


def test_heic_of_a_phone_becomes_jpeg_without_its_place():
    found = prepare(Path(__file__).with_name("phone.heic"))
    assert found.media_type == JPEG
    assert found.content is not None
    image = Image.open(io.BytesIO(found.content))
    assert image.size == (96, 64)
    assert not dict(image.getexif())


def test_a_photograph_is_turned_upright_and_tells_nothing_of_its_place(prepared):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(PLACE)[2] = (48.0, 51.0, 24.0)
    found = prepared(picture("JPEG", exif=exif))
    assert found.content is not None
    image = Image.open(io.BytesIO(found.content))
    assert image.size == (200, 300)
    pixel = image.getpixel((190, 150))
    assert isinstance(pixel, tuple)
    red, green, _ = pixel
    assert (red, green) > (200, 0)
    assert green < 60, "what was above is on the right now"
    assert not dict(image.getexif())


def test_a_picture_that_unpacks_without_end_is_refused(prepared, monkeypatch):
    out = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(ReceiptError) as refusal:
        prepared(out.getvalue())
    assert refusal.value.code == "too_large"


def test_a_large_photograph_gets_smaller(prepared):
    found = prepared(picture("JPEG", (4000, 2400)))
    assert found.content is not None
    assert Image.open(io.BytesIO(found.content)).size == (2200, 1320)


def test_a_pdf_that_takes_too_long_is_given_up(prepared, monkeypatch):
    monkeypatch.setattr(receipt, "PDF_SECONDS", 0.01)
    with pytest.raises(ReceiptError) as refusal:
        prepared(pdf())
    assert refusal.value.code == "pdf_slow"


def test_receipts_follow_a_document_as_its_pages(tmp_path):
    (tmp_path / "a").write_bytes(pdf(pages=3))
    (tmp_path / "b").write_bytes(picture("JPEG"))
    (tmp_path / "c").write_bytes(picture("PNG", (200, 600)))
    made = merged(pdf(pages=1), [(PDF, tmp_path / "a"), (JPEG, tmp_path / "b"), (PNG, tmp_path / "c")])
    pages = PdfReader(io.BytesIO(made)).pages
    assert len(pages) == 6
    assert "Receipt 3" in pages[3].extract_text()
    assert [round(pages[n].mediabox.width) for n in (4, 5)] == [842, 595]
    assert len(pages[4].images) == 1
