"""`marge backup` and `marge restore`: the whole installation in one file, good for SQLite and PostgreSQL.

The archive is a ZIP of `manifest.json`, `tables/<name>.jsonl` with a row a line, and `data/` with the files
of the data folder. It is read on one consistent state of the database, so Marge may run during a backup.
"""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Table, delete, func, insert, select, text
from sqlmodel import SQLModel

from finance_app import db, models
from finance_app.cli.serve import empty_database
from finance_app.models.columns import ScaledDecimal, UtcDateTime
from finance_app.settings import Settings, settings

_FORMAT = 1
_BATCH = 1000
_NOT_KEPT = ("states", "log", "build.lock")
_DERIVED = ("time_total", "time_sum", "time_unbilled", "budget_due")
"""Tables that triggers fill while the others are restored."""

assert models.__all__  # importing them completes the metadata


def backup(file: Annotated[Path, typer.Argument(help="The archive to write, as in marge.zip.")]) -> None:
    """Write database and files into one archive. It holds the secret key: keep it as safe as the database."""
    given = settings()
    if file.exists():
        _refuse(f"{file} exists already; name another file")
    draft = file.with_name(f"{file.name}.part")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            rows, files = write_archive(given, stream)
        draft.rename(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        _refuse(f"the archive could not be written to {file}: {error.strerror}")
    typer.echo(f"{rows} rows and {files} files are in {file}.")


def restore(
    file: Annotated[Path, typer.Argument(help="An archive of marge backup.")],
    force: Annotated[bool, typer.Option(help="Replace what the database holds now.")] = False,
) -> None:
    """Fill the database and the data folder from an archive. Stop Marge before."""
    given = settings()
    try:
        archive = zipfile.ZipFile(file)
        manifest = json.loads(archive.read("manifest.json"))
    except OSError as error:
        _refuse(f"{file} cannot be read: {error.strerror}")
        return
    except (zipfile.BadZipFile, KeyError, ValueError):
        _refuse(f"{file} is no archive of marge backup, or it is damaged")
        return
    with archive:
        given.data_dir.mkdir(parents=True, exist_ok=True)
        db.migrate(given.database_url)
        with db.engine().connect() as connection:
            present, revision = _revision(connection), manifest.get("revision")
            filled = connection.execute(select(func.count()).select_from(_table("portal"))).scalar_one()
            filled += connection.execute(select(func.count()).select_from(_table("user"))).scalar_one()
        if manifest.get("format") != _FORMAT or revision != present:
            _refuse(
                f"{file} is of schema {revision}, this Marge has {present}. Restore it with the version that "
                "made it, then upgrade"
            )
        if filled and not force:
            _refuse("the database holds data already. Name an empty one, or replace its data with --force")
        if filled:
            empty_database()
            db.migrate(given.database_url)
        rows, files = read_archive(given, archive)
    typer.echo(f"{rows} rows and {files} files are restored.")


def write_archive(given: Settings, stream: Any) -> tuple[int, int]:
    """How many rows and files were written."""
    rows = files = 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with db.engine().connect() as plain:
            level = "REPEATABLE READ" if plain.dialect.name == "postgresql" else "SERIALIZABLE"
            connection = plain.execution_options(isolation_level=level, yield_per=_BATCH)
            for table in _tables():
                with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
                    for row in connection.execute(select(table)).mappings():
                        out.write(json.dumps(dict(row), default=_plain, ensure_ascii=False).encode() + b"\n")
                        rows += 1
            manifest = {"format": _FORMAT, "revision": _revision(connection), "made_at": datetime.now(UTC)}
        for path in _files(given):
            archive.write(path, f"data/{path.relative_to(given.data_dir).as_posix()}")
            files += 1
        archive.writestr("manifest.json", json.dumps(manifest, default=_plain))
    return rows, files


def read_archive(given: Settings, archive: zipfile.ZipFile) -> tuple[int, int]:
    """Fills an empty schema in one transaction, then writes the files."""
    rows = files = 0
    names = set(archive.namelist())
    with db.engine().execution_options(writes=True).begin() as connection:
        connection.execute(delete(_table("profile")))  # the built-in ones, which the archive has too
        for table in _tables():
            if (name := f"tables/{table.name}.jsonl") in names:
                with archive.open(name) as lines:
                    for batch in _batches(table, lines):
                        connection.execute(insert(table), batch)
                        rows += len(batch)
            if connection.dialect.name == "postgresql" and "id" in table.c:
                quoted = connection.dialect.identifier_preparer.quote(table.name)
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{quoted}', 'id'), "
                        f"coalesce((SELECT max(id) FROM {quoted}), 0) + 1, false)"
                    )
                )
        connection.execute(delete(_table("budget_due")))  # its alerts were told where the archive comes from
    for name in sorted(names):
        path = PurePosixPath(name)
        if path.parts[0] == "data" and not name.endswith("/") and ".." not in path.parts:
            target = given.data_dir.joinpath(*path.parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(archive.read(name))
            files += 1
    return rows, files


def _files(given: Settings) -> Iterator[Path]:
    for path in sorted(given.data_dir.rglob("*")):
        first = path.relative_to(given.data_dir).parts[0]
        if path.is_file() and first not in _NOT_KEPT and ".sqlite" not in path.name:
            yield path


def _tables() -> list[Table]:
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in _DERIVED]


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


def _revision(connection: Connection) -> str:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in an archive")


def _batches(table: Table, lines: Any) -> Iterator[list[dict[str, Any]]]:
    readers = {column.name: _reader(column.type) for column in table.columns}
    batch: list[dict[str, Any]] = []
    for line in io.TextIOWrapper(lines, encoding="utf-8", newline="\n"):
        row = json.loads(line)
        batch.append({name: None if v is None else readers[name](v) for name, v in row.items()})
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _reader(kind: Any) -> Any:
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat
    if isinstance(kind, ScaledDecimal):
        return Decimal
    return date.fromisoformat if kind.__class__.__name__ == "Date" else lambda value: value


def _refuse(words: str) -> None:
    typer.secho(f"marge: {words}", err=True)
    raise typer.Exit(1)
