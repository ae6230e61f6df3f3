"""The connection to Zoho: its secrets, and the way to the API."""

import httpx
import pytest
from pydantic import SecretStr

from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Grant
from finance_app.models import ZohoConnection
from finance_app.models.kinds import ConnectionState
from finance_app.sandbox import Sandbox
from finance_app.services import vault
from finance_app.services.zoho import connection
from finance_app.services.zoho.connection import Secrets
from finance_app.settings import settings


def connected(session, **more) -> ZohoConnection:
    secrets = Secrets(client_secret="the client secret", refresh_token="sandbox")
    row = ZohoConnection(
        state=ConnectionState.ACTIVE, client_id="id", organisation="10", secrets=secrets.closed(), **more
    )
    session.add(row)
    session.flush()
    return row


async def test_the_connection_speaks_to_its_organisation(session):
    row = connected(session)
    access = connection.client(session)
    kept = []

    async def keep(grant: Grant) -> None:
        kept.append(grant)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(Sandbox())) as http:
        found = await access.books(http, keep=keep).organizations()
    assert [each.id for each in found] == ["10"]
    connection.keep_grant(session, row.id, kept[0])
    assert connection.client(session).secrets.access_token == kept[0].access_token
    connection.keep_grant(session, row.id, Grant("that of credentials before", "old"))
    assert connection.client(session).secrets.access_token == kept[0].access_token


def test_secrets_are_nowhere_in_the_clear(session):
    row = connected(session)
    told = f"{connection.client(session)!r} {row!r} {row.secrets}"
    assert "the client secret" not in told
    assert "refresh_token='sandbox'" not in told


def test_without_a_connection_there_is_no_way(session):
    session.add(ZohoConnection())
    session.flush()
    with pytest.raises(DomainError, match="not_connected"):
        connection.client(session)


def test_after_a_change_of_the_secret_key_the_old_one_still_opens(monkeypatch):
    before = settings()
    closed = Secrets(key="zsc").closed()
    changed = {"secret_key": SecretStr("x" * 40), "old_secret_keys": (before.secret_key,)}
    monkeypatch.setattr(vault, "settings", lambda: before.model_copy(update=changed))
    assert Secrets.opened(closed).key == "zsc"
    renewed = vault.renew(closed)
    monkeypatch.setattr(
        vault, "settings", lambda: before.model_copy(update={**changed, "old_secret_keys": ()})
    )
    assert Secrets.opened(renewed).key == "zsc"
    with pytest.raises(DomainError):
        Secrets.opened(closed)
