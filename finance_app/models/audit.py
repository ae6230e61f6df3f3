from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from finance_app.models.columns import datetime, json, key, link, moment, string


class AuditEvent(SQLModel, table=True):
    """Something that happened to an object: who, from where, when, what, before and after.

    Only ever added to, which triggers of the database enforce. `erased_at` says that the person in it was
    made unknown on request; it is the one permitted change.
    """

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id", "id"),)

    id: int | None = key()
    at: datetime = moment(optional=False)
    actor_id: int | None = link("user.id", optional=True)
    actor_name: str = string()
    address: str = string(64)
    object_kind: str = string(40)
    object_id: int | None = Field(default=None)
    action: str = string(60)
    details: dict = json()
    before: dict = json()
    after: dict = json()
    erased_at: datetime | None = moment()


class AuditSeal(SQLModel, table=True):
    """The link of an event in the chain: `hash` covers the event's content and the hash before it."""

    __tablename__ = "audit_seal"

    id: int | None = key()
    event_id: int = link("audit_event.id", index=False, unique=True)
    content: str = string(64)
    hash: str = string(64)


class AuditPermit(SQLModel, table=True):
    """Holds a row only inside the transaction that erases a person; the triggers look for it."""

    __tablename__ = "audit_permit"

    id: int | None = key()
