"""What happened to an object, in words: its audit events for the timeline of a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from zoneinfo import ZoneInfo

from finance_app.i18n import formats, messages, t
from finance_app.models import AuditEvent


@dataclass(frozen=True)
class EventRow:
    what: str
    when: str
    changes: list[str] = field(default_factory=list)


def event_rows(
    events: Sequence[AuditEvent],
    texts: str,
    currency: str,
    locale: str,
    zone: ZoneInfo,
    changes: Callable[[AuditEvent], list[str]] | None = None,
) -> list[EventRow]:
    """The events that have a text below `texts`, as `payment.event.`, the latest first. The same event again
    and again is one row, with the time of the latest. `changes` tells what an event changed."""
    rows = [
        EventRow(
            t(
                locale,
                texts + event.action,
                who=event.actor_name or t(locale, "invoice.event.nobody"),
                reason=event.details.get("reason", ""),
                amount=_amount(event, currency, locale),
            ),
            formats.moment(event.at, locale, zone, "short"),
            changes(event) if changes and event.action == "changed" else [],
        )
        for event in events
        if texts + event.action in messages(locale)
    ]
    found: list[EventRow] = []
    for _, same in groupby(rows, key=lambda row: row.what):
        alike = list(same)
        times = t(locale, "common.times", n=len(alike)) if len(alike) > 1 else ""
        what = f"{alike[0].what} · {times}" if times else alike[0].what
        found.append(replace(alike[0], what=what, changes=[line for row in alike for line in row.changes]))
    return found


def _amount(event: AuditEvent, currency: str, locale: str) -> str:
    minor = event.details.get("amount_minor")
    return formats.money(minor, currency, locale) if isinstance(minor, int) else ""
