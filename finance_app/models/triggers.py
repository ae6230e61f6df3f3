"""The triggers that keep the sums of time (`models/sums.py`) and `budget_due` true, whoever writes: a form,
an import, a new rate.

They are installed after every migration, under names that carry a hash of their text, so that a changed one
replaces the old and a table that a migration rebuilt gets its own back.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, inspect

from finance_app.models import sums, zoho_triggers

LOCK = 7_231_002
"""Namespace of the PostgreSQL advisory locks by project: writers of its time wait for each other."""

_BUDGETS = "SELECT project_id FROM budget WHERE type <> 'none'"
_WATCHED = {
    "budget": ("INSERT", "UPDATE"),
    "budget_part": ("INSERT", "UPDATE", "DELETE"),
    "task": ("UPDATE OF planned_seconds, occurrences, milestone_id, owner_id, archived_at",),
    "expense": ("INSERT", "UPDATE OF project_id, day, base_cost_minor, approval, deleted_at"),
}
"""What else may bring a budget beyond a limit, besides logged time."""


def _sqlite() -> dict[str, str]:
    """A change of a log is taken away and added as if its claim stayed; the claim's own change comes apart,
    so that one statement may do both."""
    tables = sums.kept(postgres=False)
    unbilled = next(each for each in tables if each.where)
    added = {
        claim: [line for each in tables for line in sums.of_row(each, "NEW", claim=claim)]
        for claim in ("NEW", "OLD")
    }
    taken = [line for each in tables for line in sums.of_row(each, "OLD", "-")]
    gone = [line for each in tables for line in sums.emptied(each, "OLD")]
    watched = ", ".join(name for name in sums.COLUMNS if name != sums.CLAIM)
    due = f"INSERT OR IGNORE INTO budget_due {_BUDGETS} AND project_id IN"
    claimed = [
        *sums.of_row(unbilled, "NEW"),
        *sums.of_row(unbilled, "NEW", "-", claim="OLD"),
        *sums.emptied(unbilled, "NEW"),
    ]
    bodies = {
        "insert": ("AFTER INSERT ON time_log", [*added["NEW"], f"{due} (NEW.project_id)"]),
        "delete": ("AFTER DELETE ON time_log", [*taken, *gone, f"{due} (OLD.project_id)"]),
        "update": (
            f"AFTER UPDATE OF {watched} ON time_log",
            [*added["OLD"], *taken, *gone, f"{due} (NEW.project_id, OLD.project_id)"],
        ),
        "claim": (f"AFTER UPDATE OF {sums.CLAIM} ON time_log", claimed),
    }
    made = {
        f"time_total_{name}": f"{event} FOR EACH ROW BEGIN\n{_lines(body)}\nEND"
        for name, (event, body) in bodies.items()
    }
    for table, events in _WATCHED.items():
        for event in events:
            kind = event.split()[0]
            row = "OLD" if kind == "DELETE" else "NEW"
            made[f"budget_due_{table}_{kind.lower()}"] = f"""AFTER {event} ON {table} FOR EACH ROW BEGIN
INSERT OR IGNORE INTO budget_due {_BUDGETS} AND project_id = {row}.project_id;
END"""
    return made


def _lines(statements: list[str]) -> str:
    return "\n".join(f"{each};" for each in statements)


def _postgres() -> dict[str, tuple[str, str]]:
    """Each trigger with its function. Statement triggers work on sets: an import is one change of sums.

    An update that changes nothing of what is summed, as an approval in bulk, ends at once. One that only
    claims logs for an invoice changes what is unbilled, and no budget.
    """
    made = {}
    tables = sums.kept(postgres=True)
    watched = [name for name in sums.COLUMNS if name != sums.CLAIM]
    rows_of = {
        "INSERT": (sums.signed("new_rows"),),
        "DELETE": (sums.signed("old_rows", -1),),
        "UPDATE": (_changed("new_rows", "old_rows", 1), _changed("old_rows", "new_rows", -1)),
    }
    named = {
        "INSERT": "REFERENCING NEW TABLE AS new_rows",
        "DELETE": "REFERENCING OLD TABLE AS old_rows",
        "UPDATE": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
    }
    for kind, rows in rows_of.items():
        changes = " UNION ALL ".join(rows)
        spent = "true" if kind != "UPDATE" else _differs("n", "o", watched)
        source = {"INSERT": "new_rows AS n", "DELETE": "old_rows AS n"}.get(
            kind, "new_rows AS n JOIN old_rows AS o ON o.id = n.id"
        )
        touched = "n.project_id" if kind != "UPDATE" else "unnest(ARRAY[n.project_id, o.project_id])"
        any_change = "true" if kind != "UPDATE" else _differs("n", "o", sums.COLUMNS)
        emptied = [] if kind == "INSERT" else [_emptied(each) for each in tables]
        added = [sums.adding(each, sums.of_logs(each, changes, ordered=True)) for each in tables]
        body = f"""
DECLARE touched integer[]; due integer[];
BEGIN
  SELECT array_agg(DISTINCT d.p ORDER BY d.p), array_agg(DISTINCT d.p) FILTER (WHERE d.spent)
    INTO touched, due
    FROM (SELECT {touched} AS p, {spent} AS spent FROM {source} WHERE {any_change}) AS d;
  IF touched IS NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock({LOCK}, p) FROM unnest(touched) AS p;
  {_lines([*added[-1:], *emptied[-1:]])}
  IF due IS NULL THEN RETURN NULL; END IF;
  {_lines([*added[:-1], *emptied[:-1]])}
  INSERT INTO budget_due {_BUDGETS} AND project_id = ANY(due) ON CONFLICT DO NOTHING;
  RETURN NULL;
END"""
        made[f"time_total_{kind.lower()}"] = (
            f"AFTER {kind} ON time_log {named[kind]} FOR EACH STATEMENT",
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


def _differs(one: str, other: str, columns: Iterable[str]) -> str:
    values = [", ".join(f"{row}.{name}" for name in columns) for row in (one, other)]
    return f"(({values[0]}) IS DISTINCT FROM ({values[1]}))"


def _changed(rows: str, others: str, sign: int) -> str:
    columns = ", ".join(f"r.{name}" for name in sums.COLUMNS)
    return (
        f"SELECT {columns}, {sign} AS sign FROM {rows} AS r JOIN {others} AS s ON s.id = r.id"
        f" WHERE {_differs('r', 's', sums.COLUMNS)}"
    )


def _emptied(each: sums.Kept) -> str:
    """Remove the rows of what a statement took away that nothing is left of."""
    same = " AND ".join(f"t.{key} = k.{key}" for key in each.keys)
    keys = sums.keys_of(each, "old_rows")
    return f"DELETE FROM {each.table} AS t USING ({keys}) AS k WHERE {same} AND t.logs = 0"


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
    for each in sums.kept(postgres=postgres):
        connection.exec_driver_sql(f"DELETE FROM {each.table}")
        rows = sums.of_logs(each, sums.signed("time_log")).replace("%", "%%" if postgres else "%")
        connection.exec_driver_sql(f"INSERT INTO {each.table} ({', '.join(each.columns)}) {rows}")


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
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$".replace(
                "%", "%%"
            )
        )
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {head} EXECUTE FUNCTION {name}()")
    return wanted.keys() != present.keys()
