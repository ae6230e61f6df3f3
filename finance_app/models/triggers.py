"""The triggers that keep `time_total` and `budget_due` true, whoever writes: a form, an import, a new rate.

They are installed after every migration, under names that carry a hash of their text, so that a changed one
replaces the old and a table that a migration rebuilt gets its own back.
"""

import hashlib

from sqlalchemy import Connection, inspect

from finance_app.models import zoho_triggers

LOCK = 7_231_002
"""Namespace of the PostgreSQL advisory locks by project: writers of its time wait for each other."""

FIRST_YEAR, MONTHS = 1900, 4096
"""A month of a user is one number: the user's id x MONTHS + the months since January of FIRST_YEAR."""

_KEYS = "project_id, level, part_id, billable, bill_rate, cost_rate"
_COLUMNS = ("project_id", "task_id", "user_id", "day", "billable", "bill_rate", "cost_rate")
_LEVELS = " UNION ALL ".join(
    f"SELECT '{level}' AS level" for level in ("project", "task", "user", "month", "user_month")
)
_BUDGETS = "SELECT project_id FROM budget WHERE type <> 'none'"
_WATCHED = {
    "budget": ("INSERT", "UPDATE"),
    "budget_part": ("INSERT", "UPDATE", "DELETE"),
    "task": ("UPDATE OF planned_seconds, occurrences, milestone_id, owner_id, archived_at",),
    "expense": ("INSERT", "UPDATE OF project_id, day, base_cost_minor, approval, deleted_at"),
}
"""What else may bring a budget beyond a limit, besides logged time."""


def totals_of(logs: str, *, postgres: bool) -> str:
    """SELECT of the rows of `time_total` for logs, given as a table or a subquery of signed seconds."""
    month = (
        "CAST(extract(year FROM l.day) * 100 + extract(month FROM l.day) AS integer)"
        if postgres
        else "CAST(strftime('%Y%m', l.day) AS INTEGER)"
    )
    low, high = ("least", "greatest") if postgres else ("min", "max")
    year, number = (
        ("extract(year FROM l.day)", "extract(month FROM l.day)")
        if postgres
        else ("strftime('%Y', l.day)", "strftime('%m', l.day)")
    )
    since = f"CAST(({year} - {FIRST_YEAR}) * 12 + {number} - 1 AS integer)"
    of_user = f"l.user_id * {MONTHS} + {low}({high}({since}, 0), {MONTHS - 1})"
    return f"""
SELECT l.project_id, v.level,
  CASE v.level WHEN 'project' THEN 0 WHEN 'task' THEN coalesce(l.task_id, 0) WHEN 'user' THEN l.user_id
    WHEN 'month' THEN {month} ELSE {of_user} END AS part_id,
  l.billable, coalesce(l.bill_rate, -1), coalesce(l.cost_rate, -1), sum(l.seconds), sum(l.logs)
FROM ({logs}) AS l CROSS JOIN ({_LEVELS}) AS v
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(l.seconds) <> 0 OR sum(l.logs) <> 0"""


def signed(source: str, sign: str = "") -> str:
    """The logs of a table as `totals_of` takes them; with sign "-" they are taken away."""
    return f"SELECT {', '.join(_COLUMNS)}, {sign}seconds AS seconds, {sign}1 AS logs FROM {source}"


def _signed_row(row: str, sign: str = "") -> str:
    columns = ", ".join(f"{row}.{name} AS {name}" for name in _COLUMNS)
    return f"SELECT {columns}, {sign}{row}.seconds AS seconds, {sign}1 AS logs"


def _add(changes: str, *, postgres: bool) -> str:
    return f"""INSERT INTO time_total ({_KEYS}, seconds, logs) {totals_of(changes, postgres=postgres)}
{"ORDER BY 1, 2, 3, 4, 5, 6" if postgres else ""}
ON CONFLICT ({_KEYS}) DO UPDATE
  SET seconds = time_total.seconds + excluded.seconds, logs = time_total.logs + excluded.logs"""


