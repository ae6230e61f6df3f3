"""What happened to an object, and who did it. Written in the transaction of the change itself."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from finance_app.models import AuditEvent
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import chain as audit_chain


def record(
    session: Session,
    actor: Actor | None,
    kind: str,
    object_id: int | None,
    action: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    address: str = "",
    **details: Any,
) -> AuditEvent:
    """Add an event: `record(session, actor, "client", 7, "archived")`. No actor: the program acted.

    `before` and `after` hold the fields that changed; all values must be JSON. `address` is where it came
    from, where that is not the actor's. The event is sealed when the transaction ends.
    """
    event = AuditEvent(
        actor_id=(actor.user_id or None) if actor else None,
        actor_name=actor.name if actor else "",
        address=(address or (actor.address if actor else ""))[:64],
        object_kind=kind,
        object_id=object_id,
        action=action,
        details=dict(details),
        before=dict(before or {}),
        after=dict(after or {}),
    )
    session.add(event)
    audit_chain.note(session, event)
    return event


def history(session: Session, kind: str, object_id: int, limit: int = 100) -> list[AuditEvent]:
    """The events of an object, newest first."""
    return list(
        session.exec(
            select(AuditEvent)
            .where(AuditEvent.object_kind == kind, AuditEvent.object_id == object_id)
            .order_by(col(AuditEvent.id).desc())
            .limit(limit)
        ).all()
    )
