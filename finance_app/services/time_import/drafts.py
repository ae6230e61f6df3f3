"""An import before it is applied: the file is kept, and each step of the wizard keeps what was chosen.

A draft is a TimeImport without `applied_at`; `options` and `mapping` hold only what somebody chose, the rest
is detected anew from the file. So a reload, a killed server or another worker loses nothing.
"""

from collections.abc import Mapping as Values
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.integrations.timesheet_files import (
    Field,
    FileError,
    FileShape,
    Mapping,
    Problem,
    check_mapping,
    sniff,
)
from finance_app.models import Portal, StoredFile, TimeImport
from finance_app.services import files
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.time_import import shapes
from finance_app.services.time_import.choices import decisions, file_options
from finance_app.services.time_import.reading import Source
from finance_app.settings import settings

PURPOSE = "time_import"
MEDIA_TYPES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Draft:
    """A draft as its file and its choices make it. `questions` and `missing` must be empty before a check."""

    row: TimeImport
    path: Path
    shape: FileShape
    mapping: Mapping
    missing: list[Problem]
    portal: Portal | None

    @property
    def questions(self) -> tuple[str, ...]:
        return self.shape.questions

    @property
    def source(self) -> Source:
        return Source(self.path, self.shape, self.mapping, decisions(self.row.options), self.portal)


def refused_file(error: FileError) -> DomainError:
    """A file that cannot be read, as a refusal."""
    return DomainError(f"timesheet_file.file.{error.code}", **error.params)


def portal_of(session: Session) -> Portal | None:
    return session.execute(select(Portal)).scalars().first()


def file_limit() -> int:
    """How many bytes a file may have."""
    return settings().upload_max_mb * 1024 * 1024


def check_file(path: Path) -> FileShape:
    """Looks whether a file is a time sheet at all. Raises DomainError in words."""
    try:
        return sniff(path, file_options({}, None))
    except FileError as error:
        raise refused_file(error) from None


def start(session: Session, actor: Actor, *, name: str, sha256: str, shape: FileShape) -> TimeImport:
    """A draft for a file that `files.Incoming` kept; columns chosen for such a file before are proposed."""
    actor.require(Permission.TIME_IMPORT)
    stored = files.record(
        session,
        actor,
        sha256,
        name=name,
        media_type=MEDIA_TYPES[shape.kind],
        size=shape.size,
        purpose=PURPOSE,
    )
    options, mapping = shapes.remembered(session, shape)
    row = TimeImport(
        file_name=stored.name,
        file_hash=sha256,
        file_id=stored.id,
        options=options,
        mapping=mapping,
        created_by_id=actor.user_id or None,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, actor: Actor, import_id: int) -> TimeImport:
    """Raises NotFound."""
    actor.require(Permission.TIME_IMPORT)
    row = session.get(TimeImport, import_id)
    if row is None:
        raise NotFound
    return row


def read(session: Session, actor: Actor, import_id: int) -> Draft:
    """The draft with its file looked at. Raises NotFound, or DomainError for a file that cannot be read."""
    row = get(session, actor, import_id)
    stored = session.get(StoredFile, row.file_id) if row.file_id else None
    if stored is None:
        raise DomainError("file.error.gone", name=row.file_name)
    return look(session, row, files.content(stored))


def look(session: Session, row: TimeImport, path: Path) -> Draft:
    """The file at `path` as `row` says to read it; the row need not be stored. Raises DomainError."""
    portal = portal_of(session)
    options = file_options(row.options, portal)
    chosen = {Field(name): column for name, column in row.mapping.items()} or None
    try:
        shape = sniff(path, options, chosen)
    except FileError as error:
        raise refused_file(error) from None
    mapping = shape.mapping if chosen is None else chosen
    mapping = {name: column for name, column in mapping.items() if column < len(shape.headers)}
    return Draft(row, path, shape, mapping, check_mapping(mapping, shape.options), portal)


def _open_draft(session: Session, actor: Actor, import_id: int) -> TimeImport:
    row = get(session, actor, import_id)
    if row.applied_at is not None:
        raise DomainError("time_import.error.already_applied")
    return row


def choose(session: Session, actor: Actor, import_id: int, changes: Values[str, Any]) -> TimeImport:
    """Keep options of the file, defaults or decisions; None takes a choice back. A file that cannot be read
    with them is refused and nothing is kept."""
    row = _open_draft(session, actor, import_id)
    before = row.options
    merged = {**before, **changes}
    row.options = {name: value for name, value in merged.items() if value is not None}
    session.add(row)
    session.flush()
    try:
        read(session, actor, import_id)
    except DomainError:
        row.options = before
        session.flush()
        raise
    return row


def choose_columns(session: Session, actor: Actor, import_id: int, mapping: Mapping) -> TimeImport:
    """Keep which column holds which field."""
    row = _open_draft(session, actor, import_id)
    row.mapping = {name.value: column for name, column in mapping.items()}
    session.add(row)
    session.flush()
    return row


def discard(session: Session, actor: Actor, import_id: int) -> None:
    """Throw a draft away, with its file where no other import has the same."""
    row = _open_draft(session, actor, import_id)
    audit.record(session, actor, "time_import", row.id, "discarded", file=row.file_name)
    forget(session, row)


def forget(session: Session, row: TimeImport) -> None:
    """Delete an import that brought nothing."""
    stored = session.get(StoredFile, row.file_id) if row.file_id else None
    session.delete(row)
    session.flush()
    if stored is not None:
        others = session.execute(
            select(StoredFile.id).where(StoredFile.sha256 == stored.sha256, StoredFile.id != stored.id)
        ).first()
        session.delete(stored)
        session.flush()
        if others is None:
            files.path_of(stored.sha256).unlink(missing_ok=True)
