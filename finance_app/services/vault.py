"""Secrets at rest: encrypted with a key that derives from the secret key of the installation.

After a change of the secret key, the ones before (`MARGE_OLD_SECRET_KEYS`) still open what they have closed.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from finance_app.domain.errors import DomainError
from finance_app.settings import settings


@cache
def _fernet(secret: str) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"marge vault").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def _box() -> MultiFernet:
    keys = [settings().secret_key, *settings().old_secret_keys]
    return MultiFernet([_fernet(each.get_secret_value()) for each in keys])


def encrypt(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Raises DomainError where it was encrypted with another secret key."""
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken:
        raise DomainError("account.error.other_key") from None


def renew(text: str) -> str:
    """The same secret, encrypted with the present key. Raises DomainError as `decrypt` does."""
    try:
        return _box().rotate(text.encode()).decode()
    except InvalidToken:
        raise DomainError("account.error.other_key") from None
