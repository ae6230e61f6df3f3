from datetime import timedelta

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError
from finance_app.models import Portal, User, UserSession
from finance_app.models.columns import now
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts


@pytest.fixture
def user(session) -> User:
    return accounts.create_user(
        session, name="Ada Byron", email=" Ada@Example.com", password="correct horse", role=Role.OWNER
    )


def test_password_opens_whatever_the_case_of_the_address(session, user):
    assert accounts.authenticate(session, "ADA@example.COM", "correct horse") == user
    assert accounts.authenticate(session, "ada@example.com", "wrong horse") is None
    assert accounts.authenticate(session, "nobody@example.com", "correct horse") is None


def test_a_person_of_imported_time_cannot_log_in(session):
    session.add(User(name="Imported"))
    session.flush()
    assert accounts.authenticate(session, "", "") is None


def test_the_database_never_holds_the_token_or_the_password(session, user):
    token = accounts.open_session(session, user)
    login = session.exec(select(UserSession)).one()
    assert token not in str(login.model_dump())
    assert "correct horse" not in str(user.model_dump())
    assert user.password_hash.startswith("$argon2id$")


def test_log_out_ends_the_log_in(session, user):
    token = accounts.open_session(session, user)
    me = accounts.actor_of(session, token)
    assert me is not None
    assert me.user_id == user.id
    accounts.close_session(session, token)
    session.expire_all()
    assert accounts.actor_of(session, token) is None


def test_a_log_in_expires_and_is_prolonged_by_use(session, user):
    token = accounts.open_session(session, user)
    login = session.exec(select(UserSession)).one()
    login.last_seen_at = now() - timedelta(days=1)
    login.expires_at = now() + timedelta(minutes=1)
    accounts.touch_session(session, token)
    assert login.expires_at > now() + timedelta(days=13)
    login.expires_at = now() - timedelta(seconds=1)
    session.flush()
    assert accounts.actor_of(session, token) is None


def test_use_never_prolongs_beyond_the_longest_life(session, user):
    token = accounts.open_session(session, user)
    login = session.exec(select(UserSession)).one()
    login.created_at = now() - timedelta(days=Portal().login_days) + timedelta(hours=1)
    login.last_seen_at = now() - timedelta(days=1)
    accounts.touch_session(session, token)
    assert login.expires_at <= now() + timedelta(hours=1)


def test_an_archived_person_is_out_at_once(session, user):
    token = accounts.open_session(session, user)
    user.archived_at = now()
    session.flush()
    assert accounts.actor_of(session, token) is None
    assert accounts.authenticate(session, "ada@example.com", "correct horse") is None


def test_a_new_password_ends_the_other_log_ins(session, user):
    here, there = accounts.open_session(session, user), accounts.open_session(session, user)
    me = accounts.actor_of(session, here)
    with pytest.raises(DomainError, match="password_wrong"):
        accounts.change_password(session, me, current="wrong", new="longer than before")
    accounts.change_password(session, me, current="correct horse", new="longer than before")
    session.expire_all()
    assert accounts.actor_of(session, here) is not None
    assert accounts.actor_of(session, there) is None
    assert accounts.authenticate(session, "ada@example.com", "longer than before") == user


def test_an_address_belongs_to_one_person(session, user):
    with pytest.raises(DomainError, match="email_taken"):
        accounts.create_user(
            session, name="Other", email="ADA@example.com", password="correct horse", role=Role.MEMBER
        )
