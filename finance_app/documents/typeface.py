"""The two cuts of Inter that documents are set in: widths, kerning, and subsets to embed.

A typeface is parsed once per process and never changes, so threads share it. A subset is a selection of raw
outlines (the fonts hold no composite glyphs), which takes well under a millisecond.
"""

import struct
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
REGULAR = "Inter-Regular"
SEMIBOLD = "Inter-SemiBold"


class _Advances(dict[str, float]):
    """Advance by character; one that the font lacks has the width of the empty box that stands for it."""

    def __missing__(self, char: str) -> float:
        return self["\0"]


@dataclass(frozen=True, eq=False)
class Typeface:
    """One cut of a font. Advances and kerning are in thousandths of an em; glyph 0 is the empty box."""

    name: str
    ascent: int
    descent: int
    cap_height: int
    box: tuple[int, int, int, int]
    weight: int
    glyphs: dict[str, int]
    advances: _Advances
    kerning: dict[str, float]
    _tables: dict[str, bytes] = field(repr=False)
    _outlines: tuple[bytes, ...] = field(repr=False)
    _metrics: tuple[tuple[int, int], ...] = field(repr=False)

    def width(self, text: str) -> float:
        """The width of `text` in thousandths of an em, kerned."""
        return _width(self, text)

    def subset(self, glyph_ids: list[int]) -> bytes:
        """A TrueType file whose glyph n is this font's glyph `glyph_ids[n]`."""
        outlines = [self._outlines[glyph] for glyph in glyph_ids]
        offsets, end = [0], 0
        for outline in outlines:
            end += len(outline)
            offsets.append(end)
        count = len(glyph_ids)
        head = bytearray(self._tables["head"])
        head[8:12] = bytes(4)
        head[50:52] = struct.pack(">h", 1)
        hhea = self._tables["hhea"][:34] + struct.pack(">H", count)
        maxp = self._tables["maxp"][:4] + struct.pack(">H", count) + self._tables["maxp"][6:]
        return _sfnt(
            {
                "glyf": b"".join(outlines),
                "head": bytes(head),
                "hhea": hhea,
                "hmtx": b"".join(struct.pack(">Hh", *self._metrics[glyph]) for glyph in glyph_ids),
                "loca": struct.pack(f">{count + 1}I", *offsets),
                "maxp": maxp,
            }
        )


@lru_cache(maxsize=16384)
def _width(typeface: Typeface, text: str) -> float:
    advances, kerning = typeface.advances, typeface.kerning
    total = sum([advances[char] for char in text])
    for left, right in pairwise(text):
        total += kerning.get(left + right, 0)
    return total


def _sfnt(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    header = struct.pack(
        ">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16
    )
    offset = len(header) + 16 * count
    directory, body = [], []
    for tag, data in sorted(tables.items()):
        padded = data + bytes(-len(data) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory.append(struct.pack(">4sIII", tag.encode(), checksum, offset, len(data)))
        body.append(padded)
        offset += len(padded)
    return b"".join([header, *directory, *body])


@cache
def typeface(name: str) -> Typeface:
    """The cut `REGULAR` or `SEMIBOLD`, parsed at its first use."""
    with TTFont(FOLDER / f"{name}.ttf", recalcTimestamp=False) as font:
        scale = 1000 / font["head"].unitsPerEm
        order = font.getGlyphOrder()
        cmap = {chr(code): glyph for code, glyph in (font.getBestCmap() or {}).items()}
        metrics = font["hmtx"].metrics
        advances = _Advances({char: metrics[glyph][0] * scale for char, glyph in cmap.items()})
        advances["\0"] = metrics[order[0]][0] * scale
        char_of: dict[str, list[str]] = {}
        for char, glyph in cmap.items():
            char_of.setdefault(glyph, []).append(char)
        kerning = {
            left + right: value * scale
            for (a, b), value in font["kern"].kernTables[0].kernTable.items()
            for left in char_of[a]
            for right in char_of[b]
        }
        raw, places = font.getTableData("glyf"), font["loca"].locations
        head = font["head"]
        return Typeface(
            name=name,
            ascent=round(font["hhea"].ascent * scale),
            descent=round(font["hhea"].descent * scale),
            cap_height=round(font["OS/2"].sCapHeight * scale),
            box=tuple(round(edge * scale) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)),
            weight=font["OS/2"].usWeightClass,
            glyphs={char: font.getGlyphID(glyph) for char, glyph in cmap.items()},
            advances=advances,
            kerning=kerning,
            _tables={tag: font.getTableData(tag) for tag in ("head", "hhea", "maxp")},
            _outlines=tuple(raw[places[i] : places[i + 1]] for i in range(len(order))),
            _metrics=tuple(metrics[glyph] for glyph in order),
        )
