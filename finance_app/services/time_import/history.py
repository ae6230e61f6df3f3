"""The imports of the past, and those not finished."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import TimeImport, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of

ASKS = ListAsks(sorts=("created", "file", "rows", "hours"), default_sort="-created", filters=("state",))


@dataclass(frozen=True)
class ImportRecord:
    """A row of the history; `state` is draft, imported or undone."""

    id: int
    file_name: str
    state: str
    created_at: datetime
    person: str
    rows: int
    known: int
    bad: int
    seconds: int


def page(session: Session, actor: Actor, query: ListQuery) -> Found[ImportRecord]:
    """One page of the imports, newest first where nothing else is asked for."""
    actor.require(Permission.TIME_IMPORT)
    statement = select(
        col(TimeImport.id),
        col(TimeImport.file_name),
        col(TimeImport.applied_at),
        col(TimeImport.undone_at),
        col(TimeImport.created_at),
        func.coalesce(User.name, ""),
        col(TimeImport.rows_imported),
        col(TimeImport.rows_known),
        col(TimeImport.rows_bad),
        col(TimeImport.seconds_imported),
    ).outerjoin(User, col(User.id) == col(TimeImport.created_by_id))
    applied, undone = col(TimeImport.applied_at), col(TimeImport.undone_at)
    match query.filter("state"):
        case "draft":
            statement = statement.where(applied.is_(None))
        case "imported":
            statement = statement.where(applied.is_not(None), undone.is_(None))
        case "undone":
            statement = statement.where(undone.is_not(None))
    if query.search:
        statement = statement.where(col(TimeImport.file_name).ilike(like(query.search), escape="\\"))
    sorts = {
        "created": col(TimeImport.created_at),
        "file": func.lower(TimeImport.file_name),
        "rows": col(TimeImport.rows_imported),
        "hours": col(TimeImport.seconds_imported),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(TimeImport.id))
    records = [
        ImportRecord(
            id=row[0],
            file_name=row[1],
            state=state_of(row[2], row[3]),
            created_at=row[2] or row[4],
            person=row[5],
            rows=row[6],
            known=row[7],
            bad=row[8],
            seconds=row[9],
        )
        for row in found.rows
    ]
    return Found(records, found.total, found.query)


def state_of(applied_at: datetime | None, undone_at: datetime | None) -> str:
    """draft, imported or undone."""
    if undone_at is not None:
        return "undone"
    return "draft" if applied_at is None else "imported"
