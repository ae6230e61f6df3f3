"""Small time sheets made on the spot, as text and as workbooks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes text (in an encoding) or bytes to a file and returns its path."""

    def make(content: str | bytes, *, encoding: str = "utf-8", name: str = "sheet.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows to an XLSX workbook and returns its path."""

    def make(*rows: list, epoch=None, titles: tuple[str, ...] = ("Sheet",)) -> Path:
        book = Workbook()
        book.worksheets[0].title = "Unnamed"
        if epoch is not None:
            book.epoch = epoch
        for title in titles:
            book.create_sheet(title)
        del book["Unnamed"]
        for row in rows:
            book[titles[-1]].append(row)
        path = tmp_path / "book.xlsx"
        book.save(path)
        return path

    return make
