import io
from dataclasses import replace

import pytest
from PIL import Image

from finance_app.documents.invoice_pdf import render_pdf
from finance_app.documents.logo import MAX_HEIGHT, MAX_WIDTH, LogoError, prepare
from tests.documents.conftest import read, structure
from tests.documents.samples import STUDIO, invoice

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><path d="M0 0h200v50z" fill="#0a7"/></svg>'
)


def bitmap(width: int, height: int, mode: str = "RGBA", kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "navy").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        bitmap(300, 80),
        bitmap(3000, 900),
        bitmap(40, 2000, "RGB", "JPEG"),
        bitmap(64, 64, "P"),
        bitmap(64, 64, "LA"),
        SVG,
        SVG.replace(b"</svg>", b'<text x="5" y="30" font-size="20">Rivoli</text></svg>'),
        b'<?xml version="1.0"?>\n<!-- made by hand -->\n' + SVG,
    ],
)
def test_a_logo_is_drawn_within_its_box_and_tagged_with_the_name(data):
    logo = prepare(data)
    assert logo.width <= MAX_WIDTH + 0.01
    assert logo.height <= MAX_HEIGHT + 0.01
    assert logo.width == pytest.approx(MAX_WIDTH) or logo.height == pytest.approx(MAX_HEIGHT)
    pdf = read(render_pdf(replace(invoice(1), company=replace(STUDIO, logo=data))))
    figures = [element for element in structure(pdf) if element["/S"] == "/Figure"]
    assert [figure["/Alt"] for figure in figures] == ["Atelier Rivoli"]


@pytest.mark.parametrize(
    "data",
    [
        b"no image",
        bitmap(50, 50)[:60],
        bitmap(50, 50, "RGB", "GIF"),
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG,
    ],
)
def test_what_is_no_logo_is_refused(data):
    with pytest.raises(LogoError) as caught:
        prepare(data)
    assert "PNG" in caught.value.message("fr") or "viewBox" in caught.value.message("fr")


def test_a_logo_cannot_make_the_server_read_other_files(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(bitmap(10, 10))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="{secret}" width="10" height="10"/></svg>'
    ).encode()
    with pytest.raises(LogoError):
        render_pdf(replace(invoice(1), company=replace(STUDIO, logo=svg)))


@pytest.mark.parametrize("data", [bitmap(300, 80), bitmap(300, 80, "RGB", "JPEG"), SVG])
def test_the_same_logo_gives_the_same_bytes_each_time(data):
    document = replace(invoice(1), company=replace(STUDIO, logo=data))
    assert render_pdf(document) == render_pdf(document)
    assert len(read(render_pdf(document)).pages[0].images) == (0 if data is SVG else 1)
