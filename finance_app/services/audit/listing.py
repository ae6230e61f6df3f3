"""The audit trail as a list: searched, filtered, a page at a time, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import AuditEvent, AuditSeal, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit.names import Names, names_of
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of

ASKS = ListAsks(
    sorts=("at",),
    default_sort="-at",
    filters=("person", "kind", "action", "object", "from", "until"),
)
LOG_INS = ("logged_in", "logged_out", "login_failed", "login_code_wrong")
_MOST = 500
RIGHTS = ("user", "profile", "portal", "session")


@dataclass(frozen=True)
class AuditRecord:
    id: int
    at: datetime
    actor: str
    address: str
    kind: str
    object_id: int | None
    action: str
    details: dict
    before: dict
    after: dict
    erased: bool


def page(session: Session, actor: Actor, query: ListQuery) -> Found[AuditRecord]:
    """One page of the trail. `object` narrows to the number of an object, beside its kind."""
    actor.require(Permission.AUDIT_VIEW)
    statement = select(
        col(AuditEvent.id),
        col(AuditEvent.at),
        col(AuditEvent.actor_name),
        col(AuditEvent.address),
        col(AuditEvent.object_kind),
        col(AuditEvent.object_id),
        col(AuditEvent.action),
        col(AuditEvent.details),
        col(AuditEvent.before),
        col(AuditEvent.after),
        col(AuditEvent.erased_at).is_not(None),
    )
    for condition in _narrowed(actor, query):
        statement = statement.where(condition)
    found = page_of(session, statement, query, sorts={"at": col(AuditEvent.at)}, tie=col(AuditEvent.id))
    return Found([AuditRecord(*row) for row in found.rows], found.total, found.query)


def of_kind(
    session: Session, actor: Actor, kind: str, object_id: int | None, limit: int
) -> tuple[list[AuditRecord], int]:
    """The newest events of an object, or of all of a kind, and how many there are."""
    filters = {"kind": kind, **({} if object_id is None else {"object": str(object_id)})}
    found = page(session, actor, ListQuery(sort="at", descending=True, filters=filters, size=limit))
    return list(found.rows), found.total


def names(session: Session, actor: Actor, records: Sequence[AuditRecord]) -> Names:
    """How people call what these events speak of."""
    actor.require(Permission.AUDIT_VIEW)
    return names_of(session, [(record.kind, record.object_id, record) for record in records])


def seals(session: Session, actor: Actor, records: Sequence[AuditRecord]) -> dict[int, str]:
    """The link of each event in the chain."""
    actor.require(Permission.AUDIT_VIEW)
    found: dict[int, str] = {}
    ids = [record.id for record in records]
    for at in range(0, len(ids), _MOST):
        rows = session.execute(
            select(col(AuditSeal.event_id), col(AuditSeal.hash)).where(
                col(AuditSeal.event_id).in_(ids[at : at + _MOST])
            )
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def _narrowed(actor: Actor, query: ListQuery) -> list[Any]:
    conditions: list[Any] = []
    if query.filter("person") == "none":
        conditions.append(col(AuditEvent.actor_id).is_(None))
    elif person := query.filter("person"):
        conditions.append(col(AuditEvent.actor_id) == _number(person))
    for name, column in (("kind", AuditEvent.object_kind), ("action", AuditEvent.action)):
        if query.filter(name):
            conditions.append(col(column) == query.filter(name))
    if query.filter("object"):
        conditions.append(col(AuditEvent.object_id) == _number(query.filter("object")))
    zone = ZoneInfo(actor.time_zone)
    if first := _day(query.filter("from")):
        conditions.append(col(AuditEvent.at) >= datetime.combine(first, time(), zone))
    if last := _day(query.filter("until")):
        conditions.append(col(AuditEvent.at) < datetime.combine(last + timedelta(days=1), time(), zone))
    if query.search:
        pattern = like(query.search)
        texts = (AuditEvent.actor_name, AuditEvent.address, AuditEvent.action)
        stored = (AuditEvent.details, AuditEvent.before, AuditEvent.after)
        conditions.append(
            or_(
                *(col(text).ilike(pattern, escape="\\") for text in texts),
                *(cast(col(value), String).ilike(pattern, escape="\\") for value in stored),
            )
        )
    return conditions


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Choices:
    people: list[tuple[int, str]]
    kinds: list[str]
    actions: list[str]


def choices(session: Session, actor: Actor) -> Choices:
    """What the filters offer: whoever acted, and the kinds and actions that there are."""
    actor.require(Permission.AUDIT_VIEW)
    acted = select(col(AuditEvent.actor_id)).distinct()
    people = session.execute(
        select(col(User.id), col(User.name)).where(col(User.id).in_(acted)).order_by(func.lower(User.name))
    ).all()
    kinds = session.execute(select(col(AuditEvent.object_kind)).distinct()).scalars()
    actions = session.execute(select(col(AuditEvent.action)).distinct()).scalars()
    return Choices([(row[0], row[1]) for row in people], sorted(kinds), sorted(actions))
