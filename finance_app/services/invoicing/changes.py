"""What an edit changed, kept in the audit trail for the timeline and for whoever edited at the same time.

A change is `{"what": ..., "fields": {name: [before, after]}}`, its values as texts. `head` is of all of it,
`line` of one line (with its `line` number and `name`); `added`, `removed` and `moved` are lines as a whole.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.models import AuditEvent
from finance_app.services.accounts.identity import Actor
from finance_app.services.document_rights import check_readable

MOST_TEXT = 200
MOST_EVENTS = 20
_BEGINNINGS = ("drafted", "created", "duplicated")


def as_texts(row: Any, names: Iterable[str]) -> dict[str, str]:
    """The fields of an edit as texts: `tax_ids` is the names of the taxes, `discount` `10 %` or `25`."""
    return {name: _as_text(name, row) for name in names}


def differing(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def changes_since(
    session: Session, actor: Actor, kind: str, object_id: int, version: int
) -> list[AuditEvent]:
    """What was done to a document since somebody read its `version`, the oldest first."""
    check_readable(session, actor, kind, object_id)
    events = session.execute(
        select(AuditEvent)
        .where(col(AuditEvent.object_kind) == kind, col(AuditEvent.object_id) == object_id)
        .order_by(col(AuditEvent.id).desc())
        .limit(MOST_EVENTS)
    ).scalars()
    found: list[AuditEvent] = []
    for event in events:
        if event.action in _BEGINNINGS or event.details.get("version", version + 1) <= version:
            break
        found.append(event)
    return found[::-1]


def _as_text(name: str, row: Any) -> str:
    if name == "discount":
        if row.discount_kind is None or row.discount_value is None:
            return ""
        sign = " %" if row.discount_kind == "percent" else ""
        return f"{row.discount_value.normalize():f}{sign}"
    return _value(getattr(row, "taxes" if name == "tax_ids" else name, None))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(each["name"] if isinstance(each, dict) else each) for each in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None else str(value)[:MOST_TEXT]
