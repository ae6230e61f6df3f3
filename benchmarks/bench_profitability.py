"""The portal's profitability over ten years, 1,000,000 logs and the revenue of 100,000 invoices, beside the
floor: the plain SQL aggregates of the same rows.

python benchmarks/bench_profitability.py [logs] [invoices]
"""

import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

LOGS, INVOICES = (int(n) for n in (*sys.argv[1:3], 1_000_000, 100_000)[:2])
PROJECTS, PEOPLE, DAYS = 400, 60, 3_650

WORK = f"""
INSERT INTO time_log (project_id, user_id, day, seconds, billable, notes, approval, approval_note,
  bill_rate, cost_rate, created_at, updated_at, version)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {LOGS} - 1)
SELECT i % {PROJECTS} + 1, i % {PEOPLE} + 1,
  date('2016-01-01', '+' || ((i % {PROJECTS}) * 8 + i * 7919 % 400) || ' days'),
  900 + i % 17 * 300, i % 9 > 0, '', 'open', '', 100000000, (40 + i % 4 * 5) * 1000000,
  '2026-01-01', '2026-01-01', 1 FROM n
"""
REVENUE = """
INSERT INTO revenue_entry (kind, day, client_id, project_id, user_id, amount_minor)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)
SELECT '{kind}', date('2016-01-01', '+' || (i * 7919 % {days}) || ' days'), 1, i % {projects} + 1,
  i % {people} + 1, 10000 + i % 977 FROM n
"""


def fill(session: Any) -> None:
    from sqlalchemy import text

    from finance_app.models import Client, Portal, Project, User

    session.add(Portal(name="Bench", base_currency="EUR"))
    session.add(Client(name="Bench", currency="EUR"))
    session.add_all([User(name=f"Person {n}") for n in range(PEOPLE)])
    session.flush()
    session.add_all([Project(name=f"Project {n}", client_id=1, currency="EUR") for n in range(PROJECTS)])
    session.flush()
    session.execute(text(WORK))
    for kind, count in (("invoice", INVOICES), ("receipt", INVOICES), ("open", INVOICES // 20)):
        filled = REVENUE.format(kind=kind, count=count, days=DAYS, projects=PROJECTS, people=PEOPLE)
        session.execute(text(filled))


def milliseconds(work: Callable[[], Any], runs: int = 7) -> float:
    """Time of the processor, SQLite included: what else the machine does is left out."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'bench.sqlite'}"
        os.environ |= {
            "MARGE_DATA_DIR": name,
            "MARGE_DATABASE_URL": url,
            "MARGE_SECRET_KEY": secrets.token_urlsafe(48),
        }
        from sqlalchemy import text

        from finance_app import db
        from finance_app.cli.operator import operator
        from finance_app.domain.periods import Period
        from finance_app.domain.profit import Basis
        from finance_app.services.profitability.breakdown import By, breakdown
        from finance_app.services.profitability.figures import summary
        from finance_app.services.profitability.scope import Of, Question, Scope

        db.migrate(url)
        start = time.perf_counter()
        with db.transaction() as session:
            fill(session)
        print(f"filled with {LOGS:,} logs and {INVOICES:,} invoices in {time.perf_counter() - start:.0f} s")
        decade = Period(date(2016, 1, 1), date(2025, 12, 31))

        def read(work: Callable[[Any, Any], Any]) -> Callable[[], Any]:
            def run() -> Any:
                with db.reading() as session:
                    return work(session, operator(session))

            return run

        def plain(session: Any, _me: Any) -> None:
            """Revenue by month, and the cost of time by month out of the logs themselves."""
            span = "BETWEEN '2016-01-01' AND '2025-12-31'"
            session.execute(
                text(
                    "SELECT substr(day, 1, 7), sum(amount_minor) FROM revenue_entry"
                    f" WHERE kind = 'invoice' AND day {span} GROUP BY 1"
                )
            ).all()
            session.execute(
                text(
                    "SELECT substr(day, 1, 7), sum(seconds * cost_rate) FROM time_log"
                    f" WHERE day {span} GROUP BY 1"
                )
            ).all()

        floor = milliseconds(read(plain), 3)
        print(f"plain SQL aggregates: {floor:.0f} ms")
        for title, question in (
            ("portal, accrual, ten years", Question(Scope(), decade)),
            ("portal, cash, ten years", Question(Scope(), decade, Basis.CASH)),
            ("portal, one year", Question(Scope(), Period(date(2020, 1, 1), date(2020, 12, 31)))),
            ("project, ten years", Question(Scope(Of.PROJECT, (7,)), decade)),
            ("person, ten years", Question(Scope(Of.PERSON, (7,)), decade)),
        ):

            def ask(session: Any, me: Any, question: Question = question) -> None:
                summary(session, me, question)

            taken = milliseconds(read(ask))
            print(f"{title}: {taken:.0f} ms, {taken / floor:.2f} x")
        for by in By:

            def report(session: Any, me: Any, by: By = by) -> None:
                breakdown(session, me, Question(Scope(), decade), by)

            taken = milliseconds(read(report), 3)
            print(f"lines by {by.value}, ten years: {taken:.0f} ms, {taken / floor:.2f} x")


if __name__ == "__main__":
    main()
