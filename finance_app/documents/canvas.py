"""Pages of drawing operators, laid down before the number of pages is known. Points; y grows downwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from finance_app.documents.text import Style
from finance_app.documents.typeface import Typeface, typeface

FIRST_FONT = 9001
"""Our fonts are numbered apart from those that an SVG logo may bring in."""


class FontUse:
    """The glyphs of one cut that a document uses, numbered in the order of their first use."""

    def __init__(self, cut: str, index: int) -> None:
        self.face: Typeface = typeface(cut)
        self.index = index
        self.glyph_ids = [0]
        self.chars = [""]
        self._codes: dict[str, str] = {}

    def show(self, text: str) -> str:
        """The operator that shows `text`, with its pair kerning."""
        kerning = self.face.kerning
        pieces: list[str] = []
        codes: list[str] = []
        previous = ""
        for char in text:
            if shift := kerning.get(previous + char):
                pieces.append(f"<{''.join(codes)}>{-shift:.0f}")
                codes = []
            codes.append(self._codes.get(char) or self._number(char))
            previous = char
        if pieces:
            return f"[{''.join(pieces)}<{''.join(codes)}>]TJ"
        return f"<{''.join(codes)}>Tj"

    def _number(self, char: str) -> str:
        """A character that the face lacks gets an empty box of its own, so that the PDF can name it."""
        code = f"{len(self.glyph_ids):04X}"
        self.glyph_ids.append(self.face.glyphs.get(char, 0))
        self.chars.append(char)
        self._codes[char] = code
        return code


@dataclass(frozen=True, slots=True)
class Tag:
    """The start of a structure element: `H1`, `P`, `Figure` ...; None starts an artifact."""

    role: str | None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image on a page, its box in points."""

    image: bytes
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Link:
    x: float
    y: float
    width: float
    height: float
    target: str


@dataclass(slots=True)
class Page:
    items: list[str | Tag | Picture] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    fonts: set[int] = field(default_factory=set)
    state: tuple[object, ...] = ()


class Canvas:
    """The pages of one document. Everything drawn lies in a `tag`."""

    def __init__(self, width: float, height: float, fonts: dict[str, FontUse] | None = None) -> None:
        """Canvases that go into one file share their `fonts`."""
        self.width, self.height = width, height
        self.pages: list[Page] = []
        self.fonts: dict[str, FontUse] = {} if fonts is None else fonts
        self.page: Page
        self.add_page()

    def add_page(self) -> None:
        self.page = Page()
        self.pages.append(self.page)

    def on_each_page(self, draw: Callable[[int, int], None], *, first: int = 1) -> None:
        """Calls `draw(page number, number of pages)` with each page from `first` on made current."""
        for number, page in enumerate(self.pages, start=1):
            if number >= first:
                self.page = page
                draw(number, len(self.pages))
        self.page = self.pages[-1]

    @contextmanager
    def tag(self, role: str | None, alt: str | None = None) -> Iterator[None]:
        """A structure element (or, for None, an artifact) around what is drawn inside, on one page."""
        page = self.page
        page.items.append(Tag(role, alt))
        yield
        page.items.append("EMC")

    def text(self, x: float, y: float, text: str, style: Style, *, right: bool = False) -> None:
        """One line of text with its baseline at `y`, starting at `x` or, if `right`, ending there."""
        if not text:
            return
        if right:
            x -= style.width(text) - style.tracking * style.size / 1000
        font = self.fonts.get(style.cut)
        if font is None:
            font = self.fonts[style.cut] = FontUse(style.cut, FIRST_FONT + len(self.fonts))
        page = self.page
        page.fonts.add(font.index)
        head = ""
        state = (font.index, style.size, style.colour, style.tracking)
        if page.state != state:
            page.state = state
            spacing = style.tracking * style.size / 1000
            head = f"{style.colour} rg/F{font.index} {style.size:g} Tf {spacing:g} Tc "
        page.items.append(f"BT {head}{x:.2f} {self.height - y:.2f} Td {font.show(text)} ET")

    def rule(self, x: float, to: float, y: float, colour: str, weight: float) -> None:
        """A horizontal line."""
        y = self.height - y
        self.page.items.append(
            f"/Artifact BMC {colour} RG {weight:g} w {x:.2f} {y:.2f} m {to:.2f} {y:.2f} l S EMC"
        )

    def picture(self, picture: Picture) -> None:
        self.page.items.append(picture)
        self.page.state = ()

    def link(self, x: float, baseline: float, text: str, style: Style, target: str) -> None:
        """Makes the text drawn at this place a link."""
        self.page.links.append(Link(x, baseline - style.size, style.width(text), style.size * 1.3, target))
