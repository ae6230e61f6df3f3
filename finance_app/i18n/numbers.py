"""Numbers as people type them: `1 234,50`, `1,234.50`, `1234.5`, `1'234.50`."""

import re
from decimal import Decimal

_SPACES = re.compile(r"[\s\u00a0\u202f'’_]")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def read_number(text: str, locale: str) -> Decimal:
    """The number that a person means. Where a lone separator could be either, the language decides.

    Raises ValueError for what is no number.
    """
    typed = _SPACES.sub("", text).replace("−", "-")
    comma, point = typed.rfind(","), typed.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        typed = typed.replace(thousands, "").replace(decimal, ".")
    elif comma >= 0:
        grouped = locale == "en" and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", typed)
        typed = typed.replace(",", "") if grouped or typed.count(",") > 1 else typed.replace(",", ".")
    elif typed.count(".") > 1:
        typed = typed.replace(".", "")
    if not _PLAIN.fullmatch(typed):
        raise ValueError(f"{text!r} is not a number")
    return Decimal(typed)
