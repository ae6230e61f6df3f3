"""Rows a second of an import, beside the floor: a plain executemany of the same time logs.

python benchmarks/bench_import.py
"""

import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

ROWS = 12_000


def write_sheet(file: Path) -> None:
    """A time sheet with 20 projects, 20 people and a task for nearly each row."""
    with file.open("w", encoding="cp1252") as out:
        out.write("Project,Task number,Task,Person,Date,Hours,Notes\n")
        for n in range(ROWS):
            task, day = n * 5 // 6, f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}"
            out.write(
                f"Project {task % 20},{task},Tâche {task},Person {n % 20},{day},{n % 800 / 100 + 0.01:.2f},\n"
            )


def floor(source: Path, target: Path) -> float:
    """Seconds to write the same rows into an empty table with the same indexes and nothing that sums them."""
    with sqlite3.connect(source) as connection:
        rows = connection.execute("SELECT * FROM time_log").fetchall()
        schema = [
            sql
            for (sql,) in connection.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = 'time_log' AND type != 'trigger'"
            )
            if sql
        ]
    connection.close()
    with sqlite3.connect(target) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        for sql in schema:
            connection.execute(sql)
        connection.commit()
        started = time.perf_counter()
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO time_log VALUES ({marks})", rows)
        connection.commit()
        seconds = time.perf_counter() - started
    connection.close()
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"MARGE_DATA_DIR": name, "MARGE_DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite'}"}
        from finance_app import db
        from finance_app.cli.operator import operator
        from finance_app.services import files, time_import
        from finance_app.services.time_import import drafts

        sheet = folder / "sheet.csv"
        write_sheet(sheet)
        db.migrate(os.environ["MARGE_DATABASE_URL"])
        started = time.perf_counter()
        with db.transaction() as session, files.Incoming(drafts.file_limit()) as incoming:
            incoming.write(sheet.read_bytes())
            shape = time_import.check_file(incoming.finish())
            me = operator(session)
            row = drafts.start(session, me, name=sheet.name, sha256=incoming.keep(), shape=shape)
            tally = time_import.apply(session, me, row.id or 0)
        seconds = time.perf_counter() - started
        db.engine().dispose()
        plain = floor(folder / "bench.sqlite", folder / "floor.sqlite")
        print(f"import of {tally.good} rows with {ROWS * 5 // 6} tasks: {seconds:.2f} s")
        print(f"{tally.good / seconds:,.0f} rows/s, {seconds / plain:.1f} x a plain executemany of the logs")


if __name__ == "__main__":
    main()
