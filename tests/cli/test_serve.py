import os
import signal
import socket
import subprocess
import sys

import pytest

from finance_app.settings import ROOT
from tests.harness.processes import wait_until


def marge(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "finance_app.cli", *words],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_everything_quietly(new_app_server, number):
    server = new_app_server()
    group = server.child.pid
    assert server.get("/ping")[0] == 200
    assert server.child.stop(number) == 0
    wait_until(lambda: not in_group(group), "every process has ended", 5)
    assert "Traceback" not in server.log.read_text()


def test_a_killed_server_starts_again_on_its_database(new_app_server):
    server = new_app_server()
    server.restart()
    assert server.get("/ping")[0] == 200


@pytest.mark.usefixtures("frontend_build")
def test_a_taken_port_is_named_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = marge("demo", MARGE_PORT=str(port))
    assert answer.returncode == 1
    assert f"cannot listen on port {port}" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_faults_of_the_settings_end_with_code_2_and_one_line_each():
    answer = marge("run", MARGE_PORT="0", MARGE_WORKERS="none")
    assert answer.returncode == 2
    assert [line.split(":")[:2] for line in answer.stderr.splitlines()] == [
        ["marge", " MARGE_PORT"],
        ["marge", " MARGE_WORKERS"],
    ]
