"""Text of a cell as it is stored: composed, trimmed, without invisible characters."""

import re
import unicodedata

_SPACES = re.compile(r"[^\S\n]+")
_MOJIBAKE = re.compile("Ã[\x80-\xbf©¨ª®´¢«§¹»¼]|â€[™œ\x9d“”¦\x93\x94\x99]")
_WORDS = re.compile(r"[^0-9a-z]+")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad"))


def clean_line(text: str) -> str:
    """One line: NFC, every run of white space (non-breaking too) one space, no control characters."""
    if text.isascii() and text.isprintable():
        text = text.strip()
        return " ".join(text.split()) if "  " in text else text
    return " ".join(_visible(text).split())


def clean_paragraphs(text: str) -> str:
    """The same for a note: its line breaks stay."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = _visible(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines).strip()


def _visible(text: str) -> str:
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return "".join(c if c in "\n\t\r" or unicodedata.category(c) != "Cc" else "" for c in text)


def unescape_formula(text: str) -> str:
    """Takes back the apostrophe that keeps a spreadsheet from running a text as a formula."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def looks_damaged(text: str) -> bool:
    """Whether UTF-8 seems to have been read as another encoding before (`Ã©` for `é`)."""
    return not text.isascii() and _MOJIBAKE.search(text) is not None


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for membership tests."""
    return frozenset(text.split())


def words(text: str) -> str:
    """Lower case without accents and punctuation, for comparing headers: `Tâche n°` is `tache n`."""
    plain = unicodedata.normalize("NFKD", text.replace("°", " "))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold().replace("œ", "oe")
    return _WORDS.sub(" ", plain).strip()
