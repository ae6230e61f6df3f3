"""The company's logo: PNG, JPEG or SVG, measured and made small enough to embed."""

import io
from dataclasses import dataclass
from functools import lru_cache

from defusedxml.ElementTree import fromstring
from fpdf import FPDF
from fpdf.enums import ResourceAccessPolicy
from fpdf.svg import SVGObject
from PIL import Image, UnidentifiedImageError

from finance_app.i18n import t

MAX_WIDTH, MAX_HEIGHT = 190.0, 46.0
_MAX_PIXELS = 40_000_000
_DOTS_PER_POINT = 300 / 72


class LogoError(ValueError):
    """The file is no logo that can be drawn. `code` is `unreadable`, `too_large` or `no_size`."""

    def __init__(self, code: str) -> None:
        super().__init__(f"logo: {code}")
        self.code = code

    def message(self, locale: str) -> str:
        """What is wrong with the file and what to do."""
        return t(locale, f"document.logo_error.{self.code}")


@dataclass(frozen=True, slots=True)
class Logo:
    """An image and the box that it fills, in points."""

    image: bytes
    width: float
    height: float


@lru_cache(maxsize=16)
def prepare(data: bytes) -> Logo:
    """The logo scaled into its box and, if it is a bitmap, down to 300 dots per inch. Raises LogoError."""
    if b"<svg" in data[:4096]:
        return _vector(data)
    return _bitmap(data)


def _vector(data: bytes) -> Logo:
    """Drawn once for trial: a file from outside can fail in many ways, and must not on a document."""
    trial = FPDF()
    trial.resource_access_policy = ResourceAccessPolicy.NONE
    try:
        fromstring(data)
        svg = SVGObject(data.decode("utf-8"))
        trial.add_page()
        trial.image(io.BytesIO(data), w=10)
    except Exception as fault:
        raise LogoError("unreadable") from fault
    if svg.viewbox:
        _, _, width, height = svg.viewbox
    elif isinstance(svg.width, int | float) and isinstance(svg.height, int | float):
        width, height = svg.width, svg.height
    else:
        raise LogoError("no_size")
    return Logo(data, *_fit(width, height))


def _bitmap(data: bytes) -> Logo:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise LogoError("too_large")
            width, height = _fit(image.width, image.height)
            box = (round(width * _DOTS_PER_POINT), round(height * _DOTS_PER_POINT))
            if image.width <= box[0] * 1.2:
                image.verify()
                return Logo(data, width, height)
            small = image.convert("RGBA" if image.has_transparency_data else "RGB")
            small = small.resize((max(1, box[0]), max(1, box[1])), Image.Resampling.LANCZOS)
            out = io.BytesIO()
            small.save(out, "PNG")
            return Logo(out.getvalue(), width, height)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as fault:
        raise LogoError("unreadable") from fault


def _fit(width: float, height: float) -> tuple[float, float]:
    if width <= 0 or height <= 0:
        raise LogoError("no_size")
    scale = min(MAX_WIDTH / width, MAX_HEIGHT / height)
    return width * scale, height * scale
