from sqlmodel import SQLModel

from finance_app.models.columns import datetime, json, key, moment, string
from finance_app.models.kinds import Role


class Profile(SQLModel, table=True):
    """A set of permissions under a name. A built-in one has a `key`; its permissions stand in the domain.

    The built-in ones are there in every database, with the ids of `built_in_id`.
    """

    id: int | None = key()
    key: str | None = string(20, default=None, unique=True)
    name: str = string(60)
    permissions: list = json(list)
    created_at: datetime = moment(optional=False)
    version: int = 1


def built_in_id(role: Role) -> int:
    """The id of a built-in profile, the same in every database."""
    return list(Role).index(role) + 1
