"""The encoding of a text file: byte order mark, UTF-8 where valid, else the likeliest 8-bit encoding."""

import codecs
import unicodedata
from pathlib import Path

from charset_normalizer import from_bytes

from finance_app.integrations.timesheet_files.problems import FileError

CHUNK = 1 << 20
SAMPLE = 64 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "mac_roman", "cp850", "iso8859-15")
_LETTERS = frozenset("éèêëàâäáãåçîïíìôöòóõøùûüúñßæœÿÉÈÊËÀÂÄÁÃÅÇÎÏÍÌÔÖÒÓÕØÙÛÜÚÑÆŒ")
_COMMON = frozenset("éèêàâçîïôùûäöüßÉÀÇ")
_PUNCTUATION = frozenset("’‘“”–—…«»€£°§·•\u00a0®©™²³½¼±×")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\v\x1a\x1b")


def check_encoding(name: str) -> str:
    """Python's name of an encoding that the user chose. Raises FileError `unknown_encoding`."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except (LookupError, ValueError):
        raise FileError("unknown_encoding", name=name) from None
    if found not in {"utf-8", "utf-16", "utf-32"}:
        return found
    return "utf-8-sig" if found == "utf-8" else found


def find_encoding(path: Path) -> str:
    """Python's name of the encoding. Raises FileError `not_spreadsheet` for binary content."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        if b"\0" in head:
            return _utf16(head)
        if sum(byte in _CONTROLS for byte in head) * 100 > len(head):
            raise FileError("not_spreadsheet")
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        sample = bytearray()
        valid = True
        while chunk := file.read(CHUNK):
            if valid:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    valid = False
            if len(sample) < SAMPLE and not chunk.isascii():
                sample += b"\n".join(line for line in chunk.splitlines() if not line.isascii())[:SAMPLE]
            elif not valid:
                break
        if valid:
            try:
                decoder.decode(b"", final=True)
                return "utf-8"
            except UnicodeDecodeError:
                pass
    return _eight_bit(bytes(sample))


def _utf16(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > half * 0.4 and others * 10 < zeros:
            text = head[: half * 2].decode(name, errors="replace")
            if sum(ord(char) in _CONTROLS for char in text) * 100 <= len(text):
                return name
    raise FileError("not_spreadsheet")


def _eight_bit(sample: bytes) -> str:
    if _mostly_utf8(sample):
        return "utf-8"
    scores = {name: _score(sample, name) for name in _WESTERN}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] > 0:
        return best
    other = from_bytes(sample).best()
    return other.encoding if other is not None and other.encoding != "ascii" else best


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="replace")
    good = sum(not c.isascii() and c != "\ufffd" for c in text)
    return good > 20 * text.count("\ufffd")


def _score(sample: bytes, name: str) -> float:
    text = sample.decode(name, errors="replace")
    total, count = 0.0, 0
    for index, char in enumerate(text):
        if char.isascii():
            continue
        count += 1
        before, after = text[index - 1 : index], text[index + 1 : index + 2]
        total += _weight(char, before, after)
    return total / count if count else 0.0


def _weight(char: str, before: str, after: str) -> float:
    if char == "\ufffd" or unicodedata.category(char) == "Cc":
        return -5
    inside = before.isalpha() or after.isalpha()
    if char in _LETTERS:
        if not inside:
            return 1 if char in "àÀ" else -1
        if char.isupper() and before.islower():
            return -3
        return 2 if char in _COMMON else 1
    if char in _PUNCTUATION:
        between_letters = before.isalpha() and after.isalpha()
        if between_letters:
            return 3 if char == "’" else -1
        return 1.5
    return -2
