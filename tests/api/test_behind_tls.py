"""What differs where people reach Marge by https, through a proxy that ends TLS."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api import edge, headers, limits, requests
from finance_app.api.auth import auth_routes
from finance_app.models import UserSession
from finance_app.models.kinds import Role
from finance_app.services.accounts import form_tokens
from finance_app.services.accounts import identity as accounts
from finance_app.settings import settings
from finance_app.states import session as session_state

PASSWORD = "maple thunder orchid 52"
ADDRESS = "https://marge.example.com"


@pytest.fixture
def behind_tls(new_sqlite, monkeypatch):
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    given = settings().model_copy(update={"base_url": ADDRESS, "trusted_proxies": ("10.0.0.0/8",)})
    for module in (edge, headers, requests, session_state):
        monkeypatch.setattr(module, "settings", lambda: given)
    limits.forget()
    with db.transaction() as session:
        accounts.create_user(
            session, name="Owner", email="owner@example.com", password=PASSWORD, role=Role.OWNER
        )

    async def address(request):
        return PlainTextResponse(request.client.host)

    routes = [*auth_routes(), Route("/address", address)]
    app = headers.Headers(edge.Edge(Starlette(routes=routes), given))

    def client(peer: str) -> TestClient:
        # The proxy speaks plain HTTP to Marge.
        return TestClient(
            app, base_url="http://marge.example.com", headers={"origin": ADDRESS}, follow_redirects=False,
            client=(peer, 50_000),
        )  # fmt: skip

    yield client
    engine.dispose()
    limits.forget()


def enter(web: TestClient, **more: str):
    data = {"email": "owner@example.com", "password": PASSWORD, "form_token": form_tokens.issue("login")}
    return web.post("/auth/login", data=data, headers=more)


def test_the_cookie_is_bound_to_the_host_and_to_tls(behind_tls):
    answer = enter(behind_tls("10.0.0.2"), **{"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7"})
    assert answer.status_code == 303
    name, _, attributes = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-marge_session"
    said = {part.strip().lower() for part in attributes.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= said
    assert not any(part.startswith("domain") for part in said)
    with db.reading() as session:
        assert session.get_one(UserSession, 1).address == "203.0.113.7"


def test_every_answer_asks_for_https_from_now_on(behind_tls):
    for path in ("/address", "/nowhere", "/auth/login"):
        answer = behind_tls("10.0.0.2").get(path)
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert "wss://marge.example.com" in answer.headers["content-security-policy"]


def test_without_tls_nothing_asks_for_it():
    assert "strict-transport-security" not in dict(headers.Headers(Starlette()).always)


def test_a_stranger_cannot_say_where_he_comes_from(behind_tls):
    said = {"x-forwarded-for": "198.51.100.1", "forwarded": "for=198.51.100.1", "x-real-ip": "198.51.100.1"}
    assert behind_tls("10.0.0.2").get("/address", headers=said).text == "198.51.100.1"
    assert behind_tls("203.0.113.66").get("/address", headers=said).text == "203.0.113.66"


def test_a_form_from_plain_http_is_of_another_origin(behind_tls):
    web = behind_tls("10.0.0.2")
    answer = enter(web, origin="http://marge.example.com")
    assert "error=origin" in answer.headers["location"]
    assert "set-cookie" not in answer.headers
