"""The sandbox's state: JSON records by organisation and kind, in one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    owner TEXT NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL, parent TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL, PRIMARY KEY (owner, kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_parent ON record (owner, kind, parent, id);
CREATE TABLE IF NOT EXISTS file (record INTEGER PRIMARY KEY, name TEXT, media_type TEXT, content BLOB);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_FIRST_ID = 460_000_000_026_001


_zone: ContextVar[ZoneInfo | None] = ContextVar("sandbox_zone", default=None)


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """Days and moments are those of an organisation's time zone."""
    try:
        zone = ZoneInfo(name)
    except (ValueError, OSError):
        zone = None
    token = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(token)


def timestamp(moment: datetime | None = None) -> str:
    """A moment as Zoho writes it, in the organisation's time zone: `2026-01-31T12:00:00+0100`."""
    return (moment or datetime.now(UTC)).astimezone(_zone.get() or UTC).strftime("%Y-%m-%dT%H:%M:%S%z")


def today() -> date:
    """The day in the organisation's time zone."""
    return datetime.now(_zone.get() or UTC).date()


class Store:
    """One at a time: `with store.transaction()` commits what a request did, or takes it back."""

    def __init__(self, path: str = ":memory:"):
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def clear(self) -> None:
        for table in ("record", "file", "kept"):
            self._db.execute(f"DELETE FROM {table}")

    def add(self, owner: str, kind: str, body: Record, *, id_field: str, parent: str = "") -> Record:
        """Store a new record under the next id, which it carries in `id_field` as text."""
        id = self.next_id()
        return self.put(owner, kind, id, {id_field: str(id), **body}, parent=parent)

    def next_id(self) -> int:
        """An id that no record had before, of whatever kind."""
        id = self.kept("last_id", _FIRST_ID) + 1
        self.keep("last_id", id)
        return id

    def put(self, owner: str, kind: str, id: int | str, body: Record, *, parent: str = "") -> Record:
        self._db.execute(
            "INSERT OR REPLACE INTO record (owner, kind, id, parent, body) VALUES (?, ?, ?, ?, ?)",
            (owner, kind, int(id), parent, json.dumps(body)),
        )
        return body

    def save(self, owner: str, kind: str, id: int | str, body: Record) -> Record:
        """Write a record that exists."""
        self._db.execute(
            "UPDATE record SET body = ? WHERE owner = ? AND kind = ? AND id = ?",
            (json.dumps(body), owner, kind, int(id)),
        )
        return body

    def get(self, owner: str, kind: str, id: int | str | None) -> Record | None:
        if id is None or not str(id).isdigit() or len(str(id)) > 18:
            return None
        row = self._db.execute(
            "SELECT body FROM record WHERE owner = ? AND kind = ? AND id = ?", (owner, kind, int(id))
        ).fetchone()
        return json.loads(row[0]) if row else None

    def remove(self, owner: str, kind: str, id: int | str) -> None:
        self._db.execute("DELETE FROM record WHERE owner = ? AND kind = ? AND id = ?", (owner, kind, int(id)))
        self._db.execute("DELETE FROM file WHERE record = ?", (int(id),))

    def find(self, owner: str, kind: str, parent: str | None = None, **equal: Any) -> list[Record]:
        """Every record whose fields are exactly these."""
        conditions = [(f"{field(name)} = ?", value) for name, value in equal.items()]
        return self.select(owner, kind, conditions, parent=parent)[0]

    def select(
        self,
        owner: str,
        kind: str,
        conditions: Sequence[tuple[str, Any]] = (),
        *,
        parent: str | None = None,
        order: str = "id",
        limit: int = -1,
        offset: int = 0,
    ) -> tuple[list[Record], bool]:
        """Records that meet every condition (SQL over `body`, a value each), and whether more follow."""
        where, values = ["owner = ?", "kind = ?"], [owner, kind]
        if parent is not None:
            where.append("parent = ?")
            values.append(parent)
        for sql, value in conditions:
            where.append(sql)
            values.extend(value if isinstance(value, tuple) else (value,))
        rows = self._db.execute(
            f"SELECT body FROM record WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, limit + 1 if limit >= 0 else -1, offset),
        ).fetchall()
        more = 0 <= limit < len(rows)
        return [json.loads(row[0]) for row in (rows[:limit] if more else rows)], more

    def count(self) -> dict[str, int]:
        rows = self._db.execute("SELECT kind, count(*) FROM record GROUP BY kind ORDER BY kind")
        return dict(rows)

    def attach(self, record: int | str, name: str, media_type: str, content: bytes) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", (int(record), name, media_type, content)
        )

    def attached(self, record: int | str) -> tuple[str, str, bytes] | None:
        return self._db.execute(
            "SELECT name, media_type, content FROM file WHERE record = ?", (int(record),)
        ).fetchone()

    def detach(self, record: int | str) -> None:
        self._db.execute("DELETE FROM file WHERE record = ?", (int(record),))

    def keep(self, name: str, value: Any) -> None:
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, json.dumps(value)))

    def kept(self, name: str, default: Any = None) -> Any:
        row = self._db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def forget(self, names: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM kept WHERE name = ?", [(name,) for name in names])


def moment(sql: str) -> str:
    """The SQL of a moment that is written with an offset, to be compared and sorted by."""
    return f"julianday(substr({sql}, 1, 22) || ':' || substr({sql}, 23))"


def field(name: str) -> str:
    """The SQL of a field of the body. Names come from the sandbox's own tables, never from a request."""
    return f"json_extract(body, '$.{name}')"
