"""What a person should know, in the app itself: the bell, its list, and how other services ring it.

    notify(session, [manager.id], "budget_overrun", {"project": "Site"}, "/projects/7/budget", "7:100")

The text is `notice.kind.<kind>` of the catalogue. The same `dedup_key` reaches a person once, whoever asks
how often. Whoever commits tells the open pages (`session.info["topics"]`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from finance_app.models import Notice, User
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, page_of

TOPIC = "notices"
ASKS = ListAsks(sorts=("when",), default_sort="-when", filters=("read",))


@dataclass(frozen=True)
class NoticeRecord:
    id: int
    kind: str
    params: Mapping[str, Any]
    href: str
    created_at: datetime
    read: bool


def notify(
    session: Session,
    user_ids: Iterable[int],
    kind: str,
    params: Mapping[str, Any],
    href: str,
    dedup_key: str,
) -> int:
    """Tell people something once; how many had not been told. Archived people are left out."""
    wanted = list(dict.fromkeys(user_ids))
    people = session.execute(
        select(col(User.id)).where(col(User.id).in_(wanted), col(User.archived_at).is_(None))
    ).scalars()
    rows = [
        {"user_id": user_id, "kind": kind, "params": dict(params), "href": href, "dedup_key": dedup_key,
         "created_at": now()}
        for user_id in people
    ]  # fmt: skip
    if not rows:
        return 0
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
    added = session.execute(
        insert(Notice).values(rows).on_conflict_do_nothing().returning(col(Notice.id))
    ).scalars()
    session.info.setdefault("topics", set()).add(TOPIC)
    return len(added.all())


def unread(session: Session, actor: Actor) -> int:
    return session.execute(select(func.count()).select_from(Notice).where(*_unread(actor))).scalar_one()


def standing(session: Session, actor: Actor) -> tuple[int, int]:
    """How many notices are unread, and the number of the newest."""
    newest = select(func.coalesce(func.max(Notice.id), 0)).where(col(Notice.user_id) == actor.user_id)
    return unread(session, actor), session.execute(newest).scalar_one()


def after(session: Session, actor: Actor, notice_id: int) -> list[NoticeRecord]:
    """The unread notices that came after one, the newest first, three at most."""
    rows = session.execute(
        select(Notice)
        .where(*_unread(actor), col(Notice.id) > notice_id)
        .order_by(col(Notice.id).desc())
        .limit(3)
    ).scalars()
    return [
        NoticeRecord(row.id or 0, row.kind, row.params, row.href, row.created_at, read=False) for row in rows
    ]


def page(session: Session, actor: Actor, query: ListQuery) -> Found[NoticeRecord]:
    """The person's own notices, newest first; the filter `read` is yes or no."""
    statement = select(
        col(Notice.id),
        col(Notice.kind),
        col(Notice.params),
        col(Notice.href),
        col(Notice.created_at),
        col(Notice.read_at).is_not(None),
    ).where(col(Notice.user_id) == actor.user_id)
    wanted = query.filter("read")
    if wanted in ("yes", "no"):
        read = col(Notice.read_at)
        statement = statement.where(read.is_(None) if wanted == "no" else read.is_not(None))
    found = page_of(session, statement, query, sorts={"when": col(Notice.created_at)}, tie=col(Notice.id))
    return Found([NoticeRecord(*row) for row in found.rows], found.total, found.query)


def mark_read(session: Session, actor: Actor, notice_ids: Sequence[int] | None = None) -> int:
    """Mark the person's own notices as read, all of them without ids; how many were not yet."""
    chosen = [] if notice_ids is None else [col(Notice.id).in_(notice_ids)]
    done = session.execute(update(Notice).where(*_unread(actor), *chosen).values(read_at=now()))
    return done.rowcount  # type: ignore[attr-defined]


def _unread(actor: Actor) -> tuple[Any, Any]:
    return col(Notice.user_id) == actor.user_id, col(Notice.read_at).is_(None)
