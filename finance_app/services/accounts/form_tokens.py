"""The token of a form: signed, for one purpose, one reader and a while. Another site cannot make one."""

import hmac
import secrets
import time

from finance_app.settings import settings

HOURS_12 = 12 * 3600


def issue(purpose: str, bound: str = "") -> str:
    """`bound` is who may use it: a log-in, a link, nobody in particular."""
    payload = f"{int(time.time())}.{secrets.token_urlsafe(12)}"
    return f"{payload}.{_signature(payload, purpose, bound)}"


def is_good(token: str, purpose: str, bound: str = "", *, seconds: int = HOURS_12) -> bool:
    payload, _, signature = token.rpartition(".")
    made, _, nonce = payload.partition(".")
    if not (nonce and made.isascii() and made.isdigit() and len(made) < 12 and signature.isascii()):
        return False
    if not hmac.compare_digest(signature, _signature(payload, purpose, bound)):
        return False
    return -60 <= time.time() - int(made) <= seconds


def _signature(payload: str, purpose: str, bound: str) -> str:
    key = settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, f"form:{purpose}:{bound}:{payload}".encode(), "sha256").hex()
