"""What happened to an object, in words: its audit events for the timeline of a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
    """The events that have a text below `texts`, as `payment.event.`; `changes` tells what one changed."""
    return [
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


def _amount(event: AuditEvent, currency: str, locale: str) -> str:
    minor = event.details.get("amount_minor")
    return formats.money(minor, currency, locale) if isinstance(minor, int) else ""
