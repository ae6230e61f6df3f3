"""Zoho says that something has changed there: then it is fetched at once instead of at the next look.

What the message says is not believed, only that it comes from Zoho: the body may be anything."""

import hmac
from collections.abc import Iterable

from sqlmodel import Session

from finance_app.models import ZohoSync
from finance_app.settings import settings

HEADER = "X-Zoho-Webhook-Signature"
SECRET_LENGTH = 48


def secret(sync_id: int) -> str:
    """What Zoho signs with. It derives from the secret key of the installation and is kept nowhere."""
    key = settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, f"zoho webhook {sync_id}".encode(), "sha256").hex()[:SECRET_LENGTH]


def signature(key: str, parameters: Iterable[tuple[str, str]], body: bytes) -> str:
    """As Zoho makes it: the parameters in the order of their names, name beside value, then the body."""
    said = "".join(f"{name}{value}" for name, value in sorted(parameters)).encode() + body
    return hmac.digest(key.encode(), said, "sha256").hex()


def is_genuine(sync_id: int, given: str, parameters: Iterable[tuple[str, str]], body: bytes) -> bool:
    return hmac.compare_digest(
        signature(secret(sync_id), parameters, body).encode(), given.strip().lower().encode()
    )


def heard(session: Session, sync_id: int) -> None:
    """Look at Zoho as soon as a worker comes."""
    row = session.get(ZohoSync, sync_id)
    if row is not None and row.active:
        row.pulled_at = None
        session.flush()
