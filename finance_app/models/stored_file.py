from sqlmodel import SQLModel

from finance_app.models.columns import datetime, key, link, moment, string


class StoredFile(SQLModel, table=True):
    """A file that somebody brought: its content lies under its hash in the data folder."""

    __tablename__ = "stored_file"

    id: int | None = key()
    sha256: str = string(64, index=True)
    name: str = string(255)
    media_type: str = string(100)
    size: int = 0
    purpose: str = string(40)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
