"""The migrations lead to the tables of the models, also where there is data already."""

from collections.abc import Iterator
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
def empty_url(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.sqlite'}"
        return
    postgres = request.getfixturevalue("postgres")
    yield postgres.create("marge_old")
    postgres.drop("marge_old")


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


def test_what_a_fingerprint_said_besides_becomes_a_state(empty_url):
    config = config_of(empty_url)
    command.upgrade(config, "0024")
    engine = db.engine_for(empty_url)
    sent, moment = "0123456789abcdef" * 4, datetime.now(UTC)
    before = ["gone", f"~{sent[:63]}", sent, ""]
    with engine.execution_options(writes=True).begin() as connection:
        syncs, links = (
            sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("zoho_sync", "zoho_link")
        )
        sync: dict[str, Any] = {
            "connection_id": 1, "product": "books", "organisation": "10", "active": False,
            "clone_contacts": False, "base_currency": "EUR", "stalled": "", "silences": 0, "day_requests": 0,
            "hours": {}, "native": "", "marks": {}, "started_at": moment,
        }  # fmt: skip
        connection.execute(syncs.insert().values(id=1, **sync))
        link: dict[str, Any] = {"sync_id": 1, "module": "invoice", "made_at_zoho": False}
        link |= {"remote_modified": "", "remote_id": "7"}
        for key, fingerprint in enumerate(before, 1):
            values = {"local_id": key, "reference": str(key), "fingerprint": fingerprint}
            connection.execute(links.insert().values(id=key, **link, **values))

    def told(columns: str) -> list[tuple]:
        with engine.connect() as connection:
            rows = connection.execute(sa.text(f"SELECT {columns} FROM zoho_link ORDER BY id"))
            return [tuple(row) for row in rows]

    command.upgrade(config, "0025")
    assert told("state, fingerprint") == [
        ("gone", ""),
        ("contested", sent[:63]),
        ("linked", sent),
        ("linked", ""),
    ]
    command.downgrade(config, "0024")
    assert told("fingerprint") == [(each,) for each in before]
    engine.dispose()
