"""What happened to an invoice, in words: who did what, and what exactly an edit changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from finance_app.i18n import formats, messages, t
from finance_app.models import AuditEvent

_LABELS = {
    "title": "subject",
    "issue_date": "issued",
    "due_date": "due",
    "payment_terms": "terms",
    "tax_ids": "document_tax",
    "surcharges": "surcharge",
}
_LINE_LABELS = {"unit_price": "price", "tax_ids": "tax"}
_CHOICES = ("discount_on", "price_mode", "tax_rounding")
_SUMS = {"net_minor": "net", "tax_minor": "tax_sum", "total_minor": "total"}


@dataclass(frozen=True)
class InvoiceEvent:
    """`changes` are the fields that an edit changed, as `Quantity: 3 → 4`."""

    what: str
    when: str
    changes: list[str]


def invoice_event(event: AuditEvent, currency: str, locale: str, zone: ZoneInfo) -> InvoiceEvent:
    who = event.actor_name or t(locale, "invoice.event.nobody")
    to = event.details.get("to")
    key = f"invoice.event.{event.action}"
    known = f"audit.action.{event.action}"
    text = f"{who}: {t(locale, known) if known in messages(locale) else event.action.replace('_', ' ')}"
    if key in messages(locale):
        text = t(
            locale,
            key,
            who=who,
            number=event.after.get("number") or "",
            reason=event.details.get("reason", ""),
            line=event.details.get("line", ""),
            to=", ".join(to) if isinstance(to, list) else "",
        )
    when = formats.moment(event.at, locale, zone, "short")
    return InvoiceEvent(text, when, list(change_lines(event, currency, locale)))


def invoice_events(
    events: Sequence[AuditEvent], currency: str, locale: str, zone: ZoneInfo
) -> list[InvoiceEvent]:
    """The events, newest first; edits of a draft by one person in a row are one, with all their changes."""
    rows: list[InvoiceEvent] = []
    previous: AuditEvent | None = None
    for event in events:
        row = invoice_event(event, currency, locale, zone)
        same = previous and (previous.action, previous.actor_name) == ("edited", event.actor_name)
        if same and event.action == "edited":
            rows[-1] = replace(rows[-1], changes=[*row.changes, *rows[-1].changes])
        else:
            rows.append(row)
        previous = event
    return rows


def change_lines(event: AuditEvent, currency: str, locale: str) -> Iterator[str]:
    """The changes of an edit in words, the sums that follow from them at the end."""
    for change in event.details.get("changes", ()):
        yield from _change(change, locale)
    if event.action in ("edited", "revised"):
        for name, label in _SUMS.items():
            if name in event.after and name in event.before:
                yield t(
                    locale,
                    "invoice.change.field",
                    field=t(locale, f"invoice.change.{label}"),
                    before=formats.money(event.before[name], currency, locale),
                    after=formats.money(event.after[name], currency, locale),
                )


def _change(change: Mapping[str, Any], locale: str) -> Iterator[str]:
    what, line, name = change.get("what"), change.get("line", ""), change.get("name") or "–"
    fields = change.get("fields", {})
    if not isinstance(fields, Mapping):
        return
    if what == "head":
        for field, (before, after) in fields.items():
            label = _label(f"invoice.{_LABELS.get(field, field)}", field, locale)
            yield _field(label, _head_value(field, before, locale), _head_value(field, after, locale), locale)
    elif what == "line":
        for field, (before, after) in fields.items():
            label = _label(f"invoice.line.{_LINE_LABELS.get(field, field)}", field, locale)
            label = t(locale, "invoice.change.line", line=line, name=name, field=label)
            yield _field(label, _line_value(field, before, locale), _line_value(field, after, locale), locale)
    elif what in ("added", "removed", "moved"):
        yield t(locale, f"invoice.change.{what}", line=line, name=name, to=change.get("to", ""))


def _label(key: str, field: str, locale: str) -> str:
    """An estimate has fields that no invoice has: those are named as in the audit trail."""
    if key in messages(locale):
        return t(locale, key)
    key = f"audit.field.{field}"
    return t(locale, key) if key in messages(locale) else field.replace("_", " ")


def _field(label: str, before: str, after: str, locale: str) -> str:
    return t(locale, "invoice.change.field", field=label, before=before or "–", after=after or "–")


def _head_value(field: str, text: str, locale: str) -> str:
    if field in ("issue_date", "due_date", "expires_on"):
        return formats.day(date.fromisoformat(text), locale) if text else ""
    if field == "deduct":
        return t(locale, f"audit.value.{text}") if text else ""
    if field == "deposit_percent":
        return _number(f"{text} %", locale) if text else ""
    if field in _CHOICES:
        return t(locale, f"invoice.{field}_{text}")
    if field == "payment_terms":
        key = f"invoice.term.{text.replace(':', '_')}"
        return t(locale, key) if key in messages(locale) else text
    if field in ("discount", "exchange_rate", "total_rounding"):
        return _number(text, locale)
    return text


def _line_value(field: str, text: str, locale: str) -> str:
    if field == "unit":
        key = f"invoice.unit.{text}"
        return t(locale, key) if key in messages(locale) else text
    return _number(text, locale) if field in ("quantity", "unit_price", "discount") else text


def _number(text: str, locale: str) -> str:
    """A stored number as the reader writes it; `10 %` keeps its sign."""
    digits, percent, _ = text.partition(" %")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return text
    return formats.percent(value, locale) if percent else formats.number(value, locale, min_decimals=2)
