"""What events speak of by number: the names and the currencies of those rows, as they are now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel

_MOST = 500
REFERENCES = {
    "client_id": "client",
    "credit_note_id": "credit_note",
    "estimate_id": "estimate",
    "import_id": "time_import",
    "invoice": "invoice",
    "logo_id": "stored_file",
    "manager_id": "user",
    "approved_by_id": "user",
    "milestone_id": "milestone",
    "order": "sales_order",
    "owner_id": "user",
    "payment_id": "payment",
    "profile_id": "profile",
    "project": "project",
    "project_id": "project",
    "sales_order_id": "sales_order",
    "task_id": "task",
    "task_list_id": "task_list",
    "tax_id": "tax",
    "user_id": "user",
}
_TITLES = ("number", "name", "file_name", "merchant", "reference", "subject")


class Told(Protocol):
    """What is read of an event, or of its row in the list."""

    @property
    def details(self) -> dict: ...
    @property
    def before(self) -> dict: ...
    @property
    def after(self) -> dict: ...


@dataclass(frozen=True)
class Names:
    """By table and id: how people call a row, and the currency of its amounts. `base` is the portal's."""

    titles: Mapping[tuple[str, int], str] = field(default_factory=dict)
    currencies: Mapping[tuple[str, int], str] = field(default_factory=dict)
    base: str = ""


def names_of(session: Session, told: Iterable[tuple[str, int | None, Told]]) -> Names:
    """The names of the objects themselves and of whatever their events refer to."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, object_id, event in told:
        if object_id:
            wanted[kind].add(object_id)
        for found in (event.details, event.before, event.after):
            for name, value in found.items():
                if name in REFERENCES and type(value) is int:
                    wanted[REFERENCES[name]].add(value)
                if name == "invoices" and isinstance(value, dict):
                    wanted["invoice"].update(int(key) for key in value if str(key).isdigit())
                if name == "part_id" and type(value) is int and event.details.get("scope"):
                    wanted[str(event.details["scope"])].add(value)
    titles: dict[tuple[str, int], str] = {}
    currencies: dict[tuple[str, int], str] = {}
    for kind, ids in wanted.items():
        table = SQLModel.metadata.tables.get(kind)
        if table is not None:
            _read(session, table, ids, titles, currencies)
    base = session.execute(select(SQLModel.metadata.tables["portal"].c.base_currency)).scalar()
    return Names(titles, currencies, base or "")


def _read(session: Session, table: Table, ids: set[int], titles: dict, currencies: dict) -> None:
    columns: list[Any] = [table.c.id, *(table.c[name] for name in _TITLES if name in table.c)]
    source: Any = table
    if "currency" in table.c:
        columns.append(table.c.currency)
    elif "project_id" in table.c:
        project = SQLModel.metadata.tables["project"]
        source = table.outerjoin(project, table.c.project_id == project.c.id)
        columns.append(project.c.currency)
    ordered = sorted(ids)
    for at in range(0, len(ordered), _MOST):
        some = table.c.id.in_(ordered[at : at + _MOST])
        rows = session.execute(select(*columns).select_from(source).where(some))
        for row in rows.mappings():
            key = (table.name, row["id"])
            titles[key] = next((str(row[name]) for name in _TITLES if row.get(name)), "")
            currencies[key] = row.get("currency") or ""
