"""Makes the fonts of this folder from the web fonts of an Inter release; see README.md."""

import sys
from itertools import product
from pathlib import Path

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0

CUTS = ("Inter-Regular", "Inter-SemiBold")
PRIVATE_USE = range(0xE000, 0xF900)
KERNED = (
    *range(0x21, 0x30),
    *range(0x3A, 0x7F),
    *range(0xC0, 0x180),
    0x2013,
    0x2014,
    0x2019,
    0x201C,
    0x201D,
    0xAB,
    0xBB,
)
KERN_FLOOR = 24
ADDED_SPACES = {0x202F: 0.2, 0x2009: 0.2, 0x200A: 0.1, 0x2007: None, 0x2002: 0.5, 0x2003: 1.0}


def single_substitutions(font: TTFont, feature: str) -> dict[str, str]:
    table = font["GSUB"].table
    found: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            for index in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[index].SubTable:
                    found.update(getattr(part, "ExtSubTable", part).mapping)
    return found


def pair_kerning(font: TTFont, glyphs: set[str]) -> dict[tuple[str, str], int]:
    """First matching pair adjustment of the `kern` feature for each pair of `glyphs`, in font units."""
    table = font["GPOS"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "kern"
        for index in record.Feature.LookupListIndex
    }
    parts = [
        getattr(part, "ExtSubTable", part)
        for index in sorted(lookups)
        for part in table.LookupList.Lookup[index].SubTable
    ]
    pairs: dict[tuple[str, str], int] = {}
    for part in parts:
        if part.LookupType != 2:
            continue
        covered = {glyph: n for n, glyph in enumerate(part.Coverage.glyphs)}
        for left, right in product(glyphs & set(covered), glyphs):
            if (left, right) in pairs:
                continue
            if part.Format == 1:
                records = part.PairSet[covered[left]].PairValueRecord
                match = next((r.Value1 for r in records if r.SecondGlyph == right), None)
                if match is None:
                    continue
            else:
                row = part.Class1Record[part.ClassDef1.classDefs.get(left, 0)]
                match = row.Class2Record[part.ClassDef2.classDefs.get(right, 0)].Value1
            pairs[left, right] = getattr(match, "XAdvance", 0) or 0
    return {pair: value for pair, value in pairs.items() if abs(value) >= KERN_FLOOR}


def decompose(font: TTFont) -> None:
    glyphs, outlines = font["glyf"], font.getGlyphSet()
    for name in font.getGlyphOrder():
        if glyphs[name].isComposite():
            recording = DecomposingRecordingPen(outlines)
            outlines[name].draw(recording)
            pen = TTGlyphPen(None)
            recording.replay(pen)
            glyphs[name] = pen.glyph()


def add_spaces(font: TTFont) -> None:
    units, cmap = font["head"].unitsPerEm, font.getBestCmap() or {}
    for code, ems in ADDED_SPACES.items():
        if code in cmap:
            continue
        digit = cmap[ord("0")]
        width = font["hmtx"][digit][0] if ems is None else round(units * ems)
        name = f"uni{code:04X}"
        font.setGlyphOrder([*font.getGlyphOrder(), name])
        font["glyf"][name] = TTGlyphPen(None).glyph()
        font["hmtx"][name] = (width, 0)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name


def build(source: Path, target: Path) -> None:
    font = TTFont(source, recalcTimestamp=False)
    tabular = single_substitutions(font, "tnum")
    for table in font["cmap"].tables:
        table.cmap = {c: g for c, g in table.cmap.items() if c not in PRIVATE_USE}
        table.cmap.update({c: tabular[g] for c, g in table.cmap.items() if c in range(0x30, 0x3A)})
    cmap = font.getBestCmap() or {}
    kerning = pair_kerning(font, {cmap[c] for c in KERNED if c in cmap})

    options = subset.Options(
        layout_features=[],
        hinting=False,
        notdef_outline=True,
        glyph_names=False,
        name_IDs=[0, 1, 2, 4, 6, 13, 14],
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "STAT", "DSIG"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=cmap)
    cutter.subset(font)
    decompose(font)
    add_spaces(font)

    part = KernTable_format_0()
    part.coverage, part.format, part.version = 1, 0, 0
    part.kernTable = kerning
    font["kern"] = newTable("kern")
    font["kern"].version, font["kern"].kernTables = 0, [part]
    font.flavor = None
    font.save(target)


if __name__ == "__main__":
    for cut in CUTS:
        build(Path(sys.argv[1]) / f"{cut}.woff2", Path(__file__).with_name(f"{cut}.ttf"))
