"""What is kept added up of logged time, as SQL for both databases: three tables, and what a log adds to each.

An amount is two whole numbers, `_units` and `_rest`: seconds x whole units of the rate, and seconds x its
millionths. So it is exact, and no currency reaches the end of the integers of a database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MILLION = 1_000_000
FIRST_YEAR, MONTHS = 1900, 4096
"""A month of a user is one number: the user's id x MONTHS + the months since January of FIRST_YEAR."""

COLUMNS = (
    "project_id", "task_id", "user_id", "day", "billable", "bill_rate", "cost_rate", "seconds",
    "invoice_line_id",
)  # fmt: skip
CLAIM = "invoice_line_id"


def _amount(name: str, rate: str, where: str) -> dict[str, str]:
    chosen = f"CASE WHEN {where} AND l.{rate} IS NOT NULL THEN l.seconds * {{part}} ELSE 0 END"
    return {
        f"{name}_units": chosen.format(part=f"(l.{rate} / {MILLION})"),
        f"{name}_rest": chosen.format(part=f"(l.{rate} % {MILLION})"),
    }


def _seconds(where: str) -> str:
    return f"CASE WHEN {where} THEN l.seconds ELSE 0 END"


@dataclass(frozen=True)
class Kept:
    """A table: its keys for each of its levels, and what one log (`l`) adds to its sums."""

    table: str
    keys: tuple[str, ...]
    levels: tuple[dict[str, str], ...]
    sums: dict[str, str]
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.keys, *self.sums)


def kept(*, postgres: bool) -> tuple[Kept, ...]:
    if postgres:
        year, month = "extract(year FROM l.day)", "extract(month FROM l.day)"
        low, high = "least", "greatest"
    else:
        year, month, low, high = "strftime('%Y', l.day)", "strftime('%m', l.day)", "min", "max"
    number = f"CAST({year} * 100 + {month} AS integer)"
    since = f"CAST(({year} - {FIRST_YEAR}) * 12 + {month} - 1 AS integer)"
    of_user = f"l.user_id * {MONTHS} + {low}({high}({since}, 0), {MONTHS - 1})"
    rates = {
        "billable": "l.billable",
        "bill_rate": "coalesce(l.bill_rate, -1)",
        "cost_rate": "coalesce(l.cost_rate, -1)",
    }
    project = {"project_id": "l.project_id"}

    def level(name: str, part: str, **more: str) -> dict[str, str]:
        return project | {"level": f"'{name}'", "part_id": part} | more

    return (
        Kept(
            "time_total",
            ("project_id", "level", "part_id", *rates),
            (level("month", number, **rates), level("user_month", of_user, **rates)),
            {"seconds": "l.seconds", "logs": "1"},
        ),
        Kept(
            "time_sum",
            ("level", "project_id", "part_id"),
            (
                level("project", "0"),
                level("task", "coalesce(l.task_id, 0)"),
                level("user", "l.user_id"),
                level("month", number),
            ),
            {"seconds": "l.seconds", "logs": "1"}
            | _amount("cost", "cost_rate", "true")
            | {"uncosted": _seconds("l.cost_rate IS NULL")}
            | _amount("price", "bill_rate", "l.cost_rate IS NULL")
            | {"unpriced": _seconds("l.cost_rate IS NULL AND l.bill_rate IS NULL")}
            | _amount("revenue", "bill_rate", "l.billable"),
        ),
        Kept(
            "time_unbilled",
            ("project_id", "month"),
            (project | {"month": number},),
            {"seconds": "l.seconds", "logs": "1", "unpriced": _seconds("l.bill_rate IS NULL")}
            | _amount("amount", "bill_rate", "true"),
            where=f"l.billable AND l.{CLAIM} IS NULL",
        ),
    )


def of_logs(each: Kept, logs: str, *, ordered: bool = False) -> str:
    """SELECT of the rows of a table for logs, given as a table or a subquery whose `sign` is 1 or -1."""
    where = f" WHERE {each.where}" if each.where else ""
    amounts = _named({name: f"l.sign * ({amount})" for name, amount in each.sums.items()})
    parts = " UNION ALL ".join(
        f"SELECT {_named(level)}, {amounts} FROM logs AS l{where}" for level in each.levels
    )
    keys = ", ".join(each.keys)
    sums = ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in each.sums)
    changed = " OR ".join(f"sum({name}) <> 0" for name in each.sums)
    order = f" ORDER BY {keys}" if ordered else ""
    return (
        f"WITH logs AS ({logs}) SELECT {keys}, {sums} FROM ({parts}) AS p"
        f" GROUP BY {keys} HAVING {changed}{order}"
    )


def keys_of(each: Kept, logs: str) -> str:
    """SELECT of the keys of a table that logs add to."""
    return " UNION ".join(f"SELECT {_named(level)} FROM {logs} AS l" for level in each.levels)


def _named(expressions: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in expressions.items())


def signed(source: str, sign: int = 1, columns: tuple[str, ...] = COLUMNS) -> str:
    """The logs of a table as `of_logs` takes them; with sign -1 they are taken away."""
    return f"SELECT {', '.join(columns)}, {sign} AS sign FROM {source}"


def adding(each: Kept, rows: str) -> str:
    """INSERT of rows into a table, or their sums added to what is there."""
    added = ", ".join(f"{name} = {each.table}.{name} + excluded.{name}" for name in each.sums)
    return (
        f"INSERT INTO {each.table} ({', '.join(each.columns)}) {rows}"
        f" ON CONFLICT ({', '.join(each.keys)}) DO UPDATE SET {added}"
    )


def of_row(each: Kept, row: str, sign: str = "", claim: str | None = None) -> Iterator[str]:
    """SQLite: the statements that add (or take away) one row of a trigger, NEW or OLD. `claim` is the row
    whose claim counts."""
    for level in each.levels:
        values = [*(level[key] for key in each.keys), *(f"{sign}({amount})" for amount in each.sums.values())]
        where = each.where or "true"
        statement = adding(each, f"SELECT {', '.join(values)} WHERE {where}")
        yield _of(row, re.sub(rf"\bl\.{CLAIM}\b", f"{claim or row}.{CLAIM}", statement))


def emptied(each: Kept, row: str) -> Iterator[str]:
    """SQLite: the statements that remove the rows of a trigger's row that nothing is left of."""
    for level in each.levels:
        same = " AND ".join(f"{key} = {level[key]}" for key in each.keys)
        yield _of(row, f"DELETE FROM {each.table} WHERE {same} AND logs = 0")


def _of(row: str, statement: str) -> str:
    return re.sub(r"\bl\.", f"{row}.", statement)
