"""Databases with our schema, migrated once a run: copied for tests that commit, else shared."""

import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import Session

from finance_app import db, demo
from tests.harness.postgres import PostgresCluster

DEMO_DAY = date(2026, 11, 25)
_NUMBERS = itertools.count(1)
_TEMPLATE = "marge_template"
_MAKERS = {"sqlite": "new_sqlite", "postgresql": "new_postgres"}
_COUNTERS = text("SELECT sequencename, coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences")
_SET_COUNTER = text("SELECT setval(:name, :value, :used)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL with one database of our schema, `marge_template`, to copy."""
    with tempfile.TemporaryDirectory(prefix="marge-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = PostgresCluster(folder)
        try:
            db.migrate(cluster.create(_TEMPLATE))
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our schema, to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    db.migrate(f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> Callable[[], str]:
    """Makes an empty SQLite database with our schema and returns its address."""

    def make() -> str:
        file = shutil.copy(sqlite_template, tmp_path / f"marge-{next(_NUMBERS)}.sqlite")
        return f"sqlite:///{file}"

    return make


@pytest.fixture
def new_postgres(postgres: PostgresCluster) -> Iterator[Callable[[], str]]:
    """Makes an empty PostgreSQL database with our schema and returns its address."""
    made: list[str] = []

    def make() -> str:
        made.append(f"marge_{next(_NUMBERS)}")
        return postgres.create(made[-1], _TEMPLATE)

    yield make
    for name in made:
        postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a database runs on both kinds."""
    return request.param


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty database with our schema, of this test alone."""
    return request.getfixturevalue(_MAKERS[database_kind])()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.engine_for(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session in one transaction, rolled back at the end.

    Tests share its database, for making one takes longer than most of them; a test that also asks for the
    engine, or whose session commits, has one of its own.
    """
    if "engine" in request.fixturenames:
        engine = request.getfixturevalue("engine")
    else:
        engine = request.getfixturevalue(f"shared_{database_kind}").untouched()
    with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def demo_session(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session on the demo company as of `DEMO_DAY`, filled once a run; rolled back at the end."""
    engine = request.getfixturevalue(f"demo_{database_kind}").untouched()
    with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
        yield session
        session.rollback()


class SharedDatabase:
    """An empty database for test after test, made anew once something was committed to it."""

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._written = False
        self._counters: dict[str, tuple[int, bool]] = {}

    def untouched(self) -> Engine:
        if self._engine is None or self._written:
            self.dispose()
            self._engine, self._written = db.engine_for(self._make()), False
            if self._engine.dialect.name == "postgresql":
                self._counters = self._read_counters(self._engine)
            event.listen(self._engine, "commit", self._note)
        elif self._engine.dialect.name == "postgresql":
            self._turn_back(self._engine)
        return self._engine

    def dispose(self) -> None:
        if self._engine:
            self._engine.dispose()

    def _note(self, _connection: object) -> None:
        self._written = True

    def _turn_back(self, engine: Engine) -> None:
        """The counters of ids to where they were: a roll-back leaves them."""
        changed = [row for row in self._read_counters(engine).items() if row not in self._counters.items()]
        with engine.connect() as connection:
            for name, _ in changed:
                value, used = self._counters[name]
                connection.execute(_SET_COUNTER, {"name": name, "value": value, "used": used})

    @staticmethod
    def _read_counters(engine: Engine) -> dict[str, tuple[int, bool]]:
        with engine.connect() as connection:
            return {name: (value, used) for name, value, used in connection.execute(_COUNTERS)}


@pytest.fixture(scope="session")
def shared_sqlite(sqlite_template: Path) -> Iterator[SharedDatabase]:
    with tempfile.TemporaryDirectory(prefix="marge-shared-") as folder:

        def make() -> str:
            return f"sqlite:///{shutil.copy(sqlite_template, Path(folder) / f'{next(_NUMBERS)}.sqlite')}"

        shared = SharedDatabase(make)
        yield shared
        shared.dispose()


@pytest.fixture(scope="session")
def shared_postgresql(postgres: PostgresCluster) -> Iterator[SharedDatabase]:
    shared = SharedDatabase(lambda: postgres.create(f"marge_shared_{next(_NUMBERS)}", _TEMPLATE))
    yield shared
    shared.dispose()


@pytest.fixture(scope="session")
def demo_sqlite(sqlite_template: Path) -> Iterator[SharedDatabase]:
    with tempfile.TemporaryDirectory(prefix="marge-demo-") as folder:
        shared = SharedDatabase(
            lambda: _demo(f"sqlite:///{shutil.copy(sqlite_template, Path(folder) / 'demo.sqlite')}")
        )
        yield shared
        shared.dispose()


@pytest.fixture(scope="session")
def demo_postgresql(postgres: PostgresCluster) -> Iterator[SharedDatabase]:
    shared = SharedDatabase(lambda: _demo(postgres.create(f"marge_demo_{next(_NUMBERS)}", _TEMPLATE)))
    yield shared
    shared.dispose()


def _demo(url: str) -> str:
    engine = db.engine_for(url)
    with db.transaction(engine) as session:
        demo.fill(session, DEMO_DAY)
    engine.dispose()
    return url
