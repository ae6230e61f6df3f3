"""Every route, called by nobody, by a team member, and by a client with the link to one document."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from finance_app.api import limits
from finance_app.finance_app import api
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE
from tests.security import world

# Open to all. Each was looked at: it shows nothing of the company without a secret of its own.
OPEN = {
    "GET /health": "whether the server and its database answer",
    "POST /auth/login": "checks a password; answers alike whether the account exists",
    "POST /auth/logout": "ends the log-in of the cookie that comes with it",
    "POST /auth/demo": "exists in demo mode only",
    "GET /e/{token}/accept": "leads back to the page of the link, which asks for it",
    "GET /e/{token}/decline": "leads back to the page of the link, which asks for it",
    "GET /e/{token}/options": "leads back to the page of the link, which asks for it",
    "GET /auth/forgotten": "asks for an address",
    "POST /auth/forgotten": "answers alike whether the address belongs to somebody",
}
# What a team member may ask for: it holds only what is his.
MEMBER = {
    "GET /api/search": "finds only what he may see",
    "GET /api/search/{source}": "selectors of what he may see",
    "GET /files/export/{name}.{kind}": "his own time, and projects without amounts",
    "POST /files/receipts": "a receipt of his own, for his own expense",
    "GET /files/logo": "the firm's own logo",
}
# What a client with a link may do: with his own document.
BY_LINK = {world.CLIENT_TOKEN: "/i/{token}", world.ESTIMATE_TOKEN: "/e/{token}"}
REFUSALS = (401, 403, 404)


def calls() -> list[Any]:
    return [
        pytest.param(route, method, id=f"{method} {_pattern(route)}")
        for route in api.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


def _pattern(route: Route) -> str:
    return route.path.replace(":int}", "}").replace(":path}", "}")


def addresses(route: Route, token: str) -> list[str]:
    """The addresses of a route, with every choice of its parameters that means something."""
    found = [re.sub(r"\{\w+_id\}", "{id}", _pattern(route))]
    for name, values in {
        "{token}": [token],
        "{id}": ["1", "2"],
        "{page}": ["1"],
        "{subject}": ["client", "user"],
        "{kind}": ["csv", "xlsx"] if "export" in route.path else ["invoice", "credit_note", "estimate"],
        "{name}": ["time", "invoices", "clients", "payments", "projects", "expenses", "estimates"],
        "{source}": ["clients", "invoices", "payments", "people", "items", "tasks", "projects"],
    }.items():
        if name in found[0]:
            found = [path.replace(name, value) for path in found for value in values]
    assert not any("{" in path for path in found), f"say what {found[0]} is called with"
    return found


@pytest.fixture
def web(walked) -> Iterator[TestClient]:
    limits.forget()
    with TestClient(api, base_url=settings().address, follow_redirects=False) as client:
        client.headers["origin"] = settings().origins[0]
        yield client
    limits.forget()


def refused(answer: Any) -> bool:
    to_login = answer.status_code in (302, 303, 307) and "/login" in answer.headers["location"]
    return answer.status_code in REFUSALS or to_login


@pytest.mark.parametrize(("route", "method"), calls())
@pytest.mark.parametrize("who", ["anonymous", "link as a log-in"])
def test_nobody_is_refused(route, method, who, request, web, walked):
    if who != "anonymous":
        web.cookies.set(SESSION_COOKIE, world.CLIENT_TOKEN)
    name = f"{method} {_pattern(route)}"
    for path in addresses(route, "n" * 43):
        answer = web.request(method, path, params={"ids": "1", "q": "a"})
        assert refused(answer) or name in OPEN, f"{path} answered {answer.status_code}"
        assert not world.figures_in(answer.text)
    if name not in OPEN:
        assert not walked.wrote


@pytest.mark.parametrize(("route", "method"), calls())
def test_a_team_member_is_refused(route, method, web, walked):
    web.cookies.set(SESSION_COOKIE, walked.member)
    name = f"{method} {_pattern(route)}"
    for path in addresses(route, "n" * 43):
        answer = web.request(method, path, params={"ids": "1", "q": "a"})
        assert refused(answer) or name in {**OPEN, **MEMBER}, f"{path} answered {answer.status_code}"
        assert not world.figures_in(answer.text), f"{path} shows amounts or rates"
    if not name.startswith("POST /auth/"):
        assert not walked.wrote


@pytest.mark.parametrize(("route", "method"), calls())
@pytest.mark.parametrize("token", [pytest.param(t, id=b) for t, b in BY_LINK.items()])
def test_a_link_opens_its_document_only(token, route, method, web):
    for path in addresses(route, token):
        answer = web.request(method, path)
        name = f"{method} {_pattern(route)}"
        known = refused(answer) or name in OPEN or _pattern(route).startswith(BY_LINK[token])
        assert known, f"{path} answered {answer.status_code}"


@pytest.mark.parametrize("token", [pytest.param(t, id=b) for t, b in BY_LINK.items()])
def test_a_link_does_open_its_document(token, web):
    """Else the walk with it would prove nothing."""
    answer = web.get(BY_LINK[token].replace("{token}", token))
    assert answer.status_code == 200
    assert world.figures_in(answer.text)


def test_the_lists_are_exact():
    known = {param.id for param in calls()}
    assert set(MEMBER) <= known
    assert set(OPEN) - {"POST /auth/demo"} <= known
