"""The migrations lead to the tables of the models, also where there is data already."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from finance_app import db, models

assert models.__all__


def config_of(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    config.attributes["url"] = url
    return config


def test_migrations_make_what_the_models_say(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.sqlite'}"
    return request.getfixturevalue("postgres").create("marge_old")


def test_a_role_becomes_a_profile(empty_url):
    config = config_of(empty_url)
    command.upgrade(config, "0001")
    engine = db.engine_for(empty_url)
    moment = datetime.now(UTC)
    user: dict[str, Any] = {
        "job_title": "", "theme": "system", "weekly_seconds": 0, "preferences": {}, "version": 1,
        "created_at": moment,
    }  # fmt: skip
    login: dict[str, Any] = dict.fromkeys(("created_at", "last_seen_at", "expires_at"), moment)
    with engine.execution_options(writes=True).begin() as connection:
        users, logins = (
            sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("user", "user_session")
        )
        for key, role in enumerate(("owner", "manager", "member", "no such role"), 1):
            connection.execute(users.insert().values(id=key, name=role, role=role, **user))
        connection.execute(
            logins.insert().values(token_hash="x", user_id=1, address="", user_agent="", **login)
        )
    command.upgrade(config, "0002")
    with engine.connect() as connection:
        keys = connection.execute(
            sa.text('SELECT p.key FROM "user" u JOIN profile p ON p.id = u.profile_id ORDER BY u.id')
        ).scalars()
        assert list(keys) == ["owner", "manager", "member", "member"]
        assert connection.execute(sa.text("SELECT user_id FROM user_session")).scalar_one() == 1
    command.downgrade(config, "0001")
    with engine.connect() as connection:
        roles = connection.execute(sa.text('SELECT role FROM "user" ORDER BY id')).scalars()
        assert list(roles) == ["owner", "manager", "member", "member"]
    engine.dispose()
