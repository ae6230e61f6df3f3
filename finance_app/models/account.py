from sqlmodel import SQLModel

from finance_app.models.columns import datetime, json, key, link, moment, string


class AccountLink(SQLModel, table=True):
    """A link by which a person sets the password, once: an invitation or a reset.

    Its token derives from the secret key and `salt`; only the hash is kept.
    """

    __tablename__ = "account_link"

    id: int | None = key()
    user_id: int = link("user.id")
    kind: str = string(20)
    token_hash: str = string(64, unique=True)
    salt: str = string(64)
    created_at: datetime = moment(optional=False)
    expires_at: datetime = moment(optional=False)
    used_at: datetime | None = moment()


class SecondFactor(SQLModel, table=True):
    """The authenticator app of a person. The secret is encrypted; recovery codes are kept as hashes."""

    __tablename__ = "second_factor"

    id: int | None = key()
    user_id: int = link("user.id", index=False, unique=True)
    secret: str = string(300)
    confirmed_at: datetime | None = moment()
    last_step: int = 0
    recovery: list = json(list)
    created_at: datetime = moment(optional=False)
