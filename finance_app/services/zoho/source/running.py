"""The runs of a source: begun by a person or by the clock, carried on by a worker, seen by the page.

A run keeps in `ZohoSource.run` how far it has come, written together with what it took over: whoever carries
it on after a crash begins with the page that was not finished. An hourly run looks at the time of the last
weeks, a daily one and one that a person asks for at all of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import (
    ZohoSource,
    ZohoSourceLink,
    ZohoSync,
    ZohoSyncError,
    ZohoSyncRun,
    ZohoSyncStep,
)
from finance_app.models.columns import now
from finance_app.models.kinds import SyncErrorState, SyncReason
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.source import access
from finance_app.services.zoho.source.modules import Module
from finance_app.services.zoho.source.taking import Counted
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.leases import heard_at
from finance_app.services.zoho.sync.runs import Run, Step
from finance_app.services.zoho.sync.standing import Standing, standing

PRODUCT = "projects"
HOUR, WHOLE, RECENT = timedelta(hours=1), timedelta(hours=24), timedelta(days=35)


@dataclass(frozen=True)
class Progress:
    """The state of the source: the latest run and how many of its projects are done, what is here by now."""

    sync_id: int
    run: Run | None
    projects: int
    projects_done: int
    open_errors: int
    standing: Standing
    blocked_until: datetime | None
    heard_at: datetime | None
    next_run_at: datetime | None
    taken: dict[str, int]


def sync_of(session: Session, row: ZohoSource) -> ZohoSync:
    """Where runs, errors and limits of the portal are kept; also from an earlier time with it."""
    found = session.exec(
        select(ZohoSync).where(ZohoSync.product == PRODUCT, ZohoSync.organisation == row.portal)
    ).first()
    if found is None:
        found = ZohoSync(connection_id=0, product=PRODUCT, organisation=row.portal, active=False)
        session.add(found)
        session.flush()
    return found


def start(session: Session, actor: Actor) -> Run:
    """*Update now*: look through everything. While a run goes on, that one."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = access.active(session)
    if row is None:
        raise DomainError("zoho_source.error.none")
    joined = bool(row.run)
    release(session, row)
    made = begin(session, row, SyncReason.INSTANT if row.whole_at else SyncReason.FIRST, actor)
    return replace(_shown(session, made), joined=joined)


def release(session: Session, row: ZohoSource) -> None:
    """A person has done something about what it stood still for."""
    sync = session.get_one(ZohoSync, row.sync_id)
    sync.stalled, sync.blocked_until, sync.silences = "", None, 0
    session.add(sync)
    session.flush()
    errors.resolve(session, sync.id or 0, errors.CONNECTION, 0)


def begin(session: Session, row: ZohoSource, reason: SyncReason, actor: Actor | None) -> ZohoSyncRun:
    """A run, unless one goes on: then that one."""
    if row.run:
        return session.get_one(ZohoSyncRun, row.run["id"])
    made = ZohoSyncRun(
        sync_id=row.sync_id or 0, reason=reason, started_by_id=actor.user_id if actor else None
    )
    session.add(made)
    session.flush()
    for module in Module:
        session.add(ZohoSyncStep(run_id=made.id or 0, module=module))
    since = row.since
    if reason is SyncReason.HOURLY:
        recent = now().date() - RECENT
        since = max(since, recent) if since else recent
    row.run = {
        "id": made.id,
        "stage": "people",
        "page": 1,
        "whole": reason is not SyncReason.HOURLY,
        "since": since.isoformat() if since else "",
        "people": {},
        "queue": [],
        "part": 0,
        "total": 0,
    }
    session.add(row)
    session.flush()
    audit.record(session, actor, "zoho_source", row.id, "sync_started", reason=reason.value)
    return made


def due(session: Session, at: datetime | None = None) -> int | None:
    """The source for which there is something to do; a look that takes no lock."""
    moment = at or now()
    row = access.active(session)
    sync = session.get(ZohoSync, row.sync_id) if row and row.sync_id else None
    if row is None or sync is None or sync.stalled:
        return None
    if sync.blocked_until and sync.blocked_until > moment:
        return None
    if sync.leased_until and sync.leased_until >= moment:
        return None
    return row.id if row.run or (row.next_run_at and row.next_run_at <= moment) else None


