"""The web server as a child of this process: started, waited for, announced and stopped together with it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

import typer

from finance_app.settings import ROOT, Settings

_PATIENCE = 60.0
_GRACE = 10.0


class ServerError(Exception):
    """The server could not start or ended by itself; the text says why."""


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM, which stop everything that was started. Raises ServerError."""
    _check_port(settings)
    stop = _Stop()
    child = subprocess.Popen(
        _command(settings), cwd=ROOT, env=_environment(settings), stdin=subprocess.DEVNULL
    )
    try:
        _await_answer(settings, child, stop)
        if not stop.asked:
            _announce(settings)
        while not stop.asked and child.poll() is None:
            time.sleep(0.1)
        if not stop.asked:
            raise ServerError(f"the web server ended (code {child.returncode}); see its messages above")
    finally:
        _end(child)


class _Stop:
    """Remembers that somebody asked for the end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _command(settings: Settings) -> list[str]:
    level = "warning" if settings.log_level == "info" else settings.log_level
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", "127.0.0.1" if settings.host == "localhost" else settings.host),
        *("--port", str(settings.port)),
        *("--workers", str(settings.workers)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5s", "--log-level", level),
        "finance_app.finance_app:app",
    ]


def _environment(settings: Settings) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("REFLEX_", "__REFLEX_"))}
    environment |= {
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_STATES_WORKDIR": str(settings.data_dir / "states"),
    }
    if settings.redis_url:
        environment["REFLEX_REDIS_URL"] = settings.redis_url
    return environment


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ServerError(
                f"cannot listen on port {settings.port} of {settings.host}: {error.strerror}. Free it, or "
                f"choose another, as in PORT={settings.port + 1 if settings.port < 65535 else 3000}"
            ) from None


def _await_answer(settings: Settings, child: subprocess.Popen[bytes], stop: _Stop) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    request = urllib.request.Request(f"http://{host}:{settings.port}/ping")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _PATIENCE
    while not stop.asked:
        if child.poll() is not None:
            raise ServerError(
                f"the web server did not start (code {child.returncode}); see its messages above"
            )
        if time.monotonic() > deadline:
            raise ServerError(f"no answer of the web server within {_PATIENCE:.0f} s; see its messages above")
        try:
            with direct.open(request, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)


def _announce(settings: Settings) -> None:
    title = "The Marge demo is ready" if settings.demo else "Marge is ready"
    typer.echo()
    typer.secho(f"  {title}:  {settings.address}", bold=True)
    typer.echo("  Ctrl+C stops it.")
    if settings.host in ("0.0.0.0", "::") and not settings.base_url:  # noqa: S104
        typer.echo(
            "  Other machines reach it only under the address named in MARGE_BASE_URL, "
            f"as in MARGE_BASE_URL=http://{socket.gethostname()}:{settings.port}"
        )
    typer.echo()


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
