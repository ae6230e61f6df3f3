"""The demo's receipts: till slips and bills, drawn."""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import finance_app.documents
from finance_app.services import files

FONT = Path(finance_app.documents.__file__).parent / "fonts" / "Inter-Regular.ttf"
BOLD = FONT.with_name("Inter-SemiBold.ttf")


@dataclass(frozen=True)
class Slip:
    """What stands on a receipt."""

    merchant: str
    place: str
    day: date
    rows: tuple[tuple[str, str], ...]
    total: str


@dataclass(frozen=True)
class Drawn:
    """A receipt in the data folder: its file, and the picture of its page."""

    sha256: str
    size: int
    media_type: str
    name: str
    page: str


def draw(slip: Slip, *, as_pdf: bool) -> Drawn:
    image = _bill(slip) if as_pdf else _till(slip)
    picture = io.BytesIO()
    image.save(picture, "JPEG", quality=80)
    page, size = _keep(picture.getvalue())
    stem = f"{slip.merchant.lower().replace(' ', '-')}-{slip.day:%Y%m%d}"
    if not as_pdf:
        return Drawn(page, size, "image/jpeg", f"{stem}.jpg", page)
    file = io.BytesIO()
    moment = slip.day.timetuple()
    image.save(file, "PDF", resolution=110, creationDate=moment, modDate=moment)
    sha256, size = _keep(file.getvalue())
    return Drawn(sha256, size, "application/pdf", f"{stem}.pdf", page)


def _keep(content: bytes) -> tuple[str, int]:
    with files.Incoming(files.MEGABYTE) as file:
        file.write(content)
        return file.keep(), len(content)


def _till(slip: Slip) -> Image.Image:
    """A narrow slip on a table, a little askew, as a phone sees it."""
    paper = Image.new("RGB", (420, 330 + 34 * len(slip.rows)), "#fdfdfa")
    write = ImageDraw.Draw(paper)
    write.text((210, 34), slip.merchant, font=ImageFont.truetype(BOLD, 28), fill="#1a1a1a", anchor="ma")
    small = ImageFont.truetype(FONT, 18)
    write.text((210, 76), slip.place, font=small, fill="#444", anchor="ma")
    write.text((210, 102), f"{slip.day:%d/%m/%Y}", font=small, fill="#444", anchor="ma")
    _rows(write, slip, small, 28, 392, 150)
    height = 170 + 34 * len(slip.rows)
    write.line((28, height, 392, height), fill="#999")
    total = ImageFont.truetype(BOLD, 26)
    write.text((28, height + 16), "TOTAL", font=total, fill="#1a1a1a")
    write.text((392, height + 16), slip.total, font=total, fill="#1a1a1a", anchor="ra")
    write.text((210, height + 74), "Merci de votre visite", font=small, fill="#666", anchor="ma")
    table = Image.new("RGB", (paper.width + 90, paper.height + 90), "#8a7561")
    turned = paper.rotate(1.6, expand=True, fillcolor="#8a7561", resample=Image.Resampling.BICUBIC)
    table.paste(turned, ((table.width - turned.width) // 2, (table.height - turned.height) // 2))
    return table


def _bill(slip: Slip) -> Image.Image:
    """A page of A4, as merchants send them by e-mail."""
    paper = Image.new("RGB", (910, 1286), "white")
    write = ImageDraw.Draw(paper)
    write.text((70, 70), slip.merchant, font=ImageFont.truetype(BOLD, 36), fill="#1f2a44")
    small = ImageFont.truetype(FONT, 20)
    write.text((70, 122), slip.place, font=small, fill="#555")
    write.text((840, 78), f"{slip.day:%d/%m/%Y}", font=small, fill="#555", anchor="ra")
    write.text((70, 220), "Atelier Vauclère SAS\n14 rue des Tisserands\n69001 Lyon", font=small, fill="#222")
    _rows(write, slip, small, 70, 840, 380)
    height = 410 + 34 * len(slip.rows)
    write.line((70, height, 840, height), fill="#1f2a44", width=2)
    bold = ImageFont.truetype(BOLD, 26)
    write.text((70, height + 18), "Total TTC", font=bold, fill="#1f2a44")
    write.text((840, height + 18), slip.total, font=bold, fill="#1f2a44", anchor="ra")
    return paper


def _rows(
    write: ImageDraw.ImageDraw, slip: Slip, font: ImageFont.FreeTypeFont, left: int, right: int, top: int
) -> None:
    for place, (name, amount) in enumerate(slip.rows):
        write.text((left, top + 34 * place), name, font=font, fill="#222")
        write.text((right, top + 34 * place), amount, font=font, fill="#222", anchor="ra")
