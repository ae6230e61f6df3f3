import pytest
from sqlmodel import Session

from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor


@pytest.fixture
def owner(session: Session) -> Actor:
    return actor(session, Role.OWNER)


@pytest.fixture
def member(session: Session) -> Actor:
    return actor(session, Role.MEMBER)


def actor(session: Session, role: Role) -> Actor:
    user = accounts.create_user(
        session, name=f"The {role}", email=f"{role}@example.com", password="correct horse", role=role
    )
    found = accounts.actor_of(session, accounts.open_session(session, user))
    assert found is not None
    return found
