import pytest
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api import limits, zoho_webhook
from finance_app.models import ZohoSync
from finance_app.models.columns import now
from finance_app.services.zoho.sync import webhook


@pytest.fixture
def web(new_sqlite, monkeypatch):
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    with db.transaction(engine) as session:
        session.add(ZohoSync(id=1, connection_id=1, product="books", organisation="10", pulled_at=now()))
    limits.forget()
    with TestClient(Starlette(routes=zoho_webhook.zoho_webhook_routes())) as client:
        yield client, engine
    limits.forget()
    engine.dispose()


def pulled(engine) -> bool:
    with Session(engine) as session:
        return session.get_one(ZohoSync, 1).pulled_at is not None


def test_a_signed_message_makes_the_worker_look(web):
    client, engine = web
    body = b'{"invoice": {"invoice_id": "1"}}'
    signed = webhook.signature(webhook.secret(1), [("b", "2"), ("a", "1")], body)
    address = "/connect/zoho/changed/1?b=2&a=1"
    answer = client.post(address, content=body, headers={webhook.HEADER: signed})
    assert answer.status_code == 204
    assert not pulled(engine)


@pytest.mark.parametrize("given", ["", "0" * 64, webhook.signature("other", [], b"{}")])
def test_any_other_changes_nothing(web, given):
    client, engine = web
    for address in ("/connect/zoho/changed/1", "/connect/zoho/changed/99"):
        answer = client.post(address, content=b"{}", headers={webhook.HEADER: given})
        assert (answer.status_code, answer.content) == (401, b"")
    assert pulled(engine)


def test_a_message_without_end_is_refused(web):
    client, _ = web
    assert client.post("/connect/zoho/changed/1", content=b"x" * 1_000_001).status_code == 413
