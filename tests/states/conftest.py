from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from finance_app import db
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.states.session import SESSION_COOKIE

PASSWORD = "correct horse battery"


@pytest.fixture
def database(new_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The database that handlers use, empty."""
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    yield engine
    engine.dispose()


@pytest.fixture
def log_in(database: Engine) -> Callable[[Role], str]:
    """Makes a person of a role and returns the cookie header of the log-in."""

    def make(role: Role) -> str:
        with db.transaction() as session:
            user = accounts.create_user(
                session, name=f"The {role}", email=f"{role}@example.com", password=PASSWORD, role=role
            )
            return f"{SESSION_COOKIE}={accounts.open_session(session, user)}"

    return make
