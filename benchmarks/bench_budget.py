"""The budget tab of a project with 100,000 logs, and the list of 1,000 projects with 1,000,000, beside the
floor: the plain SQL aggregate of the logs. The goal is twice the floor and a bare look at the database.

python benchmarks/bench_budget.py [logs of the large project] [logs in all]

It runs on SQLite, then on a PostgreSQL of its own. MARGE_BENCH_URL names an empty PostgreSQL database to run
on instead.
"""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

LARGE, ALL = (int(n) for n in (*sys.argv[1:3], 100_000, 1_000_000)[:2])
PROJECTS, TASKS, LARGE_TASKS, PEOPLE = 1_000, 20, 4_000, 40

LOGS = """
INSERT INTO time_log (project_id, task_id, user_id, day, seconds, billable, notes, approval, approval_note,
  bill_rate, cost_rate, created_at, updated_at, version)
WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)
SELECT {project}, {task}, i % {people} + 1, {day},
  900 + i % 17 * 300, i % 9 > 0, '', 'open', '', (80 + i % {people} % 5 * 10) * 1000000,
  (40 + i % {people} % 4 * 5) * 1000000, '2026-01-01', '2026-01-01', 1 FROM n
"""


def fill(session: Any) -> None:
    from sqlalchemy import insert, text

    from finance_app.models import Budget, Portal, Project, Task, User
    from finance_app.models.columns import now
    from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType, CostTracking

    session.add(Portal(name="Bench", base_currency="EUR"))
    session.add_all([User(name=f"Person {n}") for n in range(PEOPLE)])
    session.flush()
    projects = [Project(name=f"Project {n:04}", currency="EUR", bill_rate=100) for n in range(PROJECTS)]
    session.add_all(projects)
    session.flush()
    tasks = [
        {"project_id": place + 1, "name": f"Task {n}", "kind": "task",
         "planned_seconds": 36000 + n % 11 * 3600, "state": "open", "percent_done": n % 4 * 25,
         "occurrences": 1, "billable": True, "description": "",
         "created_at": now(), "version": 1}
        for place in range(PROJECTS)
        for n in range(LARGE_TASKS if place == 0 else TASKS)
    ]  # fmt: skip
    session.execute(insert(Task), tasks)
    usual = {
        "scope": BudgetScope.PROJECT,
        "period": BudgetPeriod.LIFE,
        "alerts": [],
        "cost_tracking": CostTracking.COST_RATES,
    }
    session.execute(
        insert(Budget),
        [{"project_id": n + 1, "type": BudgetType.AMOUNT if n % 2 else BudgetType.HOURS, **usual,
          "seconds": 1_500 * 3600, "cost_minor": 5_000_000} for n in range(PROJECTS)],
    )  # fmt: skip
    rest = (ALL - LARGE) // (PROJECTS - 1)
    large = {"project": 1, "task": f"i % {LARGE_TASKS} + 1", "count": LARGE}
    postgres = session.get_bind().dialect.name == "postgresql"
    shift = "(i * 7919 % 730)"
    fixed = {
        "people": PEOPLE,
        "day": f"DATE '2024-01-01' + CAST({shift} AS INTEGER)"
        if postgres
        else f"date('2024-01-01', '+' || {shift} || ' days')",
    }
    session.execute(text(LOGS.format(**large, **fixed)))
    others = {
        "project": f"i / {rest} + 2",
        "task": f"{LARGE_TASKS} + (i / {rest}) * {TASKS} + i % {TASKS} + 1",
        "count": rest * (PROJECTS - 1),
    }
    session.execute(text(LOGS.format(**others, **fixed)))


def best(work: Callable[[], Any], postgres: bool, runs: int = 9) -> float:
    """Milliseconds of the fastest of some runs: what else the machine does is left out. With SQLite the time
    of the processor, which includes it."""
    clock = time.perf_counter if postgres else time.process_time
    work()
    times = []
    for _ in range(runs):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times) * 1000


