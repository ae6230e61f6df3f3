import httpx
import pytest

from finance_app.sandbox import Sandbox
from finance_app.sandbox.faults import Faults
from finance_app.sandbox.limits import Allowance, Limits
from finance_app.sandbox.protocol import Refusal
from tests.sandbox.conftest import Client


def test_a_minute_a_day_and_at_once() -> None:
    now = [0.0]
    limits = Limits(Allowance(per_minute=3, per_day=5, at_once=2), lambda: now[0])

    def ask() -> dict[str, str]:
        headers = limits.enter("10")
        limits.leave("10")
        return headers

    assert [ask()["X-Rate-Limit-Remaining"] for _ in range(3)] == ["4", "3", "2"]
    with pytest.raises(Refusal) as refused:
        ask()
    assert (refused.value.status, refused.value.code) == (429, 43)
    assert int(refused.value.headers["Retry-After"]) == 61
    now[0] = 61
    ask(), ask()
    with pytest.raises(Refusal, match="day"):
        ask()
    now[0] = 86_400
    limits.enter("10"), limits.enter("10")
    with pytest.raises(Refusal, match="in-process"):
        limits.enter("10")


def test_another_organisation_has_its_own_limit() -> None:
    limits = Limits(Allowance(per_minute=1))
    limits.enter("10")
    limits.enter("11")
    with pytest.raises(Refusal):
        limits.enter("10")


def test_faults_come_in_order_and_by_chance(books: Client, sandbox: Sandbox) -> None:
    books.http.post("/sandbox/faults", json={"next": ["429", "500", "expired"]})
    assert [books.raw("GET", "/contacts").status_code for _ in range(3)] == [429, 500, 401]
    sandbox.reset()
    draws = [Faults({"500": 0.2, "drop": 0.1}, seed=1) for _ in range(2)]
    first, second = ([each.draw() for _ in range(1000)] for each in draws)
    assert first == second
    assert 150 < first.count("500") < 250
    assert 60 < first.count("drop") < 140
    assert books.http.post("/sandbox/faults", json={"next": ["meteor"]}).status_code == 400


def test_an_answer_dropped_after_the_commit_leaves_the_record(books: Client, sandbox: Sandbox) -> None:
    sandbox.faults = Faults(next=["drop"])
    with pytest.raises((httpx.HTTPError, ConnectionAbortedError)):
        books.raw("POST", "/contacts", {"contact_name": "Lost"})
    found = books("GET", "/contacts", contact_name="Lost")["contacts"]
    assert [each["contact_name"] for each in found] == ["Lost"]


def test_a_refused_request_leaves_nothing(books: Client, customer: dict) -> None:
    before = books.http.get("/sandbox/state").json()["records"]
    lines = [{"name": "Work", "rate": 1}, {"rate": "many"}]
    body = {"customer_id": customer["contact_id"], "line_items": lines}
    assert books.refused("POST", "/invoices", body)[1] == 2
    assert books.http.get("/sandbox/state").json()["records"] == before
