import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx

from finance_app.sandbox import Sandbox
from finance_app.sandbox.limits import Allowance
from tests.sandbox.conftest import Client

REDIRECT = "https://marge.test/zoho/back?from=wizard"


def consent(http: httpx.Client, **more: str) -> dict[str, str]:
    asked = {"client_id": "any", "response_type": "code", "redirect_uri": REDIRECT, "state": "s1", **more}
    answer = http.get("/oauth/v2/auth", params=asked, follow_redirects=False)
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def exchange(http: httpx.Client, code: str, **more: str) -> dict:
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **more}
    return http.post("/oauth/v2/token", data={"client_id": "any", "client_secret": "any", **asked}).json()


def test_consent_leads_back_with_a_code_that_is_good_once(books: Client) -> None:
    back = consent(books.http, answer="accept")
    assert back["state"] == "s1"
    assert back["from"] == "wizard"
    assert back["location"] == "us"
    tokens = exchange(books.http, back["code"])
    assert tokens["expires_in"] == 3600
    assert tokens["refresh_token"]
    assert exchange(books.http, back["code"]) == {"error": "invalid_code"}


def test_a_refusal_leads_back_with_an_error(books: Client) -> None:
    assert consent(books.http, answer="refuse") == {"error": "access_denied", "state": "s1", "from": "wizard"}


def test_the_consent_page_shows_scopes_as_text(books: Client) -> None:
    page = books.http.get(
        "/oauth/v2/auth",
        params={"client_id": "a", "response_type": "code", "redirect_uri": REDIRECT, "scope": "<b>x</b>"},
    )
    assert "&lt;b&gt;" in page.text
    assert "<b>" not in page.text


def test_a_challenge_needs_its_verifier(books: Client) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    for wrong in ({}, {"code_verifier": "another"}):
        code = consent(books.http, answer="accept", code_challenge=challenge)["code"]
        assert exchange(books.http, code, **wrong) == {"error": "invalid_code"}
    code = consent(books.http, answer="accept", code_challenge=challenge)["code"]
    assert "access_token" in exchange(books.http, code, code_verifier=verifier)


def test_both_forms_of_the_header_are_taken_and_others_refused(books: Client) -> None:
    token = books.http.headers["authorization"].split()[1]
    for header, status, code in (
        (f"Bearer {token}", 200, 0),
        (f"Zoho-oauthtoken {token}", 200, 0),
        ("Bearer unknown", 401, 14),
        ("", 401, 57),
        (token, 401, 57),
    ):
        answer = books.http.get("/books/v3/organizations", headers={"authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_revoked_refresh_token_takes_its_access_tokens_along(books: Client) -> None:
    books.http.post("/oauth/v2/token/revoke", params={"token": "sandbox"})
    assert books.refused("GET", "/contacts") == (401, 57)
    again = books.http.post(
        "/oauth/v2/token", params={"grant_type": "refresh_token", "refresh_token": "sandbox"}
    )
    assert again.json() == {"error": "invalid_code"}


def test_ten_access_tokens_in_ten_minutes(sandbox: Sandbox) -> None:
    for _ in range(Allowance().tokens):
        client = Client(sandbox)
    answer = client.http.post(
        "/oauth/v2/token", params={"grant_type": "refresh_token", "refresh_token": "sandbox"}
    )
    assert answer.json()["error"] == "Access Denied"
