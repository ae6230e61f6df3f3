"""Bodies over the limit, sent to the running server as browsers do: whole, before they read the answer."""

import http.client
import json
import time
from collections.abc import Iterator

import pytest

MEGABYTE = b"x" * 1024 * 1024


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield MEGABYTE


@pytest.mark.parametrize("path", ["/auth/login", "/files/time-import"])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_100_mb_gets_a_readable_answer(app_server, path, announced):
    connection = http.client.HTTPConnection("localhost", app_server.port, timeout=30)
    length = {"Content-Length": str(100 * len(MEGABYTE))} if announced else {"Transfer-Encoding": "chunked"}
    connection.request(
        "POST", path, body=pieces(100), encode_chunked=not announced,
        headers={**length, "Origin": app_server.url, "Accept": "text/html", "Accept-Language": "fr"},
    )  # fmt: skip
    answer = connection.getresponse()
    told = answer.read().decode()
    assert answer.status == 413
    assert "Envoi trop volumineux" in told
    assert app_server.get("/ping")[0] == 200


def test_whoever_asks_first_is_answered_before_sending(app_server):
    connection = http.client.HTTPConnection("localhost", app_server.port, timeout=10)
    connection.putrequest("POST", "/auth/login")
    for name, value in (("Content-Length", str(10**12)), ("Expect", "100-continue")):
        connection.putheader(name, value)
    begun = time.perf_counter()
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert "1 MB" in json.loads(answer.read())["message"]
    assert time.perf_counter() - begun < 5
