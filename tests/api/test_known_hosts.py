import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from finance_app.api.known_hosts import KnownHosts
from finance_app.settings import read_settings


@pytest.fixture
def client(monkeypatch) -> TestClient:
    monkeypatch.setenv("MARGE_BASE_URL", "https://marge.example.com")
    inner = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("served"))])
    return TestClient(KnownHosts(inner, read_settings()))


@pytest.mark.parametrize(
    "host", ["marge.example.com", "Marge.Example.com", "localhost:3000", "127.0.0.1:3000"]
)
def test_the_app_is_served_under_its_addresses(client, host):
    assert client.get("/", headers={"Host": host}).text == "served"


@pytest.mark.parametrize("host", ["192.168.1.7:3000", "localhost:3001", "evil.example", ""])
def test_another_address_is_answered_by_what_to_do(client, host):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert 'href="https://marge.example.com"' in answer.text
    assert f"MARGE_BASE_URL=http://{host}" in answer.text


def test_the_explanation_is_in_the_reader_s_language(client):
    answer = client.get("/", headers={"Host": "evil.example", "Accept-Language": "fr"})
    assert "Ouvrez-le" in answer.text


def test_a_host_cannot_write_into_the_explanation(client):
    answer = client.get("/", headers={"Host": "<script>x</script>"})
    assert "<script>" not in answer.text


def test_a_health_check_needs_no_name(client):
    assert client.get("/ping", headers={"Host": "10.0.0.5"}).text == "served"
