import os
import secrets
import tempfile
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

# The settings of the person who runs the tests must not leak in, nor the tests touch that person's database.
_GIVEN = ("MARGE_CASES", "MARGE_TRIAL_FILE")
_DATA = tempfile.TemporaryDirectory(prefix="marge-tests-")
for _name in [name for name in os.environ if name.startswith("MARGE_") and name not in _GIVEN]:
    del os.environ[_name]
os.environ |= {"MARGE_DATA_DIR": _DATA.name, "MARGE_SECRET_KEY": secrets.token_urlsafe(48)}
for _name in ("HOST", "PORT"):
    os.environ.pop(_name, None)

pytest_plugins = [
    "tests.harness.databases",
    "tests.harness.redis",
    "tests.harness.smtp",
    "tests.harness.app",
    "tests.harness.browser",
    "tests.harness.tabs",
]


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Argon2 as it is, but without the cost that makes guessing slow: most tests make accounts."""
    from finance_app.services.accounts import identity as accounts

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield
