"""Create, list, read, change, delete: the five requests that every kind of record answers alike."""

import re
from typing import Any

from finance_app.sandbox.books.kinds import Kind, load, require, require_unique
from finance_app.sandbox.protocol import EMPTY_BODY, Answer, Call, Handler, Refusal, Routes, page_of
from finance_app.sandbox.store import Record, field, moment, timestamp

_RANGES = {"less_than": "<", "less_equals": "<=", "greater_than": ">", "greater_equals": ">="}
_DATES = {"start": ">=", "end": "<=", "before": "<", "after": ">"}
_NAME = re.compile(r"[a-z_]+$")
_OPEN = f"{field('status')} IN ('sent', 'viewed', 'partially_paid')"


def serve(routes: Routes, kind: Kind) -> None:
    """Add the five requests of a kind, and those that set its status."""
    one = f"{kind.path}/{{id}}"
    routes.add("POST", kind.path, lambda call: create(call, kind))
    routes.add("GET", kind.path, lambda call: listed(call, kind))
    routes.add("PUT", kind.path, change_by_field)
    routes.add("GET", one, lambda call: read(call, kind))
    routes.add("PUT", one, lambda call: change(call, kind))
    routes.add("DELETE", one, lambda call: delete(call, kind))
    for status, words in kind.status_words.items():
        routes.add("POST", f"{one}/{status}", _sets_status(kind, status, words))


def create(call: Call, kind: Kind) -> Answer:
    need_body(call)
    require(call.body, kind.required)
    now = timestamp()
    id = call.store.next_id()
    body = {**call.body, kind.id_field: str(id), "created_time": now, "last_modified_time": now}
    require_unique(call, kind, body)
    stored = call.store.put(call.org, kind.name, id, kind.check(call, body, None))
    return Answer({kind.one: kind.show(call, stored)}, kind.created, kind.created_status)


def read(call: Call, kind: Kind) -> Answer:
    return Answer({kind.one: kind.show(call, load(call, kind, call.ids["id"]))})


def change(call: Call, kind: Kind) -> Answer:
    need_body(call)
    return changed(call, kind, load(call, kind, call.ids["id"]))


def changed(call: Call, kind: Kind, before: Record) -> Answer:
    """Fields that are not sent stay as they are."""
    body = {**before, **call.body, kind.id_field: before[kind.id_field], "last_modified_time": timestamp()}
    require(body, kind.required)
    body = kind.check(call, body, before)
    require_unique(call, kind, body)
    call.store.save(call.org, kind.name, before[kind.id_field], body)
    return Answer({kind.one: kind.show(call, body)}, kind.saved)


def change_by_field(call: Call) -> Answer:
    """The upsert by a unique custom field, which the sandbox has none of."""
    need_body(call)
    raise Refusal(6, "The unique field of the headers X-Unique-Identifier-Key and -Value was not found.")


def delete(call: Call, kind: Kind) -> Answer:
    body = load(call, kind, call.ids["id"])
    kind.before_delete(call, body)
    call.store.remove(call.org, kind.name, body[kind.id_field])
    return Answer({}, kind.deleted)


def listed(call: Call, kind: Kind, *, parent: str | None = None, extra: list | None = None) -> Answer:
    """A page of records, by the query's search variants, in its order."""
    page, per_page = page_of(call.query)
    column, direction = _order(call, kind)
    rows, more = call.store.select(
        call.org,
        kind.name,
        [*_conditions(call, kind), *(extra or [])],
        parent=parent,
        order=f"{_sorted_by(column)} {direction}, id {direction}" if column else f"id {direction}",
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return Answer(
        {
            kind.many: [kind.show(call, row) for row in rows],
            "page_context": {
                "page": page,
                "per_page": per_page,
                "has_more_page": more,
                "report_name": kind.label.title(),
                "applied_filter": call.query.get("filter_by", "Status.All"),
                "sort_column": column or "created_time",
                "sort_order": "D" if direction == "DESC" else "A",
            },
        }
    )


def need_body(call: Call) -> None:
    if not call.body:
        raise Refusal(EMPTY_BODY, "The request body is empty.")


def touched(body: Record, **values: Any) -> Record:
    """The record with other values, modified now."""
    return {**body, **values, "last_modified_time": timestamp()}


def _sets_status(kind: Kind, status: str, words: str) -> Handler:
    def handle(call: Call) -> Answer:
        body = load(call, kind, call.ids["id"])
        call.store.save(call.org, kind.name, body[kind.id_field], touched(body, status=status))
        return Answer({}, words)

    return handle


def _order(call: Call, kind: Kind) -> tuple[str, str]:
    column = call.query.get("sort_column", "")
    known = {*kind.search, *kind.text, *kind.numbers, *kind.dates, "created_time", "last_modified_time"}
    descending = call.query.get("sort_order", "A").upper() in ("D", "DESC", "DESCENDING")
    return (column if column in known and column != "created_time" else ""), "DESC" if descending else "ASC"


def _sorted_by(column: str) -> str:
    return moment(field(column)) if column == "last_modified_time" else field(column)


def _conditions(call: Call, kind: Kind) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in call.query.items():
        if not value or not _NAME.match(name):
            continue
        if name in (*kind.search, *kind.text):
            found.append((f"lower(CAST({field(name)} AS TEXT)) = ?", value.lower()))
        elif name in kind.numbers:
            found.append((f"CAST({field(name)} AS REAL) = CAST(? AS REAL)", value))
        elif name in kind.dates:
            found.append((f"{field(name)} = ?", value))
        elif name == "last_modified_time":
            found.append((f"{moment(field(name))} >= {moment('?')}", (value, value)))
        elif name == "search_text":
            either = " OR ".join(f"instr(lower({field(each)}), ?) > 0" for each in kind.text)
            found.append((f"({either})", tuple(value.lower() for _ in kind.text)))
        elif variant := _variant(name, value, kind):
            found.append(variant)
    return found + _by_filter(call, kind)


def _variant(name: str, value: str, kind: Kind) -> tuple[str, Any] | None:
    for ending in ("startswith", "contains"):
        column = name.removesuffix(f"_{ending}")
        if column != name and column in (*kind.search, *kind.text):
            place = f"instr(lower({field(column)}), ?)"
            return (f"{place} = 1" if ending == "startswith" else f"{place} > 0"), value.lower()
    for ending, sign in _RANGES.items():
        column = name.removesuffix(f"_{ending}")
        if column != name and column in kind.numbers:
            return f"CAST({field(column)} AS REAL) {sign} CAST(? AS REAL)", value
    for ending, sign in _DATES.items():
        column = name.removesuffix(f"_{ending}")
        if column != name and column in kind.dates:
            return f"{field(column)} {sign} ?", value
    return None


def _by_filter(call: Call, kind: Kind) -> list[tuple[str, Any]]:
    """`filter_by=Status.Active` and `status=active`; `All` is every record."""
    wanted = call.query.get("filter_by", "").rpartition(".")[2] or call.query.get("status", "")
    wanted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", wanted).lower()
    if not wanted or wanted == "all" or "status" in kind.search:
        return []
    if wanted == "unpaid":
        return [(f"{_OPEN} AND ? = ''", "")]
    if wanted == "overdue":
        return [(f"{_OPEN} AND {field('due_date')} < ?", timestamp()[:10])]
    return [(f"{field('status')} = ?", wanted)]
