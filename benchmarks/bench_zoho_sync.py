"""How many requests 10,000 time logs need, and whether they keep within Zoho's limits.

    python benchmarks/bench_zoho_sync.py [--logs 10000]

The sandbox counts with Zoho's own limits (100 a minute, 10,000 a day, 5 at once) and refuses what is beyond
them; the clock of both sides is turned instead of waited for. A time entry is made by a request of its own,
which the API forces; everything else is overhead.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlmodel import select

from finance_app import db
from finance_app.integrations.zoho.pacing import Quota
from finance_app.models import TimeLog, ZohoSync, columns
from finance_app.models.columns import at
from finance_app.sandbox.limits import Allowance, Limits
from tests.harness.invoices import TODAY
from tests.harness.zoho import Drops, Remote
from tests.services.zoho_sync.conftest import House, make_house


class Clock:
    """One time for the workers and the sandbox."""

    def __init__(self) -> None:
        self.moment = self.start = datetime.now(UTC) + timedelta(seconds=5)

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        columns._moment.set(self.moment)

    def seconds(self) -> float:
        return (self.moment - self.start).total_seconds()


def measure(house: House, logs: int) -> None:
    with db.transaction(house.engine) as session:
        session.add_all(
            TimeLog(
                project_id=house.office.project.id,
                task_id=house.office.tasks[number % 2].id,
                user_id=house.office.person.id,
                day=TODAY - timedelta(days=number % 300),
                seconds=900 + number % 3600,
            )
            for number in range(logs)
        )
    clock, remote = Clock(), Remote(Allowance(), Quota())
    remote.sandbox.limits = Limits(Allowance(tokens=1000), clock.seconds)
    remote.sleep = clock.sleep  # type: ignore[method-assign]
    began = time.perf_counter()
    while True:
        with at(clock.moment):
            if not remote.work(house.engine):
                with db.reading(house.engine) as session:
                    blocked = session.exec(select(ZohoSync)).one().blocked_until
                if blocked is None or blocked <= clock.moment:
                    break
                clock.moment = blocked
    made = len(remote.records("time_entry"))
    sent = sum(remote.sandbox.requests.values())
    other = sent - made
    print(f"{made} time entries, {sent} requests ({dict(remote.sandbox.requests)})")
    print(f"beyond one a log: {other}, that is {other / made * 100:.2f} a 100 logs")
    print(f"on the clock: {clock.seconds() / 3600:.1f} h; refused by the limits: {Drops.refusals}")
    print(
        f"worked for {time.perf_counter() - began:.0f} s, {made / (time.perf_counter() - began):.0f} logs/s"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'sync.sqlite'}"
        db.migrate(url)
        measure(make_house(db.engine_for(url)), given.logs)


if __name__ == "__main__":
    main()
