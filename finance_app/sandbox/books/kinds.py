"""Kinds of records: how they are named, checked, found and listed. `records` serves them all."""

from collections.abc import Callable
from dataclasses import dataclass, field

from finance_app.sandbox.protocol import BAD_REFERENCE, DUPLICATE, NOT_FOUND, Call, Refusal, invalid
from finance_app.sandbox.store import Record

Check = Callable[[Call, Record, Record | None], Record]
Show = Callable[[Call, Record], Record]


def as_is(_call: Call, body: Record, _before: Record | None = None) -> Record:
    return body


def shown_as_is(_call: Call, body: Record) -> Record:
    return body


def removable(_call: Call, _body: Record) -> None:
    return None


@dataclass(frozen=True)
class Kind:
    """`one` and `many` are the envelopes of a record and of a list; `check` completes what a client sent (or
    raises Refusal), `show` adds what is derived; `numbers` and `dates` are searched by range."""

    name: str
    path: str
    one: str
    many: str
    id_field: str
    label: str
    required: tuple[str, ...] = ()
    unique: str = ""
    search: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    created: str = ""
    saved: str = ""
    deleted: str = ""
    created_status: int = 201
    status_words: dict[str, str] = field(default_factory=dict)
    check: Check = as_is
    show: Show = shown_as_is
    before_delete: Callable[[Call, Record], None] = removable

    def not_found(self) -> Refusal:
        return Refusal(NOT_FOUND, f"{self.label.capitalize()} does not exist.", 404)


def load(call: Call, kind: Kind, id: str | None) -> Record:
    """The record. Raises Refusal 1002 where there is none in this organisation."""
    found = call.store.get(call.org, kind.name, id)
    if found is None:
        raise kind.not_found()
    return found


def refer(call: Call, kind_name: str, id: object, name: str) -> Record:
    """A record that another one names. Raises Refusal 6 where there is none."""
    found = call.store.get(call.org, kind_name, str(id) if id else None)
    if found is None:
        raise Refusal(BAD_REFERENCE, f"Invalid {name} is given.")
    return found


def require(body: Record, names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name) in (None, ""):
            raise invalid(name)


def require_unique(call: Call, kind: Kind, body: Record) -> None:
    if not kind.unique or not body.get(kind.unique):
        return
    for other in call.store.find(call.org, kind.name, **{kind.unique: body[kind.unique]}):
        if other[kind.id_field] != body.get(kind.id_field):
            raise Refusal(
                DUPLICATE,
                f'The {kind.label} "{body[kind.unique]}" already exists. Please specify a different name.',
            )
