from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api import auth, limits
from finance_app.api.exports.route import export_routes
from finance_app.api.health import health_routes
from finance_app.api.search import search_routes
from finance_app.models import Client
from finance_app.models.kinds import Role
from finance_app.services.accounts import form_tokens
from finance_app.services.accounts import identity as accounts
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE

PASSWORD = "correct horse battery"


@pytest.fixture
def database(new_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    with db.transaction() as session:
        for role in Role:
            accounts.create_user(
                session, name=str(role), email=f"{role}@example.com", password=PASSWORD, role=role
            )
        session.add(Client(name="=HYPERLINK(1)", city="Lyon", country="FR", currency="EUR"))
        session.add(Client(name="Beta", city="Paris", country="FR", currency="EUR"))
    limits.forget()
    yield engine
    engine.dispose()


@pytest.fixture
def web(database: Engine) -> TestClient:
    routes = [*auth.auth_routes(), *search_routes(), *export_routes(), *health_routes()]
    routes.append(Route("/auth/demo", auth.demo_login, methods=["POST"]))
    origin = settings().address
    return TestClient(
        Starlette(routes=routes), base_url=origin, headers={"origin": origin}, follow_redirects=False
    )


def enter(web: TestClient, role: str = "owner", **more: str):
    data = {"email": f"{role}@example.com", "password": PASSWORD, "form_token": form_tokens.issue("login")}
    return web.post("/auth/login", data={**data, **more})


def test_login_sets_a_cookie_that_scripts_cannot_read(web):
    answer = enter(web, next="/clients?q=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/clients?q=a")
    morsel = SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE]
    assert morsel["httponly"]
    assert morsel["samesite"] == "lax"
    assert web.get("/api/search/clients?q=bet").json()["hits"][0]["label"] == "Beta"


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example", "/\\evil.example", "/auth/logout"]
)
def test_login_leads_nowhere_else(web, after):
    assert enter(web, next=after).headers["location"] == "/"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/demo", "/auth/logout"])
def test_a_form_of_another_site_is_refused(web, path, headers):
    data = {"email": "owner@example.com", "password": PASSWORD, "role": "owner"}
    answer = web.post(path, data=data, headers=headers)
    assert "error=origin" in answer.headers["location"]
    assert "set-cookie" not in answer.headers


def test_logout_ends_the_session_on_the_server(web):
    enter(web)
    token = web.cookies[SESSION_COOKIE]
    assert "error=form" in web.post("/auth/logout").headers["location"]
    answer = web.post("/auth/logout", data={"form_token": form_tokens.issue("logout", _login(token))})
    assert answer.headers["clear-site-data"] == '"storage"'
    web.cookies.set(SESSION_COOKIE, token)
    assert web.get("/api/search/clients").status_code == 401


def test_too_many_wrong_passwords_shut_the_account_for_a_while(web):
    for _ in range(10):
        wrong = enter(web, password="wrong")
        assert "error=wrong" in wrong.headers["location"]
    assert "error=blocked" in enter(web).headers["location"]
    assert enter(web, "manager").headers["location"] == "/"


def test_demo_login_does_not_exist_outside_the_demo():
    assert not settings().demo
    assert "/auth/demo" not in {route.path for route in auth.auth_routes()}


@pytest.mark.parametrize("path", ["/api/search?q=b", "/api/search/clients?q=b", "/files/export/clients.csv"])
def test_searches_and_exports_ask_who_it_is(web, path):
    assert web.get(path).status_code == 401


def test_a_team_member_gets_no_clients(web):
    enter(web, "member")
    assert web.get("/api/search/clients?q=b").status_code == 403
    assert web.get("/files/export/clients.xlsx").status_code == 403
    assert web.get("/api/search?q=beta").json() == {"hits": []}


def test_export_holds_what_the_page_finds_and_no_formula(web):
    enter(web)
    plain = web.get("/files/export/clients.csv?sort=-name").content.decode("utf-8-sig")
    assert plain.splitlines()[1].startswith("Beta,Paris")
    assert plain.splitlines()[2].startswith("'=HYPERLINK(1),Lyon")
    french = web.get("/files/export/clients.csv?q=beta", headers={"cookie": f"locale=fr; {_cookie(web)}"})
    assert french.content.decode("utf-8-sig").splitlines()[0].startswith("Nom;Ville;Pays")
    assert len(french.content.decode().splitlines()) == 2
    assert web.get("/files/export/unknown.csv").status_code == 404


def test_workbook_keeps_a_dangerous_text_as_text(web):
    import io

    from openpyxl import load_workbook

    enter(web)
    book = load_workbook(io.BytesIO(web.get("/files/export/clients.xlsx?sort=name").content))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_health_tells_whether_the_database_answers(web, monkeypatch):
    assert web.get("/health").json() == {"status": "ok"}
    broken = db.engine_for("sqlite:////nowhere/at/all.sqlite")
    monkeypatch.setattr(db, "engine", lambda: broken)
    assert web.get("/health").status_code == 503


def _login(token: str) -> str:
    with db.reading() as session:
        actor = accounts.actor_of(session, token)
        assert actor
        return str(actor.session_id)


def _cookie(web: TestClient) -> str:
    return f"{SESSION_COOKIE}={web.cookies[SESSION_COOKIE]}"
