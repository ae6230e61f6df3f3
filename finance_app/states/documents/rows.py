"""What the editor of a document shows of its lines, surcharges and taxes, as one types them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finance_app.i18n import formats, t
from finance_app.i18n.numbers import read_number
from finance_app.models.kinds import LineKind
from finance_app.services.delivery.document_data import terms_text
from finance_app.states.invoices.page import discount_text, tracked_text

TERMS = ("net:0", "net:15", "net:30", "net:45", "net:60", "eom:0", "eom:30", "eom:45")
MORE, KEPT = "more", "kept"
"""Choices of a tax selector besides the taxes: to tick several, and those that stand there already."""
FAR_PAST, FAR_FUTURE = 60, 30


@dataclass(frozen=True)
class EditLine:
    """A line with its values as typed in the user's language."""

    id: int
    position: int
    name: str
    description: str
    quantity: str
    unit: str
    price: str
    discount: str
    tax: str
    taxes: str
    amount: str
    is_time: bool
    tracked: str
    optional: bool = False
    chosen: bool = False
    is_section: bool = False


@dataclass(frozen=True)
class SurchargeRow:
    """An amount beside the lines; `place` counts from 0. `taxed` is `on` where the document's taxes apply."""

    place: int
    name: str
    amount: str
    tax: str
    taxes: str
    taxed: bool


@dataclass(frozen=True)
class TaxChoice:
    value: str
    label: str
    ticked: bool


def edit_line(line: Any, currency: str, in_use: Collection[str], locale: str) -> EditLine:
    return EditLine(
        id=line.id or 0,
        position=line.position,
        name=line.name,
        description=line.description,
        quantity=formats.quantity(line.quantity, locale),
        unit=line.unit,
        price=formats.number(line.unit_price, locale, min_decimals=2),
        discount=discount_text(line, locale),
        tax=tax_choice(line.taxes, in_use),
        taxes=tax_names(line.taxes),
        amount=formats.money(line.amount_minor, currency, locale),
        is_time=line.tracked_seconds is not None,
        tracked=tracked_text(line, currency, locale),
        optional=getattr(line, "optional", False),
        chosen=getattr(line, "chosen", False),
        is_section=line.kind is LineKind.SECTION,
    )


def surcharge_row(place: int, extra: Mapping[str, Any], in_use: Collection[str], locale: str) -> SurchargeRow:
    taxes = extra.get("taxes", [])
    return SurchargeRow(
        place=place,
        name=str(extra.get("name", "")),
        amount=formats.number(read_number(str(extra["amount"]), "en"), locale, min_decimals=2),
        tax=tax_choice(taxes, in_use),
        taxes=tax_names(taxes),
        taxed=bool(extra.get("taxed", True)),
    )


def tax_choice(taxes: Sequence[Mapping[str, Any]], in_use: Collection[str]) -> str:
    """What a selector of taxes shows: none, the one that is in use, or KEPT for those that stand there."""
    if not taxes:
        return ""
    only = str(taxes[0].get("id") or "") if len(taxes) == 1 else ""
    return only if only in in_use else KEPT


def tax_names(taxes: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(tax["name"]) for tax in taxes)


def term_text(terms: str, locale: str) -> str:
    if terms in TERMS:
        return t(locale, f"invoice.term.{terms.replace(':', '_')}")
    return terms_text(terms, locale)


def date_remark(days: int, locale: str) -> str:
    """A draft dated far from today may be a slip of the finger. `days` from today, negative in the past."""
    if days < -FAR_PAST:
        return t(locale, "invoice.date_past", days=-days)
    return t(locale, "invoice.date_future", days=days) if days > FAR_FUTURE else ""
