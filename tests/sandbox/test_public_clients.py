"""How public clients speak, which the sandbox has to understand as they are.

pyzohoapi 1.0.0 sends JSON without saying so, ends addresses with a slash, and puts all of the token request
into the query; others send it as a form, or the body in a field `JSONString`."""

import json

import httpx
import pytest

from finance_app.sandbox import Sandbox
from tests.sandbox.conftest import Client


@pytest.fixture
def http(books: Client) -> httpx.Client:
    return books.http


def test_json_that_is_not_called_so(http: httpx.Client) -> None:
    body = json.dumps({"contact_name": "Acme"})
    made = http.post("/books/v3/contacts?organization_id=10&", content=body)
    assert (made.status_code, made.json()["code"]) == (201, 0)
    id = made.json()["contact"]["contact_id"]
    found = http.get(f"/books/v3/contacts/{id}/?organization_id=10&")
    assert found.json()["contact"]["contact_name"] == "Acme"
    changed = http.put(
        f"/books/v3/contacts/{id}/?organization_id=10&", content='{"company_name": "Acme Ltd"}'
    )
    assert changed.json()["contact"]["company_name"] == "Acme Ltd"
    found = http.get("/books/v3/contacts?organization_id=10&contact_name_contains=cm")
    assert [each["contact_id"] for each in found.json()["contacts"]] == [id]


def test_a_body_in_a_form_field(http: httpx.Client) -> None:
    body = {"JSONString": json.dumps({"name": "Work", "rate": 100})}
    made = http.post("/books/v3/items", params={"organization_id": "10"}, data=body)
    assert made.json()["item"]["rate"] == 100


@pytest.mark.parametrize("way", ["params", "data"])
def test_a_token_is_asked_for_in_the_query_or_in_a_form(sandbox: Sandbox, books: Client, way: str) -> None:
    asked = {
        "refresh_token": "sandbox",
        "client_id": "a",
        "client_secret": "b",
        "redirect_url": "None",
        "grant_type": "refresh_token",
    }
    answer = books.http.post("/oauth/v2/token", **{way: asked}).json()
    assert answer["expires_in"] == 3600
    for scheme in ("Zoho-oauthtoken", "Bearer"):
        header = {"Authorization": f"{scheme} {answer['access_token']}"}
        found = books.http.get("/books/v3/organizations", headers=header)
        assert found.json()["organizations"][0]["organization_id"] == "10"


def test_the_limits_are_told_as_whole_numbers(http: httpx.Client) -> None:
    headers = http.get("/books/v3/contacts", params={"organization_id": "10"}).headers
    told = [int(headers[f"X-Rate-Limit-{name}"]) for name in ("Limit", "Remaining", "Reset")]
    assert told[0] > told[1] > 0
    assert told[2] > 0
