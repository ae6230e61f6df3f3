"""The policy of pages is long; files that are no pages carry a short one."""

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from finance_app.api.headers import FILE_POLICY, Headers, policy


@pytest.fixture
def web() -> TestClient:
    def answer(request):
        kind = request.path_params["kind"]
        own = {"content-security-policy": "default-src 'self'"} if kind == "own" else {}
        return HTMLResponse("", headers=own) if kind == "page" else Response(b"", 200, own)

    routes = [Route("/{kind}", answer), Route("/{kind}/{name}", answer)]
    return TestClient(Headers(Starlette(routes=routes)))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/file/a.css", FILE_POLICY.decode()),
        ("/file/fonts.woff2", FILE_POLICY.decode()),
        ("/page/not-found.js", policy()),
        ("/page", policy()),
        ("/own/logo.svg", "default-src 'self'"),
    ],
)
def test_the_policy_fits_what_is_answered(web, path, expected):
    answer = web.get(path)
    assert answer.headers.get_list("content-security-policy") == [expected]
    assert answer.headers["x-content-type-options"] == "nosniff"
