"""`marge worker` alone does all that a serving process does beside serving."""

import asyncio

from finance_app.api import outbox_worker, personal_data, zoho_worker
from finance_app.cli import worker
from finance_app.states import live


def test_it_delivers_syncs_and_lets_old_data_go(monkeypatch):
    begun = []

    def task(name: str):
        async def run() -> None:
            begun.append(name)

        return run

    for module, name in (
        (live, "listen"),
        (outbox_worker, "outbox_worker"),
        (zoho_worker, "zoho_worker"),
        (personal_data, "retention"),
    ):
        monkeypatch.setattr(module, name, task(name))
    asyncio.run(worker._deliver())
    assert sorted(begun) == ["listen", "outbox_worker", "retention", "zoho_worker"]
