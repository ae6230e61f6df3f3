"""The canvas written out as a PDF file by fpdf2.

fpdf2 makes the file, the pages, the images and the metadata. The fonts are embedded here: fpdf2 would parse
and subset a whole font for every document, which takes longer than all the rest. That and the tags use parts
of fpdf2 that are not public, so a new version of it has to pass the tests of this folder first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

from fpdf import FPDF
from fpdf.enums import FontDescriptorFlags, PDFResourceType, ResourceAccessPolicy
from fpdf.fonts import PDFFontDescriptor
from fpdf.image_datastructures import ImageCache
from fpdf.image_parsing import preload_image
from fpdf.output import CIDSystemInfo, OutputProducer, PDFFont, PDFFontStream
from fpdf.syntax import Name, PDFArray, PDFContentStream, PDFString

from finance_app.documents.canvas import Canvas, FontUse, Page, Picture, Tag

_UNICODE_MAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{blocks}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_BLOCK = 100


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str
    author: str
    subject: str
    language: str
    created: datetime


class _File(FPDF):
    def __init__(self, canvas: Canvas, metadata: Metadata) -> None:
        super().__init__(unit="pt", format=(canvas.width, canvas.height))
        self.fonts_used = canvas.fonts
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.alias_nb_pages("")
        self.resource_access_policy = ResourceAccessPolicy.NONE
        self.set_title(metadata.title)
        self.set_author(metadata.author)
        self.set_subject(metadata.subject)
        self.set_lang(metadata.language)
        self.set_creator("Marge")
        self.set_creation_date(metadata.created)
        self.viewer_preferences = None
        self.set_display_mode("fullwidth", "continuous")
        self._mark = 0

    def draw(self, page: Page, canvas: Canvas) -> None:
        self.add_page(format=(canvas.width, canvas.height))
        self._mark = 0
        for index in page.fonts:
            self._resource_catalog.add(PDFResourceType.FONT, index, self.page)
        run: list[str] = []
        for item in page.items:
            if isinstance(item, str):
                run.append(item)
            elif isinstance(item, Tag):
                run.append(self._open(item))
            else:
                self._out("\n".join(run))
                run = []
                self._place(item)
        self._out("\n".join(run))
        for link in page.links:
            self.link(link.x, link.y, link.width, link.height, link.target)

    def _open(self, tag: Tag) -> str:
        if tag.role is None:
            return "/Artifact BMC"
        mark, self._mark = self._mark, self._mark + 1
        self._add_marked_content(struct_type=f"/{tag.role}", mcid=mark, alt_text=tag.alt)
        return f"/{tag.role} <</MCID {mark}>> BDC"

    def _place(self, picture: Picture) -> None:
        known = _loaded(picture.image)
        for name, info in known.images.items():
            self.image_cache.images[name] = type(info)({**info, "usages": 0})
        self.image_cache.icc_profiles.update(known.icc_profiles)
        image = BytesIO(picture.image)
        self.image(image, x=picture.x, y=picture.y, w=picture.width, h=picture.height)


@lru_cache(maxsize=16)
def _loaded(image: bytes) -> ImageCache:
    """A bitmap decoded and compressed once, as every document of a company shows the same logo."""
    cache = ImageCache()
    preload_image(cache, BytesIO(image), resource_access_policy=ResourceAccessPolicy.NONE)
    return cache


class _Producer(OutputProducer):
    fpdf: _File

    def _add_fonts(self, *args: Any) -> Any:
        fonts = super()._add_fonts(*args)
        for use in self.fpdf.fonts_used.values():
            fonts[use.index] = self._embed(use)
        return fonts

    def _embed(self, use: FontUse) -> PDFFont:
        face = use.face
        name = f"MARGEA+{face.name}"
        font = PDFFont(subtype="Type0", base_font=name, encoding="Identity-H")
        widths = " ".join(f"{face.advances[char or chr(0)]:.4g}" for char in use.chars)
        glyphs = PDFFont(
            subtype="CIDFontType2",
            base_font=name,
            d_w=round(face.advances["\0"]),
            w=f"[0 [{widths}]]",
        )
        system = CIDSystemInfo()
        system.ordering = PDFString("Identity", encrypt=True)
        left, bottom, right, top = face.box
        descriptor = PDFFontDescriptor(
            ascent=face.ascent,
            descent=face.descent,
            cap_height=face.cap_height,
            flags=FontDescriptorFlags.SYMBOLIC,
            font_b_box=f"[{left} {bottom} {right} {top}]",
            italic_angle=0,
            stem_v=50 + (face.weight // 65) ** 2,
            missing_width=round(face.advances["\0"]),
        )
        descriptor.font_name = Name(name)
        unicode_map = PDFContentStream(_unicode_map(use.chars).encode("ascii"), compress=True)
        file = PDFFontStream(contents=face.subset(use.glyph_ids))
        for part in (font, glyphs, system, descriptor, unicode_map, file):
            self._add_pdf_obj(part, "fonts")
        descriptor.font_file2 = file
        glyphs.font_descriptor = descriptor
        glyphs.c_i_d_system_info = system
        glyphs.c_i_d_to_g_i_d_map = Name("Identity")  # type: ignore[assignment]
        font.descendant_fonts = PDFArray([glyphs])
        font.to_unicode = unicode_map
        return font


def _unicode_map(chars: list[str]) -> str:
    entries = [
        f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for code, char in enumerate(chars) if char
    ]
    blocks = []
    for start in range(0, len(entries), _BLOCK):
        block = entries[start : start + _BLOCK]
        blocks.append("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]))
    return _UNICODE_MAP.format(blocks="\n".join(blocks))


def write(canvases: Sequence[Canvas], metadata: Metadata) -> bytes:
    """The file of canvases that share their fonts. The same ones and metadata always give the same bytes."""
    file = _File(canvases[0], metadata)
    for canvas in canvases:
        for page in canvas.pages:
            file.draw(page, canvas)
    return bytes(file.output(output_producer_class=_Producer))
