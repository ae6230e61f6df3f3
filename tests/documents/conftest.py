"""Golden files: texts of drawn documents, kept beside the tests.

`UPDATE_GOLDEN=1 pytest tests/documents` writes them anew; read the difference before committing it.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from finance_app.documents.data import Document
from finance_app.documents.invoice_pdf import render_pdf

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def structure(pdf: PdfReader) -> list[Any]:
    """The structure elements of a tagged file in reading order."""
    root: Any = pdf.root_object
    assert root["/MarkInfo"]["/Marked"]
    return [element.get_object() for element in root["/StructTreeRoot"]["/K"][0].get_object()["/K"]]


def page_texts(document: Document) -> list[str]:
    """The text of each page as it lies on the page."""
    return [page.extract_text(extraction_mode="layout") for page in read(render_pdf(document)).pages]


def flat_text(document: Document) -> str:
    """The text of all pages in drawing order, spaces and line ends made single spaces."""
    return " ".join(" ".join(page.extract_text() for page in read(render_pdf(document)).pages).split())


@pytest.fixture
def golden() -> Callable[[str, list[str]], None]:
    def compare(name: str, pages: list[str]) -> None:
        path = GOLDEN / f"{name}.txt"
        lines: list[str] = []
        for number, page in enumerate(pages, start=1):
            lines += [f"=== {number}", *(line.rstrip() for line in page.splitlines())]
        text = "\n".join(lines) + "\n"
        if UPDATE:
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
