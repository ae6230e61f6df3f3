from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from finance_app.models.columns import datetime, json, key, link, moment, string


class Notice(SQLModel, table=True):
    """Something a person should know, once. Its words are the text `notice.kind.<kind>`, filled with `params`
    in the reader's language; `href` is where it can be looked at."""

    __table_args__ = (
        UniqueConstraint("user_id", "dedup_key"),
        Index(
            "ix_notice_unread",
            "user_id",
            sqlite_where=sql("read_at IS NULL"),
            postgresql_where=sql("read_at IS NULL"),
        ),
    )

    id: int | None = key()
    user_id: int = link("user.id")
    kind: str = string(40)
    params: dict = json()
    href: str = string(300)
    dedup_key: str = string(200)
    created_at: datetime = moment(optional=False)
    read_at: datetime | None = moment()
