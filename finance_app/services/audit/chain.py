"""The chain of audit events: each seal covers its event and the seal before it.

An event is sealed at the end of its transaction, under a lock that is held until the commit: however many
write at once, the chain never forks. What is changed, removed or put in between later no longer fits.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import insert, inspect, select, text
from sqlmodel import Session, col, func

from finance_app.models import AuditEvent, AuditSeal

START = "0" * 64
LOCK = 7_265_402
_BATCH = 1000
_PENDING = "audit events to seal"


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole chain found. `fault` is empty where it holds, else what is wrong with
    `event_id`: `missing`, `changed`, `order` or `unsealed`."""

    events: int
    erased: int
    head: str
    fault: str = ""
    event_id: int | None = None


def note(session: Session, event: AuditEvent) -> None:
    """Remember an event that is added, to be sealed by `seal`."""
    session.info.setdefault(_PENDING, []).append(event)


def note_all(session: Session) -> None:
    """Remember every event that has no seal yet, where many were written at once past `record`."""
    session.flush()
    sealed = select(col(AuditSeal.event_id))
    unsealed = select(AuditEvent).where(col(AuditEvent.id).not_in(sealed))
    session.info[_PENDING] = list(session.execute(unsealed).scalars())


def seal(session: Session) -> None:
    """Seal what was recorded in this transaction; the last thing before its commit."""
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    events = sorted((e for e in pending if inspect(e).persistent), key=lambda e: e.id)
    if not events:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    number, before = head(session)
    rows = []
    for event in events:
        number += 1
        digest = content_hash(event)
        before = link_hash(before, digest)
        rows.append({"id": number, "event_id": event.id, "content": digest, "hash": before})
    session.execute(insert(AuditSeal), rows)


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the newest seal."""
    found = session.execute(
        select(col(AuditSeal.id), col(AuditSeal.hash)).order_by(col(AuditSeal.id).desc()).limit(1)
    ).first()
    return (found[0], found[1]) if found else (0, START)


def content_hash(event: AuditEvent | Mapping[str, Any]) -> str:
    """SHA-256 of an event as every database gives it back: sorted JSON, the moment in UTC."""
    given = event if isinstance(event, Mapping) else {name: getattr(event, name) for name in _FIELDS}
    values = [given[name] for name in _FIELDS]
    values[1] = values[1].astimezone(UTC).isoformat(timespec="microseconds")
    plain = json.loads(json.dumps(values))  # keys that are no texts become what JSON makes of them
    packed = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()


_FIELDS = (
    "id", "at", "actor_id", "actor_name", "address", "object_kind", "object_id", "action", "details",
    "before", "after",
)  # fmt: skip


def link_hash(before: str, content: str) -> str:
    return hashlib.sha256(f"{before}{content}".encode()).hexdigest()


def verify(session: Session, expected_head: str = "") -> Verdict:
    """Go through the whole chain; stops at the first link that does not fit.

    `expected_head` is a head noted earlier, elsewhere: the chain must contain it, so that a cut end shows.
    """
    number, before, erased, expected = 0, START, 0, not expected_head or expected_head == START
    while batch := _batch(session, number):
        for seal_row, event in batch:
            number += 1
            fault = _fault(seal_row, event, number, before)
            if fault:
                return Verdict(number, erased, before, fault, seal_row.event_id)
            erased += bool(event and event.erased_at)
            before = seal_row.hash
            expected = expected or before == expected_head
        session.expunge_all()
    unsealed = select(func.min(AuditEvent.id)).where(
        col(AuditEvent.id).not_in(select(col(AuditSeal.event_id)))
    )
    if (first := session.execute(unsealed).scalar()) is not None:
        return Verdict(number, erased, before, "unsealed", first)
    return Verdict(number, erased, before, "" if expected else "missing")


def _batch(session: Session, after: int) -> list[tuple[AuditSeal, AuditEvent | None]]:
    rows = session.execute(
        select(AuditSeal, AuditEvent)
        .outerjoin(AuditEvent, col(AuditEvent.id) == col(AuditSeal.event_id))
        .where(col(AuditSeal.id) > after)
        .order_by(col(AuditSeal.id))
        .limit(_BATCH)
    )
    return [(row[0], row[1]) for row in rows]


def _fault(seal_row: AuditSeal, event: AuditEvent | None, number: int, before: str) -> str:
    if seal_row.id != number or seal_row.hash != link_hash(before, seal_row.content):
        return "order"
    if event is None:
        return "missing"
    if event.erased_at is None and content_hash(event) != seal_row.content:
        return "changed"
    return ""
