import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from finance_app import db
from finance_app.models import User
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.states.session import SESSION_COOKIE
from tests.security import world

PASSWORD = "maple thunder orchid 52"


@dataclass
class Company:
    """The world of the walk; what a request would have changed is noted and taken back."""

    engine: Engine
    member: str
    owner: str
    wrote: set[str] = field(default_factory=set)

    @property
    def cookie(self) -> str:
        return f"{SESSION_COOKIE}={self.member}"


@pytest.fixture(scope="module")
def company(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("walk") / "walk.sqlite")
    engine = db.engine_for(f"sqlite:///{file}")
    with engine.execution_options(writes=True).begin() as connection:
        world.furnish(connection)
    with db.transaction(engine) as session:
        user = accounts.create_user(
            session,
            name="Curious Colleague",
            email="curious@example.com",
            password=PASSWORD,
            role=Role.MEMBER,
        )
        owner = session.get_one(User, 1)
        found = Company(engine, accounts.open_session(session, user), accounts.open_session(session, owner))

    @event.listens_for(engine, "after_cursor_execute")
    def note(_connection, cursor, statement: str, *_rest: object) -> None:
        words = statement.replace('"', "").split()
        if cursor.rowcount and words[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            found.wrote.add(words[2 if words[0].upper() in ("INSERT", "DELETE") else 1].lower())

    yield found
    engine.dispose()


@pytest.fixture
def walked(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company, of which nothing is changed for the next one who comes by."""
    company.wrote.clear()

    @contextmanager
    def never_kept(_source: Engine | None = None) -> Iterator[Session]:
        writing = company.engine.execution_options(writes=True)
        with Session(writing, expire_on_commit=False) as session:
            yield session
            session.flush()
            session.rollback()

    monkeypatch.setattr(db, "engine", lambda: company.engine)
    monkeypatch.setattr(db, "transaction", never_kept)
    return company
