"""The grid, the colours and the type scale of a document. Points throughout."""

from dataclasses import dataclass

from finance_app.documents.canvas import Canvas
from finance_app.documents.data import Paper
from finance_app.documents.text import Style
from finance_app.documents.typeface import REGULAR, SEMIBOLD

PAPER = {Paper.A4: (595.28, 841.89), Paper.LETTER: (612.0, 792.0)}

INK = "0.086 0.094 0.122"
MUTED = "0.396 0.416 0.463"
HAIRLINE = "0.871 0.878 0.898"
PAID = "0.086 0.467 0.290"

TITLE = Style(SEMIBOLD, 27, INK, -22)
MARK = Style(REGULAR, 27, MUTED, -22)
WORDMARK = Style(SEMIBOLD, 16, INK, -14)
SUBTITLE = Style(REGULAR, 10.5, MUTED, -4)
LABEL = Style(REGULAR, 7.5, MUTED, 6)
BODY = Style(REGULAR, 8.75, INK)
QUIET = Style(REGULAR, 8.75, MUTED)
STRONG = Style(SEMIBOLD, 8.75, INK)
NAME = Style(SEMIBOLD, 10, INK, -4)
IMPRINT = Style(REGULAR, 8.25, MUTED)
IMPRINT_NAME = Style(SEMIBOLD, 8.25, INK)
DETAIL = Style(REGULAR, 7.75, MUTED)
FINE = Style(REGULAR, 6.75, MUTED, 4)
TOTAL = Style(SEMIBOLD, 9.5, INK)

LEADING = 12.5
IMPRINT_LEADING = 11.5
DETAIL_LEADING = 10.75
FINE_LEADING = 9


@dataclass(frozen=True, slots=True)
class Theme:
    """What depends on the company's accent colour, darkened until it reads on white."""

    number: Style
    headline: Style
    balance: Style

    @classmethod
    def of(cls, accent: str) -> "Theme":
        colour = readable(accent)
        return cls(
            number=Style(SEMIBOLD, 10.5, colour, -4),
            headline=Style(SEMIBOLD, 20, colour, -20),
            balance=Style(SEMIBOLD, 12.5, colour, -8),
        )


def readable(accent: str) -> str:
    """The colour `#RRGGBB` as a PDF operand with a contrast of at least 4.5 on white.

    Raises ValueError for anything else than six hexadecimal digits after a `#`.
    """
    if len(accent) != 7 or accent[0] != "#":
        raise ValueError(f"an accent colour is written #RRGGBB, not {accent!r}")
    channels = [int(accent[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    while 1.05 / (_luminance(channels) + 0.05) < 4.5:
        channels = [channel * 0.95 for channel in channels]
    return " ".join(f"{channel:.3f}" for channel in channels)


def _luminance(channels: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things stand on the page: two axes, `left` and `middle`, and the edge `right` for figures."""

    width: float
    height: float
    left: float
    middle: float
    right: float
    top: float
    later_top: float
    bottom: float

    @classmethod
    def of(cls, paper: Paper, footer_lines: int) -> "Frame":
        width, height = PAPER[paper]
        left, right = 54.0, width - 54
        return cls(
            width=width,
            height=height,
            left=left,
            middle=left + round((right - left) * 0.575),
            right=right,
            top=52,
            later_top=84,
            bottom=height - 48 - max(1, footer_lines) * FINE_LEADING,
        )


@dataclass(slots=True)
class Flow:
    """The place where drawing goes on. `y` is the top of what comes next."""

    canvas: Canvas
    frame: Frame
    y: float

    @property
    def room(self) -> float:
        return self.frame.bottom - self.y

    @property
    def page_room(self) -> float:
        """The room on a page that has nothing on it yet."""
        return self.frame.bottom - self.frame.later_top

    def break_page(self) -> None:
        self.canvas.add_page()
        self.y = self.frame.later_top

    def need(self, height: float) -> None:
        """Goes on to a new page where `height` does not fit on this one."""
        if height > self.room and self.y > self.frame.later_top:
            self.break_page()

    def paragraph(
        self, lines: list[str], style: Style, leading: float, *, x: float | None = None, role: str = "P"
    ) -> None:
        """Lines of text that may go on over pages; each page's part is one structure element."""
        start = self.frame.left if x is None else x
        rest = list(lines)
        while rest:
            self.need(leading)
            count = max(1, int(self.room // leading))
            with self.canvas.tag(role):
                for line in rest[:count]:
                    self.canvas.text(start, self.y + style.size, line, style)
                    self.y += leading
            rest = rest[count:]
