from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from finance_app.models.columns import choice, datetime, json, key, link, moment, string
from finance_app.models.kinds import OutboxState


class OutboxMessage(SQLModel, table=True):
    """Work for the outside world, written in the transaction of the change that asks for it."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_due", "state", "due_at"),)

    id: int | None = key()
    kind: str = string(40)
    dedup_key: str = string(120, unique=True)
    object_kind: str = string(40)
    object_id: int | None = Field(default=None, index=True)
    payload: dict = json()
    state: OutboxState = choice(OutboxState, OutboxState.PENDING)
    attempts: int = 0
    due_at: datetime = moment(optional=False)
    leased_until: datetime | None = moment()
    lease: str | None = string(64, default=None)
    last_error: str = string(2000)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    done_at: datetime | None = moment()


class Mail(SQLModel, table=True):
    """An e-mail as it was handed over. In demo mode this is where e-mails end."""

    id: int | None = key()
    outbox_id: int | None = link("outbox_message.id", optional=True)
    message_id: str = string(200, unique=True)
    sender: str = string(300)
    to: list = json(list)
    cc: list = json(list)
    subject: str = string(300)
    text: str = Field(default="")
    html: str = Field(default="")
    attachments: list = json(list)
    object_kind: str = string(40)
    object_id: int | None = Field(default=None, index=True)
    sent_at: datetime = moment(optional=False)
