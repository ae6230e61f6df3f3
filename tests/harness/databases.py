"""Fresh databases with our schema: migrated once a run, copied for each test."""

import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db
from tests.harness.postgres import PostgresCluster

_NUMBERS = itertools.count(1)
_TEMPLATE = "marge_template"


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
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database with our schema; each test runs on both kinds."""
    maker = {"sqlite": "new_sqlite", "postgresql": "new_postgres"}[request.param]
    return request.getfixturevalue(maker)()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.engine_for(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session in one transaction, rolled back at the end."""
    writing = engine.execution_options(writes=True)
    with Session(writing, expire_on_commit=False) as session:
        yield session
        session.rollback()
