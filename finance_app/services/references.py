"""Whether something is named elsewhere, so that it cannot go without a trace."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel


def is_referred(
    session: Session, model: type[SQLModel], ids: Sequence[int], *, but: Collection[str] = ()
) -> bool:
    """Whether a row of any table, apart from those named in `but`, points at one of these rows of `model`.

    It follows the foreign keys of all tables, so that a table that is added later counts by itself.
    """
    table: Any = model.__table__  # type: ignore[attr-defined]
    columns = [
        column
        for other in SQLModel.metadata.tables.values()
        if other.name not in but
        for column in other.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]
    return any(
        session.execute(select(column).where(column.in_(list(ids))).limit(1)).first() for column in columns
    )
