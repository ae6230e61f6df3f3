"""The runs of the sync as pages show them: how far the latest is, and the former ones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho.pacing import Quota
from finance_app.models import ZohoSync, ZohoSyncRun, ZohoSyncStep
from finance_app.models.columns import now
from finance_app.models.kinds import SyncReason
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho.sync import errors, queue, starting
from finance_app.services.zoho.sync.leases import heard_at
from finance_app.services.zoho.sync.modules import SHOWN
from finance_app.services.zoho.sync.remaining import Pace, seconds_left
from finance_app.services.zoho.sync.standing import Standing, standing

RECENT = timedelta(minutes=1)
FEW = 10
"""From so many records on, what was sent lately says how long the rest takes."""


@dataclass(frozen=True)
class Step:
    """How far a module is: `done` of `total` records are settled, `failed` of them are in the summary."""

    module: str
    total: int
    done: int
    failed: int
    fetched: int


@dataclass(frozen=True)
class Run:
    """A sync for the page and the history. `running` while records are on their way."""

    id: int
    reason: SyncReason
    started_at: datetime
    finished_at: datetime | None
    started_by_id: int | None
    steps: tuple[Step, ...]
    joined: bool = False
    """Whether it ran already when it was asked for."""

    @property
    def name(self) -> str:
        """Key of what it is called."""
        return f"zoho_sync.reason.{self.reason.value}"

    @property
    def running(self) -> bool:
        return self.finished_at is None


@dataclass(frozen=True)
class Progress:
    """The state of the sync: the latest run, what is on its way, why it stands still if it does. `held`
    records wait for others that failed; `seconds_left` is None while nothing goes on; `heard_at` is when a
    worker last showed a sign of life."""

    sync_id: int
    run: Run | None
    pending: int
    held: int
    seconds_left: float | None
    open_errors: int
    standing: Standing
    stalled: str
    blocked_until: datetime | None
    heard_at: datetime | None
    next_run_at: datetime | None
    requests_today: int


def progress(session: Session, actor: Actor, quota: Quota | None = None) -> Progress | None:
    """What the page shows while it runs; None without a connection."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = starting.active(session)
    if row is None:
        return None
    latest = session.exec(
        select(ZohoSyncRun).where(ZohoSyncRun.sync_id == row.id).order_by(col(ZohoSyncRun.id).desc())
    ).first()
    pending = queue.open_counts(session)
    failed = errors.counts(session, actor, row.id or 0)
    going = latest if latest and latest.finished_at is None else None
    stands = standing(row, running=going is not None)
    on = going if stands is Standing.RUNNING else None
    return Progress(
        row.id or 0,
        _shown(session, latest, pending, failed, as_of_now=True) if latest else None,
        sum(pending.values()),
        queue.held(session),
        _seconds_left(session, row, on, sum(pending.values()), quota) if on else None,
        sum(failed.values()),
        stands,
        row.stalled,
        row.blocked_until if row.blocked_until and row.blocked_until > now() else None,
        heard_at(row),
        row.next_run_at,
        _used_today(row),
    )


def _used_today(row: ZohoSync) -> int:
    return row.day_requests if row.day == now().date() else 0


def _seconds_left(
    session: Session, row: ZohoSync, going: ZohoSyncRun, pending: int, quota: Quota | None
) -> float:
    """By what was sent in the last minute of the run; a pause before that does not count."""
    moment, quota = now(), quota or Quota()
    sent, first = queue.sent_since(session, going.started_at, moment - RECENT)
    passed = (moment - first).total_seconds() if first else 0.0
    midnight = datetime.combine(moment.date() + timedelta(days=1), datetime.min.time(), UTC)
    pace = Pace(
        sent / passed if sent >= FEW and passed > 0 else None,
        quota.per_minute,
        quota.per_day,
        _used_today(row),
        (midnight - moment).total_seconds(),
    )
    return seconds_left(pending, pace)


def history(session: Session, actor: Actor, limit: int = 20) -> list[Run]:
    """The latest runs with their modules, newest first."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = starting.active(session)
    if row is None:
        return []
    rows = session.exec(
        select(ZohoSyncRun)
        .where(ZohoSyncRun.sync_id == row.id)
        .order_by(col(ZohoSyncRun.id).desc())
        .limit(limit)
    ).all()
    pending = queue.open_counts(session)
    failed = errors.counts(session, actor, row.id or 0)
    return [_shown(session, each, pending, failed) for each in rows]


def shown(session: Session, row: ZohoSyncRun) -> Run:
    """The run as its page shows it."""
    return _shown(session, row, queue.open_counts(session), {})


def _shown(
    session: Session,
    row: ZohoSyncRun,
    pending: dict[str, int],
    failed: dict[str, int],
    *,
    as_of_now: bool = False,
) -> Run:
    steps = session.exec(select(ZohoSyncStep).where(ZohoSyncStep.run_id == row.id)).all()
    by_module = {step.module: step for step in steps}
    running = row.finished_at is None
    shown = []
    for module in SHOWN:
        step = by_module.get(module)
        if step is None:
            continue
        left = min(pending.get(module, 0), step.total) if running else 0
        bad = failed.get(module, 0) if running or as_of_now else step.failed
        shown.append(Step(module.value, step.total, step.total - left, bad, step.fetched))
    return Run(row.id or 0, row.reason, row.started_at, row.finished_at, row.started_by_id, tuple(shown))
