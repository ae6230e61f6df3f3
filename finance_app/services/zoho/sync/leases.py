"""Who speaks to an organisation or reads a portal: one worker at a time, who renews that every few seconds.
It is free again a while after its worker died."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from finance_app.models import ZohoSync
from finance_app.models.columns import now

LEASE = timedelta(minutes=2)
QUIET = timedelta(seconds=30)
"""A worker renews its lease every few seconds. One that has not for so long has died, or hears nothing."""


class LeaseLost(Exception):
    """Another worker speaks to Zoho by now."""


def claim(session: Session, sync_id: int, worker: str, *where: Any, at: datetime | None = None) -> bool:
    """Take or keep the lease, while the row is as `where` says."""
    moment = at or now()
    free = (
        col(ZohoSync.leased_until).is_(None)
        | (col(ZohoSync.leased_until) < moment)
        | (col(ZohoSync.lease) == worker)
    )
    return bool(
        session.execute(
            update(ZohoSync)
            .where(col(ZohoSync.id) == sync_id, free, *where)
            .values(lease=worker, leased_until=moment + LEASE)
            .execution_options(synchronize_session=False)
        ).rowcount
    )


def let_go(session: Session, sync_id: int, worker: str) -> None:
    session.execute(
        update(ZohoSync)
        .where(col(ZohoSync.id) == sync_id, col(ZohoSync.lease) == worker)
        .values(lease=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )


def heard_at(row: ZohoSync) -> datetime | None:
    """When the worker that has the lease last renewed it."""
    return row.leased_until - LEASE if row.leased_until else None


def is_interrupted(session: Session, at: datetime | None = None) -> bool:
    """Whether a worker, also one of the source, has died with its lease, as far as one can tell."""
    moment = at or now()
    found = session.exec(
        select(ZohoSync.id).where(
            col(ZohoSync.leased_until) >= moment, col(ZohoSync.leased_until) < moment + LEASE - QUIET
        )
    ).first()
    return found is not None
