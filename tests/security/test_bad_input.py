"""Floods, oversized input, stolen tokens, replays: refused, logged once, and the others notice nothing."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from finance_app import db
from finance_app.api import html, limits
from finance_app.api.auth import auth_routes, local_path
from finance_app.api.edge import FORM_LIMIT, FRAME_LIMIT, Edge, client_address
from finance_app.api.time_import import time_import_routes
from finance_app.models.kinds import Role
from finance_app.services.accounts import form_tokens
from finance_app.services.accounts import identity as accounts
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE

PASSWORD = "maple thunder orchid 52"


async def _echo(socket: Any) -> None:
    await socket.accept()
    await socket.send_text(socket.query_params.get("token", ""))
    with suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(str(len(await socket.receive_text())))


async def _length(request: Any) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def web(new_sqlite, monkeypatch) -> Iterator[TestClient]:
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    limits.forget()
    with db.transaction() as session:
        for role in (Role.OWNER, Role.MEMBER):
            accounts.create_user(
                session, name=role, email=f"{role}@example.com", password=PASSWORD, role=role
            )
    routes = [
        *auth_routes(),
        *time_import_routes(),
        Route("/form", _length, methods=["POST"]),
        Route("/files/any", _length, methods=["POST"]),
        WebSocketRoute("/_event", _echo),
    ]
    origin = settings().address
    yield TestClient(
        Edge(Starlette(routes=routes)), base_url=origin, headers={"origin": origin}, follow_redirects=False
    )
    engine.dispose()
    limits.forget()


def attempt(web: TestClient, email: str, password: str = "wrong", **headers: str) -> str:
    data = {"email": email, "password": password, "form_token": form_tokens.issue("login")}
    return web.post("/auth/login", data=data, headers=headers).headers["location"]


def test_a_flood_of_log_ins_is_stopped_before_it_costs_anything(web, monkeypatch, caplog):
    checked = []
    monkeypatch.setattr(accounts, "authenticate", lambda *given: checked.append(given[1]))
    with caplog.at_level(logging.WARNING, "finance_app"):
        answers = [attempt(web, f"nobody{number}@example.com") for number in range(600)]
    assert sum("error=blocked" in answer for answer in answers) == 550
    assert len(checked) == 50
    assert [record.name for record in caplog.records].count("finance_app.api.limits") == 1


def test_others_log_in_meanwhile(web, monkeypatch):
    given = settings().model_copy(update={"trusted_proxies": ("testclient",)})
    monkeypatch.setattr("finance_app.api.edge.client_address", lambda _given, _peer, said: said or "10.0.0.9")
    assert given
    for number in range(60):
        attempt(web, f"nobody{number}@example.com", **{"x-forwarded-for": "203.0.113.5"})
    assert "error=blocked" in attempt(web, "owner@example.com", **{"x-forwarded-for": "203.0.113.5"})
    assert attempt(web, "owner@example.com", PASSWORD, **{"x-forwarded-for": "198.51.100.7"}) == "/"


def test_a_form_that_is_sent_twice_is_refused(web):
    data = {"email": "owner@example.com", "password": PASSWORD, "form_token": form_tokens.issue("login")}
    assert web.post("/auth/login", data=data).headers["location"] == "/"
    assert "error=form" in web.post("/auth/login", data=data).headers["location"]


@pytest.mark.parametrize("token", ["", "x.y.z", "1.n.0", "٣.n.00"])
def test_a_token_of_a_form_cannot_be_made_up(token):
    assert not form_tokens.is_good(token, "login", "")


def test_a_token_of_another_form_is_none_of_this():
    assert not form_tokens.is_good(form_tokens.issue("logout"), "login", "")


def test_a_token_of_a_form_grows_old(monkeypatch):
    token = form_tokens.issue("login")
    assert form_tokens.is_good(token, "login")
    made = int(token.partition(".")[0])
    monkeypatch.setattr("finance_app.services.accounts.form_tokens.time.time", lambda: made + 12 * 3600 + 1)
    assert not form_tokens.is_good(token, "login")


def tab(web: TestClient, token: str, cookie: str) -> str:
    headers = {"cookie": f"{SESSION_COOKIE}={cookie}"} if cookie else {}
    with web.websocket_connect(f"/_event?EIO=4&token={token}", headers=headers) as socket:
        return socket.receive_text()


def test_a_stolen_token_of_a_tab_opens_another_state(web):
    mine = tab(web, "b1946ac9-1111", "my log-in")
    assert mine == tab(web, "b1946ac9-1111", "my log-in")
    stolen = {tab(web, "b1946ac9-1111", ""), tab(web, "b1946ac9-1111", "the thief's log-in")}
    assert len(stolen | {mine}) == 3
    assert "b1946ac9-1111" not in stolen
    assert "_" not in mine


def test_an_oversized_frame_ends_its_socket_and_no_other(web, caplog):
    with web.websocket_connect("/_event?token=a") as other:
        other.receive_text()
        with caplog.at_level(logging.WARNING, "finance_app"):
            for _ in range(3):
                with web.websocket_connect("/_event?token=b") as socket:
                    socket.receive_text()
                    socket.send_text("x" * (FRAME_LIMIT + 1))
                    with pytest.raises(WebSocketDisconnect) as ended:
                        socket.receive_text()
                    assert ended.value.code == 1009
        other.send_text("hello")
        assert other.receive_text() == "5"
    assert len(caplog.records) == 1


def test_a_body_of_100_mb_is_refused_by_its_announcement(web, caplog):
    huge = {"content-length": str(100 * 1024 * 1024)}
    with caplog.at_level(logging.WARNING, "finance_app"):
        for path in ("/form", "/files/any", "/auth/login", "/form"):
            assert web.post(path, content=b"", headers=huge).status_code == 413
    assert len(caplog.records) == 3
    assert web.post("/form", content=b"small").text == "5"


def test_a_body_without_length_is_refused_once_it_is_too_large(web):
    sent = []

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            sent.append(1)
            yield b"x" * 100_000

    assert web.post("/form", content=pieces()).status_code == 413
    assert web.post("/form", content=b"x" * FORM_LIMIT).text == str(FORM_LIMIT)
    assert web.post("/files/any", content=b"x" * (FORM_LIMIT + 1)).text == str(FORM_LIMIT + 1)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "..\\..\\boot.csv", "/etc/cron.d/x.csv", "a\r\nSet-Cookie: b=c.csv"]
)
def test_no_path_and_no_line_break_of_a_file_name_gets_anywhere(name):
    header = html.disposition("attachment", name)
    assert "\r" not in header
    assert "\n" not in header
    assert "/" not in header.partition("filename*")[0]
    assert "\\" not in header.partition("filename*")[0].replace('\\"', "")


@pytest.mark.parametrize("after", ["/a\r\nSet-Cookie: b=c", "//evil.example", "/\x00", "/a\u2028b"])
def test_no_line_break_gets_into_a_header(web, after):
    assert local_path(after) == ""
    data = {
        "email": "owner@example.com", "password": PASSWORD, "next": after,
        "form_token": form_tokens.issue("login"),
    }  # fmt: skip
    answer = web.post("/auth/login", data=data)
    assert answer.headers["location"] == "/"
    assert "b=c" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", "1.2.3.4", "203.0.113.5"),
        ("10.0.0.2", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.2", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.2", "1.2.3.4, 10.0.0.3", "1.2.3.4"),
        ("10.0.0.2", "nonsense", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("testclient", "1.2.3.4", "testclient"),
        ("::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_only_proxies_of_ours_are_believed(peer, forwarded, address):
    given = settings().model_copy(update={"trusted_proxies": ("10.0.0.0/8", "::1/128")})
    assert client_address(given, peer, forwarded) == address
