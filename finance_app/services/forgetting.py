"""Names and addresses of somebody who is erased, wherever else they were written down."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, or_, select, update
from sqlmodel import Session, col

from finance_app.models import (
    AuditEvent,
    Estimate,
    Invoice,
    Mail,
    Notice,
    OutboxMessage,
    PublicLink,
    SalesOrder,
    ZohoSyncError,
)
from finance_app.models.columns import now
from finance_app.services.listing import like

GONE = "…"
SHORTEST = 3
DOCUMENTS = {"invoice": Invoice, "estimate": Estimate, "sales_order": SalesOrder}


def mentions(session: Session, column: Any, words: Iterable[str]) -> ColumnElement[bool]:
    """Whether a text or stored JSON may hold one of the words; SQLite keeps its JSON in plain ASCII."""
    ascii_json = session.get_bind().dialect.name == "sqlite"
    patterns = {like(word) for word in words}
    if ascii_json:
        patterns |= {like(json.dumps(word)[1:-1]) for word in words}
    return or_(*(cast(column, String).ilike(pattern, escape="\\") for pattern in patterns))


def without(words: Sequence[str], value: Any) -> Any:
    """A stored value in which the words are gone, whatever their case."""
    if isinstance(value, str):
        for word in words:
            value = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", GONE, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, list):
        return [without(words, one) for one in value]
    if isinstance(value, dict):
        return {key: without(words, one) for key, one in value.items()}
    return value


def meant(words: Iterable[str | None]) -> list[str]:
    """The words worth looking for, longest first: a name before its part."""
    return sorted({w for w in words if w and len(w) >= SHORTEST}, key=len, reverse=True)


def forget_words(session: Session, words: Sequence[str], erase: Callable[..., None]) -> None:
    """Take the words out of notices, work in the outbox, faults of the sync, decisions and the audit trail.

    `erase(which, **values)` changes audit events.
    """
    if not words:
        return
    session.execute(delete(Notice).where(mentions(session, Notice.params, words)))
    columns = (OutboxMessage.payload, OutboxMessage.last_error)
    in_outbox = [mentions(session, column, words) for column in columns]
    for message in session.execute(select(OutboxMessage).where(or_(*in_outbox))).scalars():
        message.payload = without(words, message.payload)
        message.last_error = without(words, message.last_error)
    for fault in session.execute(
        select(ZohoSyncError).where(
            or_(*(mentions(session, getattr(ZohoSyncError, name), words) for name in _OF_FAULTS))
        )
    ).scalars():
        for name in _OF_FAULTS:
            setattr(fault, name, without(words, getattr(fault, name)))
    for estimate in session.execute(
        select(Estimate).where(mentions(session, Estimate.decision, words))
    ).scalars():
        estimate.decision = without(words, estimate.decision)
    told = or_(*(mentions(session, getattr(AuditEvent, name), words) for name in _OF_EVENTS))
    rows = session.execute(
        select(col(AuditEvent.id), *(getattr(AuditEvent, name) for name in _OF_EVENTS)).where(told)
    ).all()
    for row in rows:
        values = dict(zip(_OF_EVENTS, (without(words, value) for value in row[1:]), strict=True))
        if list(values.values()) != list(row[1:]):
            erase(col(AuditEvent.id) == row[0], **values)
    session.flush()


_OF_FAULTS = ("label", "message", "details")
_OF_EVENTS = ("details", "before", "after")


def forget_answers(session: Session, client_id: int) -> list[str]:
    """Who is to receive a client's documents, who answered its estimates and from where, and its links.

    That an estimate was accepted, when and which text, stays: it is what was agreed. Returns the names.
    """
    names: list[str] = []
    for kind, model in DOCUMENTS.items():
        documents: Any = model
        ids = session.execute(select(documents.id).where(documents.client_id == client_id)).scalars().all()
        session.execute(update(documents).where(documents.client_id == client_id).values(recipients=[]))
        session.execute(
            update(PublicLink)
            .where(
                col(PublicLink.kind) == kind,
                col(PublicLink.object_id).in_(ids),
                col(PublicLink.revoked_at).is_(None),
            )
            .values(revoked_at=now())
        )
    for estimate in session.execute(select(Estimate).where(col(Estimate.client_id) == client_id)).scalars():
        if estimate.decision:
            names.append(str(estimate.decision.get("name", "")))
            estimate.decision = {**estimate.decision, "name": "", "reason": "", "address": "", "agent": ""}
    session.flush()
    return names


def mails_about(session: Session, client_id: int) -> list[tuple[int, int | None]]:
    """The e-mails with a client's documents, whoever they were sent to: id and id of the outbox."""
    about = [
        (col(Mail.object_kind) == kind)
        & col(Mail.object_id).in_(select(model.id).where(model.client_id == client_id))  # type: ignore[attr-defined]
        for kind, model in DOCUMENTS.items()
    ]
    rows = session.execute(select(col(Mail.id), col(Mail.outbox_id)).where(or_(*about))).all()
    return [(row[0], row[1]) for row in rows]
