"""What a file is, by its content and never by its name."""

import zipfile
from enum import StrEnum
from pathlib import Path

from finance_app.integrations.timesheet_files.options import Limits
from finance_app.integrations.timesheet_files.problems import FileError

HEAD = 64 * 1024
MAX_MEMBERS = 10_000


class Kind(StrEnum):
    CSV = "csv"
    TSV = "tsv"
    XLSX = "xlsx"


_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"{\\rtf", "not_spreadsheet"),
    (b"\x1f\x8b", "compressed"),
    (b"7z\xbc\xaf", "compressed"),
    (b"Rar!", "compressed"),
    (b"BZh", "compressed"),
    (b"PK\x05\x06", "empty"),
    (b"SQLite format 3", "not_spreadsheet"),
)


def check_size(path: Path, limits: Limits) -> int:
    """The size in bytes. Raises FileError `missing`, `empty` or `too_large`."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise FileError("missing", name=path.name) from None
    if not path.is_file():
        raise FileError("not_spreadsheet")
    if size == 0:
        raise FileError("empty")
    if size > limits.max_bytes:
        megabyte = 1024 * 1024
        raise FileError("too_large", size=-(-size // megabyte), limit=limits.max_bytes // megabyte)
    return size


def is_workbook(path: Path, limits: Limits) -> bool:
    """True for an XLSX, False for what may be text. Raises FileError for every other kind of file."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    for signature, code in _SIGNATURES:
        if head.startswith(signature):
            raise FileError(code)
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        raise FileError("image")
    if head.startswith(_OLE2):
        raise FileError("password_protected" if _is_encrypted(path) else "old_excel")
    if head.startswith(b"PK\x03\x04"):
        _check_archive(path, limits)
        return True
    _check_text(head)
    return False


def _is_encrypted(path: Path) -> bool:
    name = "EncryptedPackage".encode("utf-16-le")
    overlap = b""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if name in overlap + chunk:
                return True
            overlap = chunk[-len(name) :]
    return False


def _check_archive(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileError("truncated") from None
    names = {member.filename: member for member in members}
    if "xl/workbook.bin" in names:
        raise FileError("binary_excel")
    if "xl/workbook.xml" not in names:
        if "content.xml" in names and "mimetype" in names:
            raise FileError("opendocument")
        raise FileError("not_spreadsheet")
    if any(member.flag_bits & 1 for member in members):
        raise FileError("password_protected")
    unpacked = sum(member.file_size for member in members)
    strings = sum(member.file_size for member in members if member.filename.endswith("sharedStrings.xml"))
    parts = sum(
        member.file_size
        for member in members
        if not member.filename.startswith(("xl/worksheets/", "xl/media/", "xl/drawings/", "xl/charts/"))
    )
    too_big = unpacked > limits.max_unpacked or strings > limits.max_strings or parts > 2 * limits.max_strings
    if too_big or len(members) > MAX_MEMBERS:
        raise FileError("unpacks_too_large", limit=limits.max_unpacked // (1024 * 1024))


def _check_text(head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        html = any(mark in start[:2000].lower() for mark in (b"<html", b"<!doctype html", b"<table"))
        raise FileError("html" if html else "xml")
    if start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"[", b"]", b'"')):
        raise FileError("json")