def measure(url: str) -> None:
    from sqlalchemy import text

    from finance_app import db
    from finance_app.cli.operator import operator
    from finance_app.services.budgeting import overview, tab
    from finance_app.services.listing import ListQuery
    from finance_app.services.projects import listing as project_list

    postgres = url.startswith("postgres")
    db.migrate(url)
    engine = db.engine_for(url)
    start = time.perf_counter()
    with db.transaction(engine) as session:
        fill(session)
    filled = time.perf_counter() - start
    if postgres:  # as the server does by itself after a while
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    print(f"\n{engine.dialect.name}, filled with {ALL:,} logs in {filled:.0f} s (triggers included)")
    sums = "sum(seconds), sum(seconds * cost_rate), sum(seconds * bill_rate)"

    def read(work: Callable[[Any, Any], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with db.reading(engine) as session:
                return work(session, operator(session))

        return run

    def sql(statement: str) -> Callable[[], Any]:
        return read(lambda session, _me: session.execute(text(statement)).all())

    def open_tab(by: str, unit: str, sort: str = "") -> Callable[[], Any]:
        query = ListQuery(sort=sort, filters={"project": "1", "by": by, "unit": unit})

        def run(session: Any, me: Any) -> None:
            found = tab.page(session, me, query)
            overview.overview(session, me, found.totals["work"], unit)

        return read(run)

    def list_by(**asked: Any) -> Callable[[], Any]:
        return read(lambda session, me: project_list.page(session, me, ListQuery(**asked)))

    trip = best(sql("SELECT 1"), postgres)
    print(f"bare look at the database: {trip:.1f} ms")

    def compare(floor_sql: str, works: dict[str, Callable[[], Any]]) -> None:
        floor = best(sql(floor_sql), postgres)
        print(f"  {'floor':24}{floor:9.0f} ms")
        for title, work in works.items():
            took = best(work, postgres)
            over = "" if took <= 2 * floor + trip else "  over the goal"
            print(f"  {title:24}{took:9.0f} ms {took / floor:6.2f} x floor{over}")

    print(f"\nbudget tab, {LARGE:,} logs on {LARGE_TASKS:,} tasks; floor: SQL by task")
    compare(
        f"SELECT task_id, {sums} FROM time_log WHERE project_id = 1 GROUP BY task_id",
        {
            "milestones, hours": open_tab("structure", "hours"),
            "milestones, money": open_tab("structure", "money"),
            "tasks by use, hours": open_tab("tasks", "hours", "used"),
            "tasks by use, money": open_tab("tasks", "money", "used"),
            "people, hours": open_tab("people", "hours"),
            "people, money": open_tab("people", "money"),
        },
    )
    print(f"\nlist of {PROJECTS:,} projects, {ALL:,} logs; floor: SQL by project")
    compare(
        f"SELECT project_id, {sums}, max(day) FROM time_log GROUP BY project_id",
        {
            "by name": list_by(sort="name"),
            "by hours": list_by(sort="hours", descending=True),
            "by use of the budget": list_by(sort="used", descending=True),
            "over budget": list_by(sort="name", filters={"health": "over"}),
            "at risk": list_by(sort="name", filters={"health": "at_risk"}),
            "by last activity": list_by(sort="last_day", descending=True),
            "by unbilled amount": list_by(sort="unbilled", descending=True),
        },
    )
    engine.dispose()


@contextmanager
def own_postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL with the settings it comes with, but for what makes writing safe."""
    from tests.harness.postgres import PostgresCluster

    folder.chmod(0o755)
    cluster = PostgresCluster(folder)
    try:
        yield cluster.create("bench")
    finally:
        cluster.stop()


def main() -> None:
    given = os.environ.get("MARGE_BENCH_URL", "")
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"MARGE_DATA_DIR": name, "MARGE_SECRET_KEY": secrets.token_urlsafe(48)}
        if given:
            measure(given)
            return
        measure(f"sqlite:///{Path(name) / 'bench.sqlite'}")
        with own_postgres(Path(name)) as url:
            measure(url)


if __name__ == "__main__":
    main()
