"""Files that people bring: received in pieces, kept under their hash in the data folder, never half.

The folder is no part of what the web server serves; a file leaves it through an authorised route only.
"""

import errno
import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.models import StoredFile
from finance_app.services.accounts.identity import Actor
from finance_app.settings import settings

MEGABYTE = 1024 * 1024


def folder() -> Path:
    return settings().data_dir / "files"


def path_of(sha256: str) -> Path:
    """Where the content with this hash lies."""
    return folder() / sha256[:2] / sha256


def _told(error: OSError) -> DomainError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DomainError("file.error.disk_full")
    return DomainError("file.error.cannot_store", reason=error.strerror or type(error).__name__)


class Incoming:
    """A file on its way in. `with Incoming(limit) as file: file.write(...); file.keep()`; without `keep`
    nothing stays. Raises DomainError where the file exceeds `limit` bytes or the disk does not take it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._hash = hashlib.sha256()
        try:
            folder().mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=folder(), prefix="incoming.")
        except OSError as error:
            raise _told(error) from None
        self.path = Path(name)
        self._file = os.fdopen(descriptor, "wb")

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self.limit:
            raise DomainError("file.error.too_large", limit=self.limit // MEGABYTE)
        self._hash.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _told(error) from None

    def finish(self) -> Path:
        """All is written: the content can be looked at under the path returned."""
        if self._file.closed:
            return self.path
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise _told(error) from None
        return self.path

    def keep(self) -> str:
        """Moves the content to its place, in one step; returns its hash."""
        self.finish()
        target = path_of(self.sha256)
        try:
            target.parent.mkdir(exist_ok=True)
            self.path.replace(target)
        except OSError as error:
            raise _told(error) from None
        return self.sha256


def record(
    session: Session, actor: Actor, sha256: str, *, name: str, media_type: str, size: int, purpose: str
) -> StoredFile:
    """The row of a file that was kept. `name` is what its owner calls it, without folders."""
    stored = StoredFile(
        sha256=sha256,
        name=(name.replace("\\", "/").rpartition("/")[2].strip() or sha256[:8])[:255],
        media_type=media_type,
        size=size,
        purpose=purpose,
        created_by_id=actor.user_id or None,
    )
    session.add(stored)
    session.flush()
    return stored


def content(stored: StoredFile) -> Path:
    """The path of a file's content. Raises DomainError where it is gone."""
    path = path_of(stored.sha256)
    if not path.is_file():
        raise DomainError("file.error.gone", name=stored.name)
    return path
