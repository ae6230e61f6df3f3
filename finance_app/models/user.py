from sqlmodel import SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    date,
    datetime,
    json,
    key,
    link,
    moment,
    rate,
    string,
)
from finance_app.models.kinds import Role
from finance_app.models.profile import built_in_id


class User(SQLModel, table=True):
    """A person of the firm. Somebody who only stands in imported time has no e-mail and cannot log in."""

    id: int | None = key()
    name: str = string(index=True)
    email: str | None = string(254, default=None, unique=True)
    password_hash: str | None = string(200, default=None)
    profile_id: int = link("profile.id", default=built_in_id(Role.MEMBER))
    job_title: str = string(100)
    locale: str | None = string(10, default=None)
    theme: str = string(10, default="system")
    weekly_seconds: int = 35 * 3600
    preferences: dict = json()
    archived_at: datetime | None = moment()
    created_at: datetime = moment(optional=False)
    version: int = 1


class UserRate(SQLModel, table=True):
    """What an hour of a person is sold for and costs from a date on. Bill and cost are in base currency."""

    __tablename__ = "user_rate"

    id: int | None = key()
    user_id: int = link("user.id")
    valid_from: date = calendar_day()
    bill_rate: Decimal | None = rate()
    cost_rate: Decimal | None = rate()


class UserSession(SQLModel, table=True):
    """A log-in. The cookie holds the token, the table only its hash."""

    __tablename__ = "user_session"

    id: int | None = key()
    token_hash: str = string(64, unique=True)
    user_id: int = link("user.id")
    created_at: datetime = moment(optional=False)
    last_seen_at: datetime = moment(optional=False)
    expires_at: datetime = moment(optional=False)
    revoked_at: datetime | None = moment()
    address: str = string(64)
    user_agent: str = string(300)
