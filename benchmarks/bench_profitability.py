"""The portal's profitability over ten years, 1,000,000 logs, 100,000 invoices and 50,000 expenses, beside the
floor: the plain SQL aggregates of the same rows. On SQLite and on PostgreSQL.

python benchmarks/bench_profitability.py [logs] [invoices]
"""

import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ |= {"MARGE_SECRET_KEY": secrets.token_urlsafe(48), "MARGE_DATA_DIR": tempfile.mkdtemp()}

from sqlalchemy import Engine, insert, text

from finance_app import db
from finance_app.cli.operator import operator
from finance_app.domain.periods import Period
from finance_app.domain.profit import Basis
from finance_app.models import (
    Client,
    Expense,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    ReceivedCost,
    RevenueEntry,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, InvoiceState, RevenueKind
from finance_app.services.listing import ListQuery
from finance_app.services.profitability import listing
from finance_app.services.profitability.breakdown import By
from finance_app.services.profitability.figures import summary
from finance_app.services.profitability.rows import Figure, rows
from finance_app.services.profitability.scope import Of, Question, Scope
from tests.harness.postgres import PostgresCluster

LOGS, INVOICES = (int(n) for n in (*sys.argv[1:3], 1_000_000, 100_000)[:2])
EXPENSES = INVOICES // 2
PROJECTS, CLIENTS, PEOPLE, DAYS = 400, 100, 60, 3_650
FIRST = date(2016, 1, 1)
DECADE = Period(FIRST, date(2025, 12, 31))
BATCH = 20_000


def _day(n: int) -> date:
    return FIRST + timedelta(days=n * 7919 % DAYS)


WORK = """
INSERT INTO time_log (project_id, user_id, day, seconds, billable, notes, approval, approval_note,
  bill_rate, cost_rate, created_at, updated_at, version)
WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {logs} - 1)
SELECT i % {projects} + 1, i % {people} + 1, {day}, 900 + i % 17 * 300, i % 9 > 0, '', 'open', '', 100000000,
  (40 + i % 4 * 5) * 1000000, '2026-01-01', '2026-01-01', 1 FROM n
"""
"""Each project is worked on for a year or so, as projects are. One statement, as each has its triggers."""
AGE = f"(i % {PROJECTS}) * 8 + (i * 7919 % 400)"
WORKED_ON = {
    "sqlite": f"date('{FIRST}', '+' || ({AGE}) || ' days')",
    "postgresql": f"DATE '{FIRST}' + CAST({AGE} AS integer)",
}


def _invoices() -> Iterator[dict]:
    for n in range(INVOICES):
        is_paid = n % 20 > 0
        yield {
            "id": n + 1, "client_id": n % PROJECTS % CLIENTS + 1, "issue_date": _day(n), "due_date": _day(n),
            "currency": "EUR", "state": InvoiceState.PAID if is_paid else InvoiceState.ISSUED,
            "issued_at": now(), "total_minor": 12_000 + n % 977, "number": f"INV-{n}",
        }  # fmt: skip


def _lines() -> Iterator[dict]:
    for n in range(INVOICES):
        yield {
            "id": n + 1,
            "invoice_id": n + 1,
            "position": 1,
            "name": "Work",
            "project_id": n % PROJECTS + 1,
        }


def _entries() -> Iterator[dict]:
    """An invoice by its date, and two receipts, or what is open."""
    for n in range(INVOICES):
        net = 10_000 + n % 977
        made = {
            "client_id": n % PROJECTS % CLIENTS + 1, "project_id": n % PROJECTS + 1, "invoice_id": n + 1,
            "user_id": n % PEOPLE + 1,
        }  # fmt: skip
        yield {**made, "kind": RevenueKind.INVOICE, "day": _day(n), "amount_minor": net}
        if n % 20 == 0:
            yield {**made, "kind": RevenueKind.OPEN, "day": _day(n), "amount_minor": net}
            continue
        for later, part in ((20, net // 3), (45, net - net // 3)):
            day = min(_day(n) + timedelta(days=later), DECADE.last)
            yield {**made, "kind": RevenueKind.RECEIPT, "day": day, "amount_minor": part}


def _expenses() -> Iterator[dict]:
    """Every second is billed to a client."""
    for n in range(EXPENSES):
        is_billed = n % 2 == 0
        yield {
            "id": n + 1, "day": _day(n), "user_id": n % PEOPLE + 1, "merchant": "SNCF", "currency": "EUR",
            "project_id": n % PROJECTS + 1 if is_billed or n % 3 else None, "billable": is_billed,
            "invoice_line_id": n + 1 if is_billed else None, "base_cost_minor": 2_000 + n % 613,
            "approval": ApprovalState.APPROVED, "created_at": now(), "updated_at": now(),
        }  # fmt: skip


def _received_costs() -> Iterator[dict]:
    for n in range(0, EXPENSES, 2):
        cost = 2_000 + n % 613
        for later, part in ((20, cost // 3), (45, cost - cost // 3)):
            yield {
                "expense_id": n + 1, "invoice_id": n + 1, "client_id": n % PROJECTS % CLIENTS + 1,
                "project_id": n % PROJECTS + 1, "user_id": n % PEOPLE + 1, "amount_minor": part,
                "day": min(_day(n) + timedelta(days=later), DECADE.last),
            }  # fmt: skip


def fill(engine: Engine) -> None:
    with db.transaction(engine) as session:
        session.add(Portal(name="Bench", base_currency="EUR"))
        session.add_all([Client(name=f"Client {n}", currency="EUR") for n in range(CLIENTS)])
        session.add_all([User(name=f"Person {n}") for n in range(PEOPLE)])
        session.flush()
        projects = [
            {"id": n + 1, "name": f"Project {n}", "client_id": n % CLIENTS + 1, "currency": "EUR"}
            for n in range(PROJECTS)
        ]
        session.execute(insert(Project), projects)
        for table, made in (
            (Invoice, _invoices()), (InvoiceLine, _lines()), (Expense, _expenses()),
            (RevenueEntry, _entries()), (ReceivedCost, _received_costs()),
        ):  # fmt: skip
            while batch := [row for _, row in zip(range(BATCH), made, strict=False)]:
                session.execute(insert(table), batch)
        day = WORKED_ON[engine.dialect.name]
        session.execute(text(WORK.format(logs=LOGS, projects=PROJECTS, people=PEOPLE, day=day)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM"))


SPAN = "BETWEEN '2016-01-01' AND '2025-12-31'"
MONTH = {"sqlite": "substr(day, 1, 7)", "postgresql": "date_trunc('month', day)"}
FLOOR = {
    "revenue by month": "SELECT {month}, kind, sum(amount_minor) FROM revenue_entry"
    f" WHERE kind IN ('{{kind}}', 'open') AND day {SPAN} GROUP BY 1, 2",
    "expenses by month": f"SELECT {{month}}, sum(base_cost_minor) FROM expense WHERE day {SPAN} GROUP BY 1",
    "cost of time by month": "SELECT {month}, cost_rate, sum(seconds) FROM time_log"
    f" WHERE day {SPAN} GROUP BY 1, 2",
}
BILLED = (
    "SELECT {month}, sum(e.base_cost_minor) FROM revenue_entry r"
    " JOIN invoice_line l ON l.invoice_id = r.invoice_id"
    " JOIN expense e ON e.invoice_line_id = l.id WHERE r.kind = 'receipt' GROUP BY 1"
)


def milliseconds(engine: Engine, work: Callable[[], Any], runs: int = 9) -> float:
    """Of SQLite the time of the processor, which leaves out what else the machine does; PostgreSQL works in
    processes of its own, so of it the quickest run."""
    clock = time.process_time if engine.dialect.name == "sqlite" else time.perf_counter
    work()
    times = []
    for _ in range(runs):
        start = clock()
        work()
        times.append(clock() - start)
    return (statistics.median(times) if clock is time.process_time else min(times)) * 1000


def floors(engine: Engine) -> dict[Basis, float]:
    """The plain aggregates that the portal's report needs of each basis."""
    month, found = MONTH[engine.dialect.name], {}
    for basis, kind in ((Basis.ACCRUAL, "invoice"), (Basis.CASH, "receipt")):
        asked = [each.format(month=month, kind=kind) for each in FLOOR.values()]
        if basis is Basis.CASH:
            asked.append(BILLED.format(month=month.replace("day", "r.day")))

        def plain(asked: list[str] = asked) -> None:
            with db.reading(engine) as session:
                for statement in asked:
                    session.execute(text(statement)).all()

        found[basis] = milliseconds(engine, plain, 3)
    return found


def measure(engine: Engine) -> None:
    floor = floors(engine)

    def told(title: str, basis: Basis, ask: Callable[[Any, Any], Any]) -> None:
        def run() -> None:
            with db.reading(engine) as session:
                ask(session, operator(session))

        taken = milliseconds(engine, run)
        print(
            f"  {title + ', ' + basis.value:44} {taken:6.0f} ms  {taken / floor[basis]:5.2f} x the plain SQL"
        )

    for basis in Basis:
        print(f"  plain SQL aggregates, {basis.value}: {floor[basis]:.0f} ms")
        year = Period(date(2020, 1, 1), date(2020, 12, 31))
        for title, scope, period in (
            ("portal, ten years", Scope(), DECADE),
            ("portal, one year", Scope(), year),
            ("client, ten years", Scope(Of.CLIENT, (7,)), DECADE),
            ("project, ten years", Scope(Of.PROJECT, (7,)), DECADE),
            ("person, ten years", Scope(Of.PERSON, (7,)), DECADE),
            ("team of ten, ten years", Scope(Of.TEAM, tuple(range(1, 11))), DECADE),
        ):
            question = Question(scope, period, basis)
            told(title, basis, lambda session, me, q=question: summary(session, me, q))
        asked = {"basis": basis.value, "period": "custom", "from": "2016-01-01", "until": "2025-12-31"}
        for by in By:
            query = ListQuery(sort="profit", descending=True, filters={**asked, "by": by.value})
            told(
                f"lines by {by.value}, ten years", basis,
                lambda session, me, q=query: listing.lines_page(session, me, q),
            )  # fmt: skip
        for figure in (Figure.REVENUE, Figure.OPEN, Figure.TIME, Figure.EXPENSES, Figure.COST):
            question = Question(Scope(), DECADE, basis)
            told(
                f"rows of {figure.value}, ten years", basis,
                lambda session, me, q=question, f=figure: rows(session, me, q, f),
            )  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = PostgresCluster(folder)
        try:
            for url in (f"sqlite:///{folder / 'bench.sqlite'}", cluster.create("bench")):
                db.migrate(url)
                engine = db.engine_for(url)
                start = time.perf_counter()
                fill(engine)
                taken = time.perf_counter() - start
                print(
                    f"{engine.dialect.name}: {LOGS:,} logs, {INVOICES:,} invoices, {EXPENSES:,} expenses",
                    end="",
                )
                print(f" filled in {taken:.0f} s")
                measure(engine)
                engine.dispose()
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
