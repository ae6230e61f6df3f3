"""Zoho in trouble is one error, that of the connection; a record that alone makes it fail has its own."""

from datetime import timedelta

import httpx
import pytest

from finance_app import db
from finance_app.models import Client
from finance_app.sandbox.faults import Faults
from finance_app.services.zoho.sync import errors, runs
from finance_app.services.zoho.sync.standing import Standing
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_sync import bill, one_database, summary


class Picky(httpx.AsyncBaseTransport):
    """Zoho stumbles over whatever is called so."""

    def __init__(self, inner: httpx.AsyncBaseTransport, name: str):
        self.inner, self.name = inner, name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.name.encode() in request.content and request.method == "POST":
            return httpx.Response(500, request=request)
        return await self.inner.handle_async_request(request)


def hours_pass(house: House, hours: float) -> None:
    end = house.clock + timedelta(hours=hours)
    while house.clock < end:
        while house.work():
            pass
        house.clock += timedelta(minutes=5)


def clients(house: House, count: int) -> None:
    def make(session):
        session.add_all(Client(name=f"Client {n}", currency="EUR") for n in range(count))

    house.change(make)


@pytest.mark.parametrize("fault", ["500", "drop"])
def test_an_outage_is_one_error_however_much_there_is_to_send(house: House, fault: str) -> None:
    house.settle()
    bill(house)
    clients(house, 20)
    house.remote.sandbox.faults = Faults(shares={fault: 1})
    hours_pass(house, 8)
    house.remote.sandbox.faults = Faults()
    [found] = summary(house)
    assert (found.module, found.attempts > 1) == (errors.CONNECTION, True)
    with db.reading(house.engine) as session:
        progress = runs.progress(session, house.actor)
        assert progress is not None
        assert progress.standing is Standing.SILENT
        assert progress.blocked_until
    house.clock = max(house.clock, progress.blocked_until) + timedelta(seconds=1)
    for _ in range(5):
        house.work()
    assert len(house.remote.records("contact")) == 21, "nothing waits longer than Zoho was away"
    assert len(house.remote.records("invoice")) == 1
    assert not summary(house)


@one_database
@pytest.mark.parametrize("others", [0, 5])
def test_a_record_that_alone_makes_zoho_fail_has_an_error_of_its_own(house: House, others: int) -> None:
    house.settle()
    house.remote.opened = house.remote.mortal(lambda inner: Picky(inner, "Poison"))  # type: ignore[method-assign]
    for name in ("Poison one", "Poison two"):
        house.change(lambda session, name=name: session.add(Client(name=name, currency="EUR")))
    clients(house, others)
    hours_pass(house, 1)
    assert sorted((each.module, each.reason, each.label) for each in summary(house)) == [
        ("contact", "broken", "Poison one"),
        ("contact", "broken", "Poison two"),
    ]
    assert len(house.remote.records("contact")) == others + 1
    clients(house, 1)
    hours_pass(house, 0.2)
    assert len(house.remote.records("contact")) == others + 2, "others get through meanwhile"
    del house.remote.opened
    house.settle()
    assert not summary(house)
    assert len(house.remote.records("contact")) == others + 4
