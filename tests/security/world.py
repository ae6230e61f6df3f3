"""A company of two rows in every table, all of them somebody else's, with figures that are easy to find.

The rows are made from the metadata, so that a new table is in it by itself. Row 1 refers to whatever it
can, row 2 only to what it must: an unbilled log, a project without a manager.
"""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from finance_app.models.columns import ScaledDecimal, TextEnum, UtcDateTime, now
from finance_app.services.accounts.identity import token_hash
from finance_app.states.chart import BLANK

ROWS = (1, 2)
CLIENT_TOKEN = "c" * 43
ESTIMATE_TOKEN = "e" * 43
MONEY = 987_654_321
RATE = Decimal("4321.98")
_FIGURES = ("98765432", "432198")
_SECRET_RATES = ("bill_rate", "cost_rate", "unit_price", "planned_rate")
_TEXTS = {
    "currency": "EUR", "base_currency": "EUR", "country": "FR", "locale": "en", "time_zone": "UTC",
    "theme": "system", "payment_terms": "net:30",
}  # fmt: skip


def furnish(connection: Connection) -> None:
    made: set[str] = {"profile"}
    for table in SQLModel.metadata.sorted_tables:
        if table.name == "profile":
            continue
        for row in ROWS[:1] if table.name == "portal" else ROWS:
            connection.execute(table.insert().values(_row(table, row, made)))
        made.add(table.name)
    estimates = SQLModel.metadata.tables["estimate"]
    connection.execute(sa.update(estimates).where(estimates.c.id == 1).values(issued_at=now()))
    syncs = SQLModel.metadata.tables["zoho_sync"]
    connection.execute(sa.update(syncs).where(syncs.c.id == 1).values(active=True))
    links = SQLModel.metadata.tables["public_link"]
    connection.execute(
        sa.update(links)
        .where(links.c.id == 1)
        .values(kind="invoice", object_id=1, token_hash=token_hash(CLIENT_TOKEN))
    )
    connection.execute(
        sa.update(links)
        .where(links.c.id == 2)
        .values(kind="estimate", object_id=1, token_hash=token_hash(ESTIMATE_TOKEN))
    )


def _row(table: Table, row: int, made: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {"id": row} if "id" in table.c else {}
    for column in table.columns:
        if column.name == "id":
            continue
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column.table.name
            known = target in made and (row == 1 or not column.nullable)
            values[column.name] = (1 if target == "portal" else row) if known else None
            if target == "profile":
                values[column.name] = None if column.nullable else 1
        else:
            values[column.name] = _value(table, column, row)
    return values


def _value(table: Table, column: Any, row: int) -> Any:
    kind, name = column.type, column.name
    if name.endswith("_minor"):
        return MONEY
    if isinstance(kind, ScaledDecimal):
        return RATE if name in _SECRET_RATES else Decimal(1)
    if isinstance(kind, UtcDateTime):
        return None if column.nullable else now()
    default: Any = column.default
    if (table.name, name) == ("zoho_sync", "active"):
        return False  # it would write into the outbox with every row that follows
    if isinstance(kind, sa.JSON):
        return default.arg(None) if default is not None else {}
    if default is not None and default.is_scalar and not column.unique and default.arg not in ("", None):
        return default.arg
    if isinstance(kind, TextEnum):
        return next(iter(kind.kind))
    if isinstance(kind, sa.Boolean):
        return (row == 1 or None) if column.unique else False
    if isinstance(kind, sa.Date):
        return date(2026, 11, 2)
    if isinstance(kind, sa.LargeBinary):
        return b"x"
    if isinstance(kind, sa.String | AutoString):
        if name in _TEXTS:
            return _TEXTS[name]
        return f"{table.name}{row}{name}"[-(kind.length or 40) :]
    return row


def figures_in(found: Any) -> list[str]:
    """The amounts and rates of the company that stand in something, however they are written."""
    text = found if isinstance(found, str) else json.dumps(found, default=_plain, ensure_ascii=False)
    digits = re.sub(r"(?<=\d)[\s.,\u202f\u00a0'](?=\d)", "", text)
    return [figure for figure in _FIGURES if figure in digits]


def _plain(value: object) -> str:
    return "" if value is BLANK else str(value)
