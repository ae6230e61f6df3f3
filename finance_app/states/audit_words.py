"""What an event changed, in words of the reader: `Hours: 1.50 → 2.00`. No name of a column, no raw value."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies

from finance_app.domain.permissions import Permission
from finance_app.i18n import LOCALES, formats, messages, t
from finance_app.models import AuditEvent
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit.names import REFERENCES, Names, Told
from finance_app.states.invoices.changes import change_lines

SHOWN = 300
NOTHING = "–"
# Numbers of rows that mean nothing to a reader; what they stand for is told otherwise.
HIDDEN = frozenset({"link", "mail", "version", "allocation", "payment", "import_id", "part_id", "changes"})
_SUFFIXES = ("_minor", "_seconds")
_PERMISSIONS = ("permissions", "given", "taken")
_RATES = ("bill_rate", "cost_rate", "tracking_rate", "unit_price", "distance_rate")
_PERCENTS = ("percent", "percent_done", "deposit_percent", "threshold", "budget_threshold", "rate",
             "recoverable")  # fmt: skip
_CHOICES = ("approval", "billing_method", "budget_period", "budget_scope", "budget_type", "by",
            "cost_tracking", "deduct", "distance_unit", "kind", "mark_up_kind", "measure", "method", "part",
            "price_mode", "recurrence", "rounding_mode", "rounding_scope", "scope", "state", "tax_basis",
            "tax_rounding", "theme", "type", "unit")  # fmt: skip
_OF_RATES = frozenset({"bill_rate", "amount_minor", "price_minor", "revenue_minor", "budget_revenue",
                       "mark_up_minor", "mark_up_value", "charge_minor", "unit_price"})  # fmt: skip
_OF_COSTS = frozenset({"cost_rate", "tracking_rate", "cost_minor", "budget_cost"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")


@dataclass(frozen=True)
class Reader:
    """For whom the words are, and in which currency the amounts of one event are."""

    locale: str
    zone: ZoneInfo
    names: Names
    currency: str
    measure: str = ""


def reader_of(
    kind: str, object_id: int | None, event: Told, names: Names, locale: str, zone: ZoneInfo
) -> Reader:
    stated = next(
        (str(found["currency"]) for found in (event.after, event.details, event.before)
         if found.get("currency")), "",
    )  # fmt: skip
    own = names.currencies.get((kind, object_id or 0), "")
    currency = next((one for one in (stated, own, names.base) if one in list_currencies()), "EUR")
    if kind in ("user", "portal", "expense_category"):
        currency = names.base or currency
    return Reader(locale, zone, names, currency, str(event.details.get("measure", "")))


def change_texts(event: Any, reader: Reader, *, without: frozenset[str] = frozenset()) -> list[str]:
    """A line for each field that changed, then for what else is known. `without` are fields not for the
    reader."""
    lines = list(change_lines(event, reader.currency, reader.locale)) if event.details.get("changes") else []
    told = _head_fields(event) if lines else set()
    if {"given", "taken"} & event.details.keys():
        told |= {"permissions"}
    for name in dict.fromkeys([*event.before, *event.after]):
        if name in HIDDEN or name in without or name in told:
            continue
        sides = [found[name] for found in (event.before, event.after) if name in found]
        if any(side not in (None, "", [], {}) for side in sides):
            lines.append(_line(name, sides, reader))
    for name, value in event.details.items():
        if name not in HIDDEN and name not in without and value not in (None, "", [], {}):
            lines.append(_line(name, [value], reader))
    return list(dict.fromkeys(lines))


def changes_for(
    actor: Actor, names: Names, locale: str, project_id: int | None = None
) -> Callable[[AuditEvent], list[str]]:
    """Tells on the timeline of an object what an event changed, as far as the reader may know it."""
    without = withheld(actor, project_id)
    zone = ZoneInfo(actor.time_zone)

    def changes(event: AuditEvent) -> list[str]:
        reader = reader_of(event.object_kind, event.object_id, event, names, locale, zone)
        return change_texts(event, reader, without=without)

    return changes


def withheld(actor: Actor, project_id: int | None = None) -> frozenset[str]:
    """The fields of events that are not for this reader: what is sold, and what it costs."""
    rates = frozenset() if actor.may(Permission.RATES_VIEW, project_id) else _OF_RATES
    return rates if actor.may(Permission.COSTS_VIEW, project_id) else rates | _OF_COSTS


def _head_fields(event: Any) -> set[str]:
    """What `change_lines` says already: the fields of the head and the sums."""
    heads = (change.get("fields", {}) for change in event.details["changes"] if change.get("what") == "head")
    return {"net_minor", "tax_minor", "total_minor"}.union(*heads)


def _line(name: str, sides: list[Any], reader: Reader) -> str:
    text = " → ".join(value_text(name, side, reader) for side in sides)
    return t(reader.locale, "audit.line", name=field_text(name, reader.locale), value=text)[:SHOWN]


def field_text(name: str, locale: str) -> str:
    for known in (name, *(name.removesuffix(suffix) for suffix in _SUFFIXES)):
        if f"audit.field.{known}" in messages(locale):
            return t(locale, f"audit.field.{known}")
    return name.replace("_", " ")


def value_text(name: str, value: Any, reader: Reader) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return t(reader.locale, f"audit.value.{'yes' if value else 'no'}")
    if isinstance(value, list):
        if name in _PERMISSIONS:  # those that every profile holds have no text
            value = [one for one in value if f"profile.permission.{one}" in messages(reader.locale)]
        return ", ".join(value_text(name, one, reader) for one in value)
    if isinstance(value, dict):
        return ", ".join(_pairs(name, value, reader))
    if type(value) is int:
        return _whole(name, value, reader)
    return _text(name, str(value), reader)


def _pairs(name: str, value: dict, reader: Reader) -> Iterator[str]:
    for key, one in value.items():
        if name == "invoices" and type(one) is int and str(key).isdigit():
            number = reader.names.titles.get(("invoice", int(key)), "") or f"#{key}"
            yield f"{number} ({formats.money(one, reader.currency, reader.locale)})"
        else:
            inner = value_text(str(key), one, reader)
            yield t(reader.locale, "audit.line", name=field_text(str(key), reader.locale), value=inner)


def _whole(name: str, value: int, reader: Reader) -> str:
    locale = reader.locale
    if name in REFERENCES:
        return reader.names.titles.get((REFERENCES[name], value), "") or f"#{value}"
    hours = name.endswith("seconds") or name == "budget_hours"
    if name.endswith("_minor") or (name in ("limit", "actual") and reader.measure != "hours"):
        return formats.money(value, reader.currency, locale)
    if hours or name in ("limit", "actual"):
        return t(locale, "overview.hours", hours=formats.hours(value, locale))
    if name in _PERCENTS:
        return formats.percent(Decimal(value), locale)
    return formats.number(value, locale)


def _text(name: str, text: str, reader: Reader) -> str:
    locale = reader.locale
    if name in _CHOICES and f"audit.value.{text}" in messages(locale):
        return t(locale, f"audit.value.{text}")
    if name in _PERMISSIONS and f"profile.permission.{text}" in messages(locale):
        return t(locale, f"profile.permission.{text}")
    if name in ("profile", "role") and f"profile.name.{text}" in messages(locale):
        return t(locale, f"profile.name.{text}")
    if name == "payment_terms" and (key := f"invoice.term.{text.replace(':', '_')}") in messages(locale):
        return t(locale, key)
    if name == "locale":
        return _language(text, locale)
    if name == "country":
        return formats.country_name(text, locale)
    if name in (*_RATES, *_PERCENTS, "exchange_rate", "mark_up_value"):
        return _decimal(name, text, reader)
    if _DAY.fullmatch(text):
        return formats.day(date.fromisoformat(text), locale)
    if name == "period" and _MONTH.fullmatch(text):
        return formats.month(date.fromisoformat(f"{text}-01"), locale)
    if _MOMENT.fullmatch(text):
        try:
            return formats.moment(datetime.fromisoformat(text), locale, reader.zone, "short")
        except ValueError:
            return text
    if name == "amount" and (found := re.fullmatch(r"(-?[\d.]+) ([A-Z]{3})", text)):
        return formats.rate(Decimal(found[1]), found[2], locale)
    return text


def _language(text: str, locale: str) -> str:
    try:
        return (Locale.parse(text).get_display_name(locale) if text in LOCALES else None) or text
    except (ValueError, UnknownLocaleError):
        return text


def _decimal(name: str, text: str, reader: Reader) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if name in _RATES:
        return formats.rate(value, reader.currency, reader.locale)
    if name in _PERCENTS:
        return formats.percent(value, reader.locale)
    return formats.number(value, reader.locale)
