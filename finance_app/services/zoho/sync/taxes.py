"""Taxes at Zoho: each is known by a name that says its rate, and several on a line are a group of them."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import TAX_GROUPS, TAXES, First, Wanted


class FirstTax(First):
    """A tax, or a group of taxes, must be there before the document. `wanted` makes it."""

    def __init__(self, key: int, wanted: Wanted):
        super().__init__(Module.TAX, key)
        self.wanted = wanted


def tax_key(name: str, rate: Decimal, *, compound: bool = False) -> int:
    """A tax is known by its name and rate: documents keep copies of taxes that may be gone."""
    return _key(f"{name.strip()}|{rate.normalize():f}{'|compound' if compound else ''}")


def group_key(remote_ids: Sequence[str]) -> int:
    return _key("group|" + "|".join(sorted(remote_ids)))


def _key(said: str) -> int:
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:7], "big")


def name_of(name: str, rate: Decimal) -> str:
    """The name at Zoho: a rate that changes is another tax."""
    said = f"{rate.normalize():f}"
    name = name.strip()
    return name if said in name.replace(",", ".") else f"{name} {said} %"


def tax_wanted(name: str, rate: Decimal, *, compound: bool = False) -> Wanted:
    full = name_of(name, rate)
    kind = "compound_tax" if compound else "tax"
    body = {"tax_name": full, "tax_percentage": rate, "tax_type": kind}

    def matches(found: Mapping[str, Any]) -> bool:
        return found.get("tax_name") == full and Decimal(str(found.get("tax_percentage", -1))) == rate

    return Wanted(TAXES, body, full, matches, fixed=True)


def group_wanted(names: Sequence[str], remote_ids: Sequence[str]) -> Wanted:
    """A group is listed among the taxes, and made at a place of its own."""
    full = " + ".join(names)[:100]
    return Wanted(
        TAX_GROUPS,
        {"tax_group_name": full, "taxes": ",".join(remote_ids)},
        full,
        lambda found: found.get("tax_name") == full and found.get("tax_type") == "tax_group",
        fixed=True,
        listed=TAXES,
    )
