"""The audit trail as a file: in the reader's words, and beside them each event as stored, with its seal.

With the stored form and the seals, the chain can be worked out anew without Marge (docs/security.md).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from finance_app.api.exports.files import Export
from finance_app.domain.permissions import Permission
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import listing as audit_list
from finance_app.services.listing import Found, ListQuery
from finance_app.states.settings.audit import audit_row


@dataclass(frozen=True)
class ExportedEvent:
    id: int
    at: datetime
    who: str
    address: str
    what: str
    action: str
    changes: str
    raw: str
    seal: str


def _find(session: Session, actor: Actor, query: ListQuery) -> Found[ExportedEvent]:
    found = audit_list.page(session, actor, query)
    names = audit_list.names(session, actor, found.rows)
    seals = audit_list.seals(session, actor, found.rows)
    zone = ZoneInfo(actor.time_zone)
    rows = []
    for record in found.rows:
        shown = audit_row(record, names, actor.locale, zone)
        stored = {
            "kind": record.kind, "object": record.object_id, "action": record.action,
            "details": record.details, "before": record.before, "after": record.after,
        }  # fmt: skip
        raw = json.dumps(stored, ensure_ascii=False, sort_keys=True)
        rows.append(
            ExportedEvent(
                record.id, record.at.astimezone(zone), shown.who, shown.address, shown.what, shown.action,
                "\n".join(shown.changes), raw, seals.get(record.id, ""),
            )
        )  # fmt: skip
    return Found(rows, found.total, found.query)


_WORDS = [
    ("audit.when", lambda row: row.at),
    ("audit.who", lambda row: row.who),
    ("audit.address", lambda row: row.address),
    ("audit.what", lambda row: row.what),
    ("audit.did", lambda row: row.action),
    ("audit.changes", lambda row: row.changes),
]

AUDIT = Export(
    Permission.AUDIT_VIEW,
    "audit.title",
    audit_list.ASKS,
    _find,
    [
        ("audit.number", lambda row: str(row.id)),
        *_WORDS,
        ("audit.raw", lambda row: row.raw),
        ("audit.seal", lambda row: row.seal),
    ],
    for_people=_WORDS,
)
