"""A receipt as somebody brought it: recognised by its content, made harmless, and drawn as pictures.

A photograph is turned upright, made smaller and written anew without what else the file held (place, camera,
thumbnails). A PDF is kept as it is; its pages are drawn by a process of its own with limits of memory and
time, so that a file made to exhaust us exhausts that.
"""

import io
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pi_heif
from PIL import Image, ImageOps, UnidentifiedImageError

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
LONGEST_SIDE = 2200
MOST_PIXELS = 60_000_000
MOST_PAGES = 40
PDF_SECONDS = 30
_QUALITY = 82
_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")

pi_heif.register_heif_opener()


class ReceiptError(ValueError):
    """The file is no receipt. `code` is empty, svg, archive, unknown, damaged, too_large, pdf_locked,
    pdf_damaged, pdf_pages or pdf_slow."""

    def __init__(self, code: str) -> None:
        super().__init__(f"receipt: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is kept. `content` is None where the file stays as it came; `pages` are JPEG or PNG pictures,
    empty where the content itself is the picture."""

    media_type: str
    extension: str
    content: bytes | None = None
    pages: list[bytes] = field(default_factory=list)


def prepare(path: Path) -> Receipt:
    """Raises ReceiptError."""
    with path.open("rb") as file:
        start = file.read(2048)
    if not start:
        raise ReceiptError("empty")
    if b"%PDF-" in start[:1024]:
        return Receipt(PDF, "pdf", pages=_pages(path))
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n")) or _is_webp(start) or _is_heif(start):
        return _picture(path)
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh")):
        raise ReceiptError("archive")
    if b"<svg" in start.lower():
        raise ReceiptError("svg")
    raise ReceiptError("unknown")


def _is_webp(start: bytes) -> bool:
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def _is_heif(start: bytes) -> bool:
    return start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS


def _picture(path: Path) -> Receipt:
    try:
        with Image.open(path, formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ReceiptError("too_large")
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image = ImageOps.exif_transpose(opened)
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            return _written(image, lossless=opened.format == "PNG")
    except Image.DecompressionBombError as fault:
        raise ReceiptError("too_large") from fault
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as fault:
        if isinstance(fault, ReceiptError):
            raise
        raise ReceiptError("damaged") from fault


def _written(image: Image.Image, *, lossless: bool) -> Receipt:
    """A new file of the picture alone. Screenshots stay PNG, so that small print stays sharp."""
    out = io.BytesIO()
    plain = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        plain.paste(with_alpha, mask=with_alpha.getchannel("A"))
    else:
        plain.paste(image.convert("RGB"))
    if lossless:
        plain.save(out, "PNG", optimize=False)
        if out.tell() < 1_500_000:
            return Receipt(PNG, "png", out.getvalue())
        out = io.BytesIO()
    plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Receipt(JPEG, "jpg", out.getvalue())


def _pages(path: Path) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="marge-pages-") as name:
        folder = Path(name)
        _run(["draw", str(path), str(folder)])
        return [page.read_bytes() for page in sorted(folder.glob("*.jpg"))]


def merged(base: bytes, receipts: list[tuple[str, Path]]) -> bytes:
    """A PDF with receipts (media type and file) as pages behind its own. Raises ReceiptError."""
    with tempfile.TemporaryDirectory(prefix="marge-merge-") as name:
        folder = Path(name)
        (folder / "base.pdf").write_bytes(base)
        parts = [f"{'pdf' if kind == PDF else 'picture'}:{path}" for kind, path in receipts]
        _run(["merge", str(folder / "base.pdf"), str(folder / "out.pdf"), *parts])
        return (folder / "out.pdf").read_bytes()


def _run(arguments: list[str]) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "finance_app.documents.pdf_pages", *arguments],
            capture_output=True,
            timeout=PDF_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise ReceiptError("pdf_slow") from fault
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ReceiptError(told if told in ("pdf_locked", "pdf_pages", "pdf_damaged") else "pdf_damaged")
