"""Zoho Accounts: consent, codes, tokens. Any client id and secret is good; the redirect is remembered."""

import base64
import hashlib
import html
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from finance_app.sandbox.limits import Limits
from finance_app.sandbox.protocol import BAD_TOKEN, NOT_AUTHORISED, Refusal
from finance_app.sandbox.store import Store

CODE_SECONDS, TOKEN_SECONDS, REFRESH_TOKENS = 120, 3600, 20
FIRST_REFRESH_TOKEN = "sandbox"  # noqa: S105
KEY = "sandbox"
CONSENT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Zoho sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 12vh auto; padding: 0 1rem; }}
a {{ display: inline-block; margin: 1rem .5rem 0 0; padding: .5rem 1rem; border-radius: 6px;
border: 1px solid #ccc; color: #333; text-decoration: none; }}
a.yes {{ background: #1a7f37; border-color: #1a7f37; color: #fff; }}
li {{ font-family: monospace; font-size: 14px; }}</style></head><body><h1>Zoho sandbox</h1>
<p>An application asks for access to the organisation of the sandbox:</p><ul>{scopes}</ul>
<a class="yes" href="{accept}">Accept</a><a href="{refuse}">Reject</a></body></html>"""


def consent(store: Store, query: Mapping[str, str], path: str, location: str) -> tuple[int, str, str]:
    """The page that asks, or where its answer leads: status, redirect, HTML."""
    redirect = query.get("redirect_uri", "")
    if query.get("response_type") != "code" or not query.get("client_id") or not redirect:
        return (
            400,
            "",
            "<h1>Invalid request</h1><p>client_id, redirect_uri and response_type=code are needed.</p>",
        )
    joint = "&" if "?" in redirect else "?"
    state = {"state": query["state"]} if "state" in query else {}
    if query.get("answer") == "refuse":
        return 302, f"{redirect}{joint}{urlencode({'error': 'access_denied', **state})}", ""
    if query.get("answer") == "accept":
        code = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        challenge = query.get("code_challenge", "")
        store.keep(f"code:{code}", [time.time(), redirect, challenge, query.get("scope", "")])
        answer = {"code": code, "location": location, **state}
        return 302, f"{redirect}{joint}{urlencode(answer)}", ""
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in query.get("scope", "").split(",") if scope)
    ways = {
        name: html.escape(f"{path}?{urlencode({**query, 'answer': name})}") for name in ("accept", "refuse")
    }
    return 200, "", CONSENT.format(scopes=scopes, **ways)


def token(store: Store, limits: Limits, asked: Mapping[str, str], api_domain: str) -> dict[str, object]:
    """The answer of the token end point, an `error` with HTTP 200 included, as the real one does."""
    match asked.get("grant_type"):
        case "authorization_code":
            name = f"code:{asked.get('code', '')}"
            kept = store.kept(name)
            store.forget([name])
            if not kept or time.time() - kept[0] > CODE_SECONDS or not _verified(kept[2], asked):
                return {"error": "invalid_code"}
            if asked.get("redirect_uri", "") != kept[1]:
                return {"error": "invalid_redirect_uri"}
            refresh = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
            known = [*store.kept("refresh_tokens", [FIRST_REFRESH_TOKEN]), refresh]
            store.keep("refresh_tokens", known[-REFRESH_TOKENS:])
            return {"refresh_token": refresh, **_access(store, refresh, api_domain)}
        case "refresh_token":
            refresh = asked.get("refresh_token", "")
            if refresh not in store.kept("refresh_tokens", [FIRST_REFRESH_TOKEN]):
                return {"error": "invalid_code"}
            if not limits.token_allowed(refresh):
                return {
                    "error": "Access Denied",
                    "error_description": "You have made too many requests continuously. "
                    "Please try again after some time.",
                    "status": "failure",
                }
            return _access(store, refresh, api_domain)
    return {"error": "invalid_grant_type"}


def revoke(store: Store, asked: Mapping[str, str]) -> dict[str, str]:
    revoked = asked.get("token", "")
    known = store.kept("refresh_tokens", [FIRST_REFRESH_TOKEN])
    store.keep("refresh_tokens", [token for token in known if token != revoked])
    for access, kept in store.kept("access_tokens", {}).items():
        if revoked in (access, kept[1]):
            _drop(store, access)
    return {"status": "success"}


def authorise(store: Store, header: str) -> None:
    """Accepts `Zoho-oauthtoken TOKEN`, `Bearer TOKEN`, and the older `Zoho-authtoken KEY`. Raises Refusal 57
    for none or an expired one, 14 for one that nobody gave."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "zoho-authtoken":
        if value.strip() != KEY:
            raise Refusal(BAD_TOKEN, "Invalid value passed for authtoken.", 401)
        return
    if scheme.lower() not in ("zoho-oauthtoken", "bearer") or not value:
        raise Refusal(NOT_AUTHORISED, "You are not authorized to perform this operation", 401)
    kept = store.kept("access_tokens", {}).get(value.strip())
    if kept is None:
        raise Refusal(BAD_TOKEN, "Invalid value passed for authtoken.", 401)
    if time.time() > kept[0]:
        raise Refusal(NOT_AUTHORISED, "You are not authorized to perform this operation", 401)


def expire(store: Store, header: str) -> None:
    """The access token of this header is over."""
    _drop(store, header.partition(" ")[2].strip())


def _access(store: Store, refresh: str, api_domain: str) -> dict[str, object]:
    access, now = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}", time.time()
    living = {name: kept for name, kept in store.kept("access_tokens", {}).items() if kept[0] > now}
    store.keep("access_tokens", {**living, access: [now + TOKEN_SECONDS, refresh]})
    return {
        "access_token": access,
        "api_domain": api_domain,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }


def _drop(store: Store, access: str) -> None:
    tokens = store.kept("access_tokens", {})
    if access in tokens:
        tokens[access][0] = 0
        store.keep("access_tokens", tokens)


def _verified(challenge: str, asked: Mapping[str, str]) -> bool:
    """PKCE: the verifier of the challenge that the consent was asked with, where it was."""
    if not challenge:
        return True
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge.rstrip("=")
