from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from finance_app.models.columns import datetime, json, key, link, moment, string


class AuditEvent(SQLModel, table=True):
    """Something that happened to an object: who, when, what, before and after. Only ever added to."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id", "id"),)

    id: int | None = key()
    at: datetime = moment(optional=False)
    actor_id: int | None = link("user.id", optional=True)
    actor_name: str = string()
    object_kind: str = string(40)
    object_id: int | None = Field(default=None)
    action: str = string(60)
    details: dict = json()
    before: dict = json()
    after: dict = json()
