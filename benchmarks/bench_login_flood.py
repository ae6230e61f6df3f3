"""What a flood of log-ins from one address costs the others: a search during it, beside one without it.

python benchmarks/bench_login_flood.py [log-ins a minute]

A server of its own (the demo), a flood from one process, and somebody who searches from this one.
"""

import http.client
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from finance_app.services.accounts import form_tokens
from tests.harness.app import AppServer

SEARCHES = 200
FLOOD = """
import http.client, sys, time
port, each, bodies = int(sys.argv[1]), 60 / int(sys.argv[2]), sys.argv[3:]
headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{port}"}
line = http.client.HTTPConnection("localhost", port)
begun, sent, blocked = time.perf_counter(), 0, 0
while time.perf_counter() - begun < 20:
    line.request("POST", "/auth/login", bodies[sent % len(bodies)], headers)
    answer = line.getresponse()
    answer.read()
    sent, blocked = sent + 1, blocked + ("error=blocked" in answer.headers["location"])
    time.sleep(max(0, begun + sent * each - time.perf_counter()))
print(sent, blocked, round(60 * sent / (time.perf_counter() - begun)))
"""


def log_in(server: AppServer) -> dict[str, str]:
    line = http.client.HTTPConnection("localhost", server.port)
    line.request(
        "POST", "/auth/demo", "role=owner",
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url},
    )  # fmt: skip
    cookie = line.getresponse().headers["set-cookie"].partition(";")[0]
    return {"Cookie": cookie}


def searches(server: AppServer, headers: dict[str, str]) -> list[float]:
    line = http.client.HTTPConnection("localhost", server.port)
    found = []
    for _ in range(SEARCHES):
        begun = time.perf_counter()
        line.request("GET", "/api/search/clients?q=a", headers=headers)
        answer = line.getresponse()
        assert answer.status == 200, answer.status
        answer.read()
        found.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.05)
    return found


def bodies() -> list[str]:
    """As many log-ins with good forms as are checked before the address is refused."""
    return [
        urlencode(
            {
                "email": f"nobody{number}@example.com",
                "password": "wrong",
                "form_token": form_tokens.issue("login"),
            }
        )
        for number in range(60)
    ]


def told(times: list[float]) -> str:
    slow = sorted(times)[-len(times) // 20]
    return f"median {statistics.median(times):6.1f} ms, 95 % within {slow:6.1f} ms"


def main() -> None:
    a_minute = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MARGE_SECRET_KEY"] = key = secrets.token_urlsafe(48)
        server = AppServer(Path(folder), secret_key=key)
        server.start()
        try:
            headers = log_in(server)
            searches(server, headers)
            idle = searches(server, headers)
            flood = subprocess.Popen(
                [sys.executable, "-c", FLOOD, str(server.port), str(a_minute), *bodies()],
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            time.sleep(2)
            flooded = searches(server, headers)
            sent, blocked, rate = flood.communicate()[0].split()
        finally:
            server.stop()
    print(f"idle        {told(idle)}")
    print(f"in a flood  {told(flooded)}  ({sent} log-ins, {rate} a minute, {blocked} refused as too many)")
    print(f"ratio of the medians {statistics.median(flooded) / statistics.median(idle):.2f}")


if __name__ == "__main__":
    main()