def _sqlite() -> dict[str, str]:
    made = {}
    watched = ", ".join((*_COLUMNS, "seconds"))
    changes = {
        "INSERT": _signed_row("NEW"),
        "DELETE": _signed_row("OLD", "-"),
        f"UPDATE OF {watched}": f"{_signed_row('NEW')} UNION ALL {_signed_row('OLD', '-')}",
    }
    for event, rows in changes.items():
        kind = event.split()[0]
        touched = {"INSERT": "(NEW.project_id)", "DELETE": "(OLD.project_id)"}.get(
            kind, "(NEW.project_id, OLD.project_id)"
        )
        gone = (
            ""
            if kind == "INSERT"
            else "DELETE FROM time_total WHERE logs = 0 AND project_id = OLD.project_id;"
        )
        made[f"time_total_{kind.lower()}"] = f"""AFTER {event} ON time_log FOR EACH ROW BEGIN
{_add(rows, postgres=False)};
{gone}
INSERT OR IGNORE INTO budget_due {_BUDGETS} AND project_id IN {touched};
END"""
    for table, events in _WATCHED.items():
        for event in events:
            kind = event.split()[0]
            row = "OLD" if kind == "DELETE" else "NEW"
            made[f"budget_due_{table}_{kind.lower()}"] = f"""AFTER {event} ON {table} FOR EACH ROW BEGIN
INSERT OR IGNORE INTO budget_due {_BUDGETS} AND project_id = {row}.project_id;
END"""
    return made


def _postgres() -> dict[str, tuple[str, str]]:
    """Each trigger with its function. Statement triggers work on sets: an import is one change of totals."""
    made = {}
    changes = {
        "INSERT": ("REFERENCING NEW TABLE AS new_rows", signed("new_rows")),
        "DELETE": ("REFERENCING OLD TABLE AS old_rows", signed("old_rows", "-")),
        "UPDATE": (
            "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
            f"{signed('new_rows')} UNION ALL {signed('old_rows', '-')}",
        ),
    }
    for kind, (tables, rows) in changes.items():
        body = f"""
DECLARE touched integer[];
BEGIN
  SELECT array_agg(DISTINCT d.project_id ORDER BY d.project_id) INTO touched
    FROM ({totals_of(rows, postgres=True)}) AS d;
  IF touched IS NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock({LOCK}, p) FROM unnest(touched) AS p;
  {_add(rows, postgres=True)};
  DELETE FROM time_total WHERE logs = 0 AND project_id = ANY(touched);
  INSERT INTO budget_due {_BUDGETS} AND project_id = ANY(touched) ON CONFLICT DO NOTHING;
  RETURN NULL;
END"""
        made[f"time_total_{kind.lower()}"] = (
            f"AFTER {kind} ON time_log {tables} FOR EACH STATEMENT",
            body,
        )
    for table, events in _WATCHED.items():
        row = "coalesce(NEW.project_id, OLD.project_id)"
        body = f"""
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK}, {row});
  INSERT INTO budget_due {_BUDGETS} AND project_id = {row} ON CONFLICT DO NOTHING;
  RETURN NULL;
END"""
        made[f"budget_due_{table}"] = (f"AFTER {' OR '.join(events)} ON {table} FOR EACH ROW", body)
    return made


def _named(name: str, *texts: str) -> str:
    return f"{name}_{hashlib.sha256(''.join(texts).encode()).hexdigest()[:8]}"


def install(connection: Connection) -> None:
    """Make the triggers that are missing and drop those of another text; then add everything up anew."""
    zoho = inspect(connection).has_table("zoho_sync")
    if connection.dialect.name == "sqlite":
        changed = _install_sqlite(connection, _sqlite() | (zoho_triggers.sqlite() if zoho else {}))
    else:
        changed = _install_postgres(connection, _postgres() | (zoho_triggers.postgres() if zoho else {}))
    if changed:
        rebuild(connection)


def rebuild(connection: Connection) -> None:
    """Add up all logs anew, while nobody writes any."""
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.exec_driver_sql("LOCK TABLE time_log IN SHARE ROW EXCLUSIVE MODE")
    connection.exec_driver_sql("DELETE FROM time_total")
    logs = totals_of(signed("time_log"), postgres=postgres)
    connection.exec_driver_sql(f"INSERT INTO time_total ({_KEYS}, seconds, logs) {logs}")


def _ours(name: str) -> bool:
    return name.startswith(("time_total_", "budget_due_", "zoho_due_"))


def _install_sqlite(connection: Connection, made: dict[str, str]) -> bool:
    wanted = {_named(name, text): text for name, text in made.items()}
    rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    present = {name for (name,) in rows if _ours(name)}
    for name in present - wanted.keys():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for name in wanted.keys() - present:
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {wanted[name]}")
    return wanted.keys() != present


def _install_postgres(connection: Connection, made: dict[str, tuple[str, str]]) -> bool:
    wanted = {_named(name, head, body): (head, body) for name, (head, body) in made.items()}
    rows = connection.exec_driver_sql(
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    )
    present = {name: table for name, table in rows if _ours(name)}
    for name in present.keys() - wanted.keys():
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {present[name]}")
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")
    for name in wanted.keys() - present.keys():
        head, body = wanted[name]
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        )
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {head} EXECUTE FUNCTION {name}()")
    return wanted.keys() != present.keys()
