"""The error summary as a list: search by its filters, page by page, and as a file."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from finance_app.domain.permissions import Permission
from finance_app.models.kinds import SyncErrorState
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.zoho.source import access
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.errors import Shown

ASKS = ListAsks(sorts=("module",), default_sort="module", filters=("module", "state"))


def _syncs(session: Session) -> list[int]:
    """The connection and the source, as far as there are any."""
    running, source = starting.active(session), access.active(session)
    return [each for each in (running and running.id, source and source.sync_id) if each]


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Shown]:
    """Errors of the connection and of the source, those that are open unless others are asked for."""
    actor.require(Permission.INTEGRATION_EDIT)
    syncs = _syncs(session)
    if not syncs:
        return Found([], 0, query)
    size = query.size or 100_000
    rows, total = errors.listed(
        session,
        actor,
        syncs,
        module=query.filter("module"),
        state=state_of(query.filter("state")),
        limit=size,
        offset=(query.page - 1) * size,
    )
    return Found(rows, total, query)


def exported(session: Session, actor: Actor, query: ListQuery) -> Found[Shown]:
    """The same for a file, which tells the time as the pages do: in the portal's zone, to the minute."""
    found, zone = page(session, actor, query), ZoneInfo(actor.time_zone)

    def told(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(second=0, microsecond=0)

    rows = [
        replace(row, first_seen_at=told(row.first_seen_at), last_seen_at=told(row.last_seen_at))
        for row in found.rows
    ]
    return replace(found, rows=rows)


def state_of(wanted: str) -> SyncErrorState:
    """The state that is shown: those that are open unless another is asked for."""
    return SyncErrorState(wanted) if wanted in tuple(SyncErrorState) else SyncErrorState.OPEN


def modules(session: Session, actor: Actor) -> dict[str, int]:
    """How many are open, by module."""
    actor.require(Permission.INTEGRATION_EDIT)
    return errors.counts(session, actor, _syncs(session))


def retry_all(session: Session, actor: Actor, module: str, state: str) -> int:
    """Send again what the list shows by these filters; how many they are."""
    actor.require(Permission.INTEGRATION_EDIT)
    return errors.retry_all(session, actor, _syncs(session), module, state_of(state))
