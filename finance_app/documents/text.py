"""Text made ready to be drawn: cleaned of what has no shape, measured, and broken into lines."""

import re
import unicodedata
from dataclasses import dataclass

from finance_app.documents.typeface import REGULAR, Typeface, typeface

_SHAPELESS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufff8\U000e0000-\U000e0fff\ud800-\udfff]"
)
_BREAKS = re.compile(r"(?<=[-–—/])(?=[^\W\d_])|(?<=[,;])(?=\w{8})")


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set: cut, size in points, colour as a PDF operand (`0.1 0.1 0.1`), tracking in em/1000."""

    cut: str
    size: float
    colour: str
    tracking: float = 0

    @property
    def face(self) -> Typeface:
        return typeface(self.cut)

    def width(self, text: str) -> float:
        """The width of one line of text in points."""
        return (self.face.width(text) + self.tracking * len(text)) * self.size / 1000


def drawable(text: str) -> str:
    """`text` without control, zero-width and direction characters, composed, ligatures of form opened.

    Characters that the fonts lack stay: they are drawn as an empty box, and the PDF keeps them as text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if text.isascii() and text.isprintable():
        return text
    text = _SHAPELESS.sub(
        "", unicodedata.normalize("NFC", text.replace("\u2028", "\n").replace("\u2029", "\n"))
    )
    glyphs = typeface(REGULAR).glyphs
    return "".join(char if char in glyphs or char == "\n" else _equivalent(char, glyphs) for char in text)


def _equivalent(char: str, glyphs: dict[str, int]) -> str:
    other = unicodedata.normalize("NFKC", char)
    return other if all(part in glyphs for part in other) else char


def wrap(text: str, style: Style, width: float) -> list[str]:
    """`text` broken into lines of at most `width` points; a word longer than a line is broken where it ends.

    Line breaks of the text are kept. An empty text has no lines.
    """
    text = drawable(text).strip()
    if not text:
        return []
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_paragraph(paragraph, style, width))
    return lines


def clipped(lines: list[str], most: int) -> list[str]:
    """At most `most` lines; an ellipsis says where there were more."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], lines[most - 1].rstrip(" ,;.")[:-1] + "…"]


def one_line(text: str, style: Style, width: float) -> str:
    """`text` on one line of at most `width` points, cut with an ellipsis where it is longer."""
    text = " ".join(drawable(text).split("\n")).strip()
    if style.width(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if style.width(text[:middle].rstrip() + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def _wrap_paragraph(paragraph: str, style: Style, width: float) -> list[str]:
    if style.width(paragraph) <= width:
        return [paragraph.rstrip(" ")]
    lines: list[str] = []
    line, used = "", 0.0
    space = style.width(" ")
    for word in paragraph.split(" "):
        for n, part in enumerate(_BREAKS.split(word)):
            gap = space if line and n == 0 else 0
            size = style.width(part)
            if line and used + gap + size > width:
                lines.append(line)
                line, used, gap = "", 0.0, 0
            while size > width:
                end = _fitting(part, style, width)
                lines.append(part[:end])
                part = part[end:]
                size = style.width(part)
            line += (" " if gap else "") + part
            used += gap + size
    if line:
        lines.append(line)
    return lines


def _fitting(word: str, style: Style, width: float) -> int:
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if style.width(word[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low
