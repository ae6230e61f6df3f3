"""What the billing wizard shows of 100,000 unbilled logs, beside the floor: the plain SQL sums of them.

python benchmarks/bench_billing.py
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import insert, text

from finance_app import db
from finance_app.domain.grouping import GroupBy
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Portal, Project, Task, TimeLog, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.preview import outline
from finance_app.services.invoicing.scope import Scope
from finance_app.services.invoicing.shown_lines import page_of_lines

LOGS, TASKS, PEOPLE, RUNS = 100_000, 500, 20, 5
FIRST = date(2025, 1, 1)
FLOOR = """
    SELECT project_id, bill_rate, count(*), sum(seconds), min(day), max(day) FROM time_log
    WHERE project_id = 1 AND invoice_line_id IS NULL AND billable = 1 AND day <= '2026-12-31'
      AND approval != 'rejected' AND bill_rate IS NOT NULL
    GROUP BY project_id, task_id, bill_rate
"""


def fill(session) -> None:
    session.add(Portal())
    client = Client(name="Ardent", currency="EUR")
    session.add_all([client, *(User(name=f"Person {n}") for n in range(PEOPLE))])
    session.flush()
    session.add(Project(name="Site", client_id=client.id, currency="EUR"))
    session.flush()
    session.execute(insert(Task), [{"project_id": 1, "name": f"Task {n}"} for n in range(TASKS)])
    session.execute(
        insert(TimeLog),
        [
            {
                "project_id": 1,
                "task_id": n % TASKS + 1,
                "user_id": n % PEOPLE + 1,
                "day": FIRST + timedelta(n % 600),
                "seconds": 60 + n % 28_000,
                "bill_rate": Decimal(80 + n % PEOPLE),
                "notes": f"Note {n % 50}",
            }
            for n in range(LOGS)
        ],
    )


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of some runs."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took) * 1000


def main() -> None:
    manager = Actor(1, "", "", "owner", "en", "system", "UTC", permissions=frozenset(Permission))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite"
        db.migrate(url)
        engine = db.engine_for(url)
        with db.transaction(engine) as session:
            fill(session)
        with db.reading(engine) as session:
            floor = best(lambda: session.execute(text(FLOOR)).all())
            print(f"floor, plain sums of {LOGS} logs: {floor:.0f} ms")
            for by in GroupBy:
                scope = Scope((1,), date(2026, 12, 31), group_by=by)
                whole = best(lambda scope=scope: outline(session, manager, scope))
                found = outline(session, manager, scope)
                lines = best(lambda found=found: page_of_lines(session, found))
                print(
                    f"{by.value:>10}: figures {whole:.0f} ms, {whole / floor:.1f} x the floor;"
                    f" a page of lines {lines:.0f} ms, {lines / floor:.1f} x"
                )
        engine.dispose()


if __name__ == "__main__":
    main()
