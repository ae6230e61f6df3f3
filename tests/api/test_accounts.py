"""Invitation, forgotten password, second factor, log-in and log-out, as a browser without script does."""

import re
from collections.abc import Iterator

import pytest
from pyotp.totp import TOTP
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api import limits
from finance_app.api.accounts import account_routes
from finance_app.api.auth import auth_routes
from finance_app.domain.errors import DomainError
from finance_app.jobs import worker
from finance_app.models import AccountLink, AuditEvent, Mail, OutboxMessage, Portal, User
from finance_app.models.columns import now
from finance_app.models.kinds import Role
from finance_app.services.accounts import form_tokens, second_factor
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import links as account_links
from finance_app.services.accounts.identity import Actor
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE

GOOD = "marble lantern 7 otter canyon"
OLD = "correct horse battery"


@pytest.fixture
def database(new_sqlite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    limits.forget()
    with db.transaction() as session:
        session.add(Portal(name="Atelier"))
        accounts.create_user(
            session, name="Ola Nordmann", email="ola@example.com", password=OLD, role=Role.OWNER
        )
        session.add(User(name="New Colleague", email="new@example.com"))
    yield engine
    engine.dispose()
    limits.forget()


@pytest.fixture
def web(database) -> TestClient:
    origin = settings().address
    app = Starlette(routes=[*account_routes(), *auth_routes()])
    return TestClient(app, base_url=origin, headers={"origin": origin}, follow_redirects=False)


def owner() -> Actor:
    with db.transaction() as session:
        user = accounts.known_as(session, "ola@example.com")
        assert user
        found = accounts.actor_of(session, accounts.open_session(session, user))
        assert found
        return found


def invited() -> str:
    """The link of an invitation of the colleague."""
    with db.transaction() as session:
        link = account_links.invite(session, owner(), 2)
        return f"/account/{account_links.token_of(link)}"


def token_in(answer) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def submit(web: TestClient, path: str, **data: str):
    return web.post(path, data={"form_token": token_in(web.get(path)), **data})


def log_in(web: TestClient, email: str, password: str):
    data = {"email": email, "password": password, "form_token": form_tokens.issue("login")}
    return web.post("/auth/login", data=data)


def test_an_invitation_sets_the_first_password_once(web):
    path = invited()
    page = web.get(path)
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    done = submit(web, path, password=GOOD, repeated=GOOD)
    assert done.headers["location"] == "/login?done=password"
    assert web.get(path).status_code == 404
    assert log_in(web, "new@example.com", GOOD).headers["location"] == "/"


@pytest.mark.parametrize(
    ("password", "repeated", "words"),
    [
        ("short", "short", "at least 12"),
        ("password1234", "password1234", "everybody tries first"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "Repeated"),
        ("NewColleagueNew", "NewColleagueNew", "guesser"),
        (GOOD, GOOD + "x", "differ"),
    ],
)
def test_a_bad_password_is_refused_and_the_link_stays_good(web, password, repeated, words):
    path = invited()
    answer = submit(web, path, password=password, repeated=repeated)
    assert answer.status_code == 422
    assert words in answer.text
    assert password not in answer.text
    assert submit(web, path, password=GOOD, repeated=GOOD).status_code == 303


def test_a_form_is_good_once_and_only_with_its_token(web):
    path = invited()
    data = {"form_token": token_in(web.get(path)), "password": "short", "repeated": "short"}
    assert web.post(path, data=data).status_code == 422
    assert web.post(path, data={**data, "password": GOOD, "repeated": GOOD}).status_code == 403
    assert web.post(path, data={"password": GOOD, "repeated": GOOD}).status_code == 403
    elsewhere = {**data, "form_token": form_tokens.issue("forgotten"), "password": GOOD, "repeated": GOOD}
    assert web.post(path, data=elsewhere).status_code == 403
    evil = {**data, "form_token": token_in(web.get(path)), "password": GOOD, "repeated": GOOD}
    assert web.post(path, data=evil, headers={"origin": "https://evil.example"}).status_code == 403
    assert submit(web, path, password=GOOD, repeated=GOOD).status_code == 303


def test_a_newer_link_ends_the_older(web):
    first, second = invited(), invited()
    assert web.get(first).status_code == 404
    assert web.get(second).status_code == 200


def test_the_same_answer_whether_an_account_exists(web):
    known = submit(web, "/auth/forgotten", email="ola@example.com")
    unknown = submit(web, "/auth/forgotten", email="nobody@example.com")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    with db.reading() as session:
        links = session.exec(select(AccountLink)).all()
        assert [(link.user_id, link.kind) for link in links] == [(1, "reset")]


def test_a_reset_ends_every_log_in(web):
    log_in(web, "ola@example.com", OLD)
    cookie = web.cookies[SESSION_COOKIE]
    with db.transaction() as session:
        account_links.ask_reset(session, "OLA@example.com ", "10.0.0.1")
        link = session.exec(select(AccountLink)).one()
        path = f"/account/{account_links.token_of(link)}"
    assert submit(web, path, password=GOOD, repeated=GOOD).status_code == 303
    with db.reading() as session:
        assert accounts.actor_of(session, cookie) is None
    assert "error=wrong" in log_in(web, "ola@example.com", OLD).headers["location"]


def test_neither_outbox_nor_mailbox_nor_audit_holds_the_secret(web, monkeypatch):
    monkeypatch.setattr(worker, "settings", lambda: settings().model_copy(update={"demo": True}))
    token = invited().rpartition("/")[2]
    assert worker.work_once(lambda _message: None)
    with db.reading() as session:
        kept = [row.model_dump_json() for kind in (OutboxMessage, Mail, AuditEvent, AccountLink)
                for row in session.exec(select(kind)).all()]  # fmt: skip
        assert len(session.exec(select(Mail)).all()) == 1
    assert kept
    assert not any(token in text for text in kept)


def factor_of() -> tuple[TOTP, list[str]]:
    me = owner()
    with db.transaction() as session:
        secret = second_factor.begin(session, me).secret.replace(" ", "")
    totp = TOTP(secret)
    with db.transaction() as session:
        return totp, second_factor.confirm(session, me, totp.at(30 * _step(-1)))


def _step(offset: int) -> int:
    return int(now().timestamp()) // 30 + offset


def code_page(web: TestClient):
    answer = log_in(web, "ola@example.com", OLD)
    assert answer.headers["location"] == "/auth/code"
    assert SESSION_COOKIE not in web.cookies


def test_the_second_factor_is_asked_for_and_a_code_is_good_once(web):
    totp, _ = factor_of()
    code_page(web)
    assert submit(web, "/auth/code", code="000000").status_code == 422
    code = totp.at(30 * _step(0))
    assert submit(web, "/auth/code", code=code).headers["location"] == "/"
    assert SESSION_COOKIE in web.cookies
    web.cookies.clear()
    code_page(web)
    assert submit(web, "/auth/code", code=code).status_code == 422


def test_a_recovery_code_lets_in_once(web):
    _, codes = factor_of()
    code_page(web)
    assert submit(web, "/auth/code", code=codes[0].upper()).headers["location"] == "/"
    web.cookies.clear()
    code_page(web)
    assert submit(web, "/auth/code", code=codes[0]).status_code == 422
    assert submit(web, "/auth/code", code=codes[1]).headers["location"] == "/"


def test_the_code_page_is_closed_without_the_password(web):
    assert "error=late" in web.get("/auth/code").headers["location"]
    web.cookies.set("marge_second_factor", f"1|{form_tokens.issue('second factor', '2:')}|")
    assert "error=late" in web.get("/auth/code").headers["location"]


def test_codes_cannot_be_tried_for_long(web):
    factor_of()
    code_page(web)
    answers = [submit(web, "/auth/code", code="000000") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {422}
    assert "error=blocked" in submit(web, "/auth/code", code="000000").headers["location"]


def test_log_ins_are_audited_with_their_address(web):
    log_in(web, "ola@example.com", "wrong password")
    log_in(web, "nobody@example.com", "wrong password")
    log_in(web, "ola@example.com", OLD)
    with db.reading() as session:
        events = session.exec(select(AuditEvent)).all()
        assert [(event.action, event.object_id, event.address) for event in events] == [
            ("login_failed", 1, "testclient"),
            ("login_failed", None, "testclient"),
            ("logged_in", 1, "testclient"),
        ]
        assert "nobody" not in "".join(event.model_dump_json() for event in events)


def require_factor() -> None:
    with db.transaction() as session:
        portal = session.exec(select(Portal)).first() or Portal(name="Atelier")
        portal.factor_required = True
        session.add(portal)


def key_shown(page: str) -> str:
    found = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)
    assert found
    return found[1].replace(" ", "")


def test_who_must_have_a_second_factor_sets_it_up_before_anything_else(web):
    require_factor()
    answer = log_in(web, "ola@example.com", OLD)
    assert answer.headers["location"] == "/auth/second-factor"
    assert SESSION_COOKIE not in web.cookies
    shown = web.get("/auth/second-factor")
    assert "data:" in shown.headers["content-security-policy"]
    secret = key_shown(shown.text)
    wrong = web.post("/auth/second-factor", data={"code": "000000", "form_token": token_in(shown)})
    assert wrong.status_code == 422
    assert key_shown(wrong.text) == secret
    code = TOTP(secret).at(30 * _step(0))
    done = web.post("/auth/second-factor", data={"code": code, "form_token": token_in(wrong)})
    assert done.status_code == 200
    codes = re.findall(r"<li><code>([a-z0-9-]{11})</code>", done.text)
    assert len(codes) == second_factor.CODES
    assert SESSION_COOKIE in web.cookies
    web.cookies.clear()
    code_page(web)
    assert submit(web, "/auth/code", code=codes[0]).headers["location"] == "/"


def test_it_cannot_be_set_up_anew_by_who_knows_the_password_only(web):
    factor_of()
    require_factor()
    code_page(web)
    assert "error=late" in web.get("/auth/second-factor").headers["location"]


def test_what_is_required_cannot_be_turned_off(web):
    _, codes = factor_of()
    require_factor()
    with pytest.raises(DomainError, match="factor_required"), db.transaction() as session:
        second_factor.turn_off(session, owner(), codes[0])
