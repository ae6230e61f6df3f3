"""How long a page of the list of 100,000 invoices takes, beside the floor: its 50 rows by plain SQL.

python benchmarks/bench_invoice_list.py [invoices]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import insert, text

from finance_app import db
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Invoice, Portal
from finance_app.models.columns import now
from finance_app.models.kinds import InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import listing

FLOOR = """
select i.id, i.number, i.title, c.name, i.issue_date, i.due_date, i.currency, i.total_minor, i.settled_minor
from invoice i join client c on c.id = i.client_id order by i.issue_date desc, i.id desc limit 50
"""
ADDRESSES = {
    "first page": {},
    "overdue": {"state": "overdue"},
    "one client": {"client": "7"},
    "search by number": {"q": "2024-00042"},
    "by client": {"sort": "client"},
    "page 1,000": {"page": "1000"},
}


def fill(engine, count: int) -> None:
    today = date(2026, 11, 25)
    with db.transaction(engine) as session:
        session.add(Portal(name="Bench"))
        session.execute(
            insert(Client),
            [{"name": f"Client {n}", "currency": "EUR", "created_at": now()} for n in range(2000)],
        )
        session.flush()
        for start in range(0, count, 10_000):
            rows = []
            for n in range(start, min(start + 10_000, count)):
                day = today - timedelta(days=n * 1000 // count)
                paid = n % 10 != 0
                rows.append(
                    {
                        "number": f"INV-{day.year}-{n:06}",
                        "client_id": n % 2000 + 1,
                        "issue_date": day,
                        "due_date": day + timedelta(days=30),
                        "currency": "EUR",
                        "state": InvoiceState.PAID if paid else InvoiceState.ISSUED,
                        "total_minor": 1000 + n,
                        "settled_minor": 1000 + n if paid else 0,
                        "issued_at": now(),
                    }
                )
            session.execute(insert(Invoice), rows)


def milliseconds(work: Callable[[], object], runs: int = 9) -> float:
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    owner = Actor(
        user_id=0,
        name="Bench",
        email="",
        profile="owner",
        locale="en",
        theme="system",
        time_zone="UTC",
        permissions=frozenset(Permission),
    )
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite"
        db.migrate(url)
        engine = db.engine_for(url)
        fill(engine, count)
        with db.reading(engine) as session:
            session.execute(text("analyze"))
        with db.reading(engine) as session:
            base = milliseconds(lambda: session.execute(text(FLOOR)).all())
            print(f"floor: the 50 newest of {count:,} invoices by plain SQL {base:6.2f} ms")
            for name, address in ADDRESSES.items():
                query = listing.ASKS.read(address)

                def load(query=query) -> None:
                    listing.page(session, owner, query)
                    listing.counts(session, owner, query)

                took = milliseconds(load)
                print(f"{name:18} with counts and sums {took:7.1f} ms, {took / base:6.1f} x the floor")
        engine.dispose()


if __name__ == "__main__":
    main()
