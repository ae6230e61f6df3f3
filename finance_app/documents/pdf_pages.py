"""A process of its own for PDFs from outside, which may be made to exhaust whoever reads them.

`draw FILE FOLDER` makes a picture of each page; `merge BASE OUT pdf:FILE picture:FILE ...` puts receipts
behind a document. The last line of stderr is the fault."""

import resource
import sys
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

MOST_PAGES = 40
DRAWN_PAGES = 12
WIDTH = 1240
A4 = (595, 842)
MARGIN = 36
_MEMORY = 1536 * 1024 * 1024
_SECONDS = 25


class Fault(Exception):
    pass


def opened(path: str) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as fault:
        raise Fault("pdf_locked" if "assword" in str(fault) else "pdf_damaged") from fault


def draw(path: str, folder: str) -> None:
    document = opened(path)
    if not 1 <= len(document) <= MOST_PAGES:
        raise Fault("pdf_pages" if len(document) else "pdf_damaged")
    for number in range(min(len(document), DRAWN_PAGES)):
        page = document[number]
        width, height = page.get_size()
        if width <= 0 or height <= 0:
            raise Fault("pdf_damaged")
        scale = min(WIDTH / width, 2 * WIDTH / height, 4)
        page.render(scale=scale).to_pil().convert("RGB").save(
            Path(folder) / f"{number:03}.jpg", "JPEG", quality=80, optimize=True
        )


def merge(base: str, out: str, parts: list[str]) -> None:
    document = opened(base)
    for number, part in enumerate(parts):
        kind, _, path = part.partition(":")
        if kind == "pdf":
            document.import_pages(opened(path))
        else:
            _add_picture(document, path, Path(out).with_name(f"picture-{number}.jpg"))
    document.save(out)


def _add_picture(document: pdfium.PdfDocument, path: str, as_jpeg: Path) -> None:
    """A page of A4 with the picture as large as its margins allow."""
    with Image.open(path) as image:
        width, height = image.size
        image.convert("RGB").save(as_jpeg, "JPEG", quality=88)
    page_width, page_height = A4 if height >= width else (A4[1], A4[0])
    scale = min((page_width - 2 * MARGIN) / width, (page_height - 2 * MARGIN) / height, 1)
    drawn = pdfium.PdfImage.new(document)
    drawn.load_jpeg(as_jpeg)
    left, bottom = (page_width - width * scale) / 2, page_height - MARGIN - height * scale
    drawn.set_matrix(pdfium.PdfMatrix().scale(width * scale, height * scale).translate(left, bottom))
    page = document.new_page(page_width, page_height)
    page.insert_obj(drawn)
    page.gen_content()


def main(arguments: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    try:
        if arguments[0] == "draw":
            draw(*arguments[1:])
        else:
            merge(arguments[1], arguments[2], arguments[3:])
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
