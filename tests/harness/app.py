"""The production build, served as people run it, in a process that a test may kill and start again."""

import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from finance_app.cli import frontend
from finance_app.settings import ROOT
from tests.harness.processes import Child, free_port, wait_until

_OURS = ("MARGE_", "REFLEX_", "__REFLEX_", "GRANIAN_", "PORT", "HOST")


class AppServer:
    """`marge demo` or `marge run` on a port and in a folder of its own.

    `settings` are variables without their prefix: `AppServer(folder, "run", smtp_url=...)`.
    """

    def __init__(self, folder: Path, command: str = "demo", **settings: object) -> None:
        self.port = int(str(settings.pop("port", 0))) or free_port()
        self.url = f"http://localhost:{self.port}"
        self.data_dir = folder / "data"
        self.log = folder / "server.log"
        self._command = [sys.executable, "-m", "finance_app.cli", command]
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        self.env |= {"MARGE_DATA_DIR": str(self.data_dir), "MARGE_PORT": str(self.port)}
        self.env |= {f"MARGE_{name.upper()}": str(value) for name, value in settings.items()}
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        assert self._child, "the server is not started"
        return self._child

    def start(self) -> None:
        """Starts it and returns once it answers."""
        offset = self.log.stat().st_size if self.log.exists() else 0
        child = self._child = Child(self._command, self.log, env=self.env, cwd=ROOT)

        def ready() -> bool:
            said = self.log.read_bytes()[offset:].decode(errors="replace")
            assert not child.ended(), f"the server did not start:\n{said}"
            return self.url in said

        wait_until(ready, "the server says that it is ready", 180)

    def kill(self) -> None:
        """`kill -9` of the server and all of its processes."""
        self.child.kill()

    def stop(self) -> int:
        """Ctrl+C; returns the exit code."""
        return self.child.stop(signal.SIGINT)

    def restart(self) -> None:
        self.kill()
        self.start()

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a plain GET."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="session")
def frontend_build() -> None:
    """The front end, built once for all test processes."""
    frontend.ensure()


@pytest.fixture(scope="session")
def app_server(frontend_build: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The demo, shared by the tests of a process: leave behind what others can live with."""
    server = AppServer(tmp_path_factory.mktemp("app"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_app_server(frontend_build: None, tmp_path: Path) -> Iterator[Callable[..., AppServer]]:
    """Makes servers of a test's own, started: `new_app_server("run", database_url=..., smtp_url=...)`."""
    made: list[AppServer] = []

    def make(command: str = "demo", **settings: object) -> AppServer:
        folder = tmp_path / f"app-{len(made)}"
        folder.mkdir()
        made.append(AppServer(folder, command, **settings))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.child.kill()