def count(session: Session, run_id: int, module: str, counted: Counted) -> None:
    step = session.exec(
        select(ZohoSyncStep).where(ZohoSyncStep.run_id == run_id, ZohoSyncStep.module == module)
    ).one()
    step.total += counted.seen
    step.fetched += counted.written
    step.failed += counted.failed
    session.add(step)


def finish(session: Session, row: ZohoSource) -> None:
    """The run is done: the next one comes in an hour, and one that looks at everything in a day."""
    run = session.get_one(ZohoSyncRun, row.run["id"])
    run.finished_at = now()
    for step in session.exec(select(ZohoSyncStep).where(ZohoSyncStep.run_id == run.id)):
        step.finished_at = run.finished_at
        session.add(step)
    if row.run["whole"]:
        row.whole_at = run.finished_at
        _forget_nameless(session, run)
    row.run, row.next_run_at = {}, now() + HOUR
    session.add_all([run, row])
    session.flush()


def _forget_nameless(session: Session, run: ZohoSyncRun) -> None:
    """What had no number to be recognised by, and was not seen by a run that looked at everything."""
    session.execute(
        update(ZohoSyncError)
        .where(
            col(ZohoSyncError.sync_id) == run.sync_id,
            col(ZohoSyncError.local_id) <= 0,
            col(ZohoSyncError.module).in_(list(Module)),
            col(ZohoSyncError.last_seen_at) < run.started_at,
        )
        .values(state=SyncErrorState.RESOLVED)
        .execution_options(synchronize_session=False)
    )


def by_clock(session: Session, row: ZohoSource) -> None:
    """The run that the clock asks for."""
    whole = row.whole_at is None or row.whole_at <= now() - WHOLE
    begin(session, row, SyncReason.DAILY if whole else SyncReason.HOURLY, None)


def abandon(session: Session, row: ZohoSource) -> None:
    """What goes on is given up: the source is set up anew or goes."""
    if not row.run:
        return
    run = session.get_one(ZohoSyncRun, row.run["id"])
    run.finished_at, row.run = now(), {}
    session.add_all([run, row])
    session.flush()


def progress(session: Session, actor: Actor) -> Progress | None:
    """What the page shows; None without a source."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = access.active(session)
    if row is None or row.sync_id is None:
        return None
    sync = session.get_one(ZohoSync, row.sync_id)
    latest = session.exec(
        select(ZohoSyncRun).where(ZohoSyncRun.sync_id == row.sync_id).order_by(col(ZohoSyncRun.id).desc())
    ).first()
    going: dict[str, Any] = row.run
    failed = errors.counts(session, actor, row.sync_id)
    return Progress(
        sync_id=row.sync_id,
        run=_shown(session, latest) if latest else None,
        projects=int(going.get("total", 0)),
        projects_done=int(going.get("total", 0)) - len(going.get("queue", [])),
        open_errors=sum(failed.values()),
        standing=standing(sync, running=bool(going)),
        blocked_until=sync.blocked_until if sync.blocked_until and sync.blocked_until > now() else None,
        heard_at=heard_at(sync),
        next_run_at=row.next_run_at,
        taken=_taken(session, row.sync_id),
    )


def _taken(session: Session, sync_id: int) -> dict[str, int]:
    rows = session.execute(
        select(ZohoSourceLink.module, func.count())
        .where(ZohoSourceLink.sync_id == sync_id)
        .group_by(col(ZohoSourceLink.module))
    )
    found = {str(module): int(n) for module, n in rows}
    return {module.value: found.get(module.value, 0) for module in Module}


def history(session: Session, actor: Actor, limit: int = 20) -> list[Run]:
    """The latest runs with their modules, newest first."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = access.active(session)
    if row is None or row.sync_id is None:
        return []
    rows = session.exec(
        select(ZohoSyncRun)
        .where(ZohoSyncRun.sync_id == row.sync_id)
        .order_by(col(ZohoSyncRun.id).desc())
        .limit(limit)
    ).all()
    return [_shown(session, each) for each in rows]


def _shown(session: Session, run: ZohoSyncRun) -> Run:
    steps = session.exec(select(ZohoSyncStep).where(ZohoSyncStep.run_id == run.id)).all()
    by_module = {step.module: step for step in steps}
    shown = tuple(
        Step(module.value, step.total, step.total, step.failed, step.fetched)
        for module in Module
        if (step := by_module.get(module.value))
    )
    return Run(run.id or 0, run.reason, run.started_at, run.finished_at, run.started_by_id, shown)
