"""The database: one engine a process, one transaction an event.

`transaction()` writes and commits, `reading()` only looks. On SQLite a writing transaction takes the lock
at its start (BEGIN IMMEDIATE), so that two writers wait for each other and none fails half way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.services.audit import chain as audit_chain
from finance_app.services.budgeting import alerts
from finance_app.settings import settings

BUSY_SECONDS = 15
MIGRATIONS = Path(__file__).parent.parent / "alembic"


def engine_for(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://...`, with our pragmas and pool."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=20
    )


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def pragmas(connection, _record) -> None:
        connection.isolation_level = None  # the driver would begin deferred transactions on its own
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@cache
def engine() -> Engine:
    """The engine of this process, for the database of the settings."""
    return engine_for(settings().database_url)


@contextmanager
def transaction(source: Engine | None = None) -> Iterator[Session]:
    """A session whose work is committed at the end, or rolled back as a whole if anything was raised.

    Before the commit, budgets that the work has touched are looked at, and who must know is told.
    """
    writing = (source or engine()).execution_options(writes=True)
    with Session(writing, expire_on_commit=False) as session, session.begin():
        yield session
        alerts.settle(session)
        audit_chain.seal(session)


@contextmanager
def reading(source: Engine | None = None) -> Iterator[Session]:
    """A session on one consistent state of the database; nothing done in it is kept."""
    with Session(source or engine(), expire_on_commit=False) as session:
        yield session


_FAULTS = {
    "common.error.database_busy": ("locked", "lock timeout", "deadlock", "busy"),
    "common.error.database_full": ("is full", "no space left"),
    "common.error.database_gone": ("refused", "closed the connection", "could not connect", "unable to open"),
}


def told(error: OperationalError) -> DomainError | None:
    """What keeps the database from answering, in words; None for what is a fault of ours."""
    said = str(error.orig).lower()
    for code, signs in _FAULTS.items():
        if any(sign in said for sign in signs):
            return DomainError(code)
    return None


def migrate(url: str) -> None:
    """Bring a database to the newest schema."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")
