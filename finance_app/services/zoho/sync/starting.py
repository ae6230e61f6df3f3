"""Beginning a sync: the first one, that of every day, one that somebody asks for; and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho import Product
from finance_app.integrations.zoho.pacing import Quota
from finance_app.models import (
    Allocation,
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    Item,
    Payment,
    Project,
    Refund,
    SalesOrder,
    Task,
    Tax,
    TimeLog,
    User,
    ZohoLink,
    ZohoSync,
    ZohoSyncError,
    ZohoSyncRun,
    ZohoSyncStep,
)
from finance_app.models.columns import now
from finance_app.models.kinds import AllocationKind, SyncErrorState, SyncReason, WorkKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.sync import errors, queue
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.remaining import Pace, seconds_left
from finance_app.services.zoho.sync.standing import Standing, heard_at, standing

DAILY = timedelta(hours=24)
RECENT = timedelta(minutes=1)
FEW = 10
"""From so many records on, what was sent lately says how long the rest takes."""
LOOKED_THROUGH = "looked_through"
"""The mark of a sync that has seen what is still at Zoho; a new run takes it away."""
SHOWN = tuple(module for module in Module if module is not Module.CURRENCY)
"""Currencies are sent with what uses them."""


@dataclass(frozen=True)
class Setup:
    """What the wizard chose. Without `bill_from`, all time is offered for billing at Zoho."""

    connection_id: int
    product: Product
    organisation: str
    base_currency: str = ""
    bill_from: date | None = None
    clone_contacts: bool = False


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


def of_connection(session: Session, connection_id: int) -> ZohoSync | None:
    return session.exec(
        select(ZohoSync).where(ZohoSync.connection_id == connection_id, col(ZohoSync.active))
    ).first()


def active(session: Session) -> ZohoSync | None:
    return session.exec(select(ZohoSync).where(col(ZohoSync.active))).first()


def begin(session: Session, actor: Actor, setup: Setup) -> ZohoSyncRun:
    """The first sync with an organisation; after a change of the setup, the next one with it.

    What was linked with that organisation before, in an earlier connection, is linked again."""
    actor.require(Permission.INTEGRATION_EDIT)
    other = active(session)
    if other and (other.product, other.organisation) != (setup.product.value, setup.organisation):
        raise DomainError("zoho_sync.refusal.other_organisation")
    row = session.exec(
        select(ZohoSync).where(
            ZohoSync.product == setup.product.value, ZohoSync.organisation == setup.organisation
        )
    ).first()
    if row is None:
        row = ZohoSync(
            connection_id=setup.connection_id,
            product=setup.product.value,
            organisation=setup.organisation,
            next_run_at=now() + DAILY,
        )
        session.add(row)
    row.connection_id, row.active, row.stalled, row.blocked_until = setup.connection_id, True, "", None
    row.silences = 0
    moved = _settled_otherwise(session, row.bill_from, setup.bill_from) if other else []
    row.bill_from, row.clone_contacts = setup.bill_from, setup.clone_contacts
    row.base_currency = setup.base_currency
    row.next_run_at = row.next_run_at if other else now() + DAILY
    row.marks = row.marks or {}
    session.flush()
    errors.resolve(session, row.id or 0, errors.CONNECTION, 0)
    made = run(session, row, SyncReason.FIRST, actor)
    queue.request_every(session, Module.TIME_LOG, moved, made.started_at)
    return made


def _settled_otherwise(session: Session, old: date | None, new: date | None) -> list[int]:
    """The time that another bill-from day concerns: it is not what it was at Zoho."""
    if old == new:
        return []
    first, last = sorted((old or date.min, new or date.min))
    found = session.exec(
        select(TimeLog.id).where(
            col(TimeLog.billable),
            col(TimeLog.invoice_line_id).is_(None),
            TimeLog.day >= first,
            TimeLog.day < last,
        )
    )
    return [id or 0 for id in found]


def is_as(row: ZohoSync, setup: Setup) -> bool:
    """Whether nothing was chosen anew since the last sync began."""
    return (row.connection_id, row.product, row.organisation, row.bill_from, row.clone_contacts) == (
        setup.connection_id,
        setup.product.value,
        setup.organisation,
        setup.bill_from,
        setup.clone_contacts,
    )


def start(session: Session, actor: Actor) -> ZohoSyncRun:
    """*Instant sync*: everything that is not there yet or failed, now. While one runs, that one: it takes up
    again what has failed, and looks at Zoho once more."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = active(session)
    if row is None:
        raise DomainError("zoho.error.not_connected")
    row.stalled, row.blocked_until, row.silences = "", None, 0
    going = _going(session, row)
    if going is None:
        return run(session, row, SyncReason.INSTANT, actor)
    queue.request_failed(session)
    _look_anew(row)
    session.flush()
    audit.record(session, actor, "zoho_sync", row.id, "sync_joined")
    return going


def _look_anew(row: ZohoSync) -> None:
    """At what was changed at Zoho, and at whether all is still there."""
    row.pulled_at = None
    row.marks = {name: mark for name, mark in row.marks.items() if name != LOOKED_THROUGH}


def _going(session: Session, row: ZohoSync) -> ZohoSyncRun | None:
    return session.exec(
        select(ZohoSyncRun)
        .where(ZohoSyncRun.sync_id == row.id, col(ZohoSyncRun.finished_at).is_(None))
        .order_by(col(ZohoSyncRun.id).desc())
    ).first()


def run(session: Session, row: ZohoSync, reason: SyncReason, actor: Actor | None) -> ZohoSyncRun:
    """Ask for every record that may have to go; one that is there as it is costs no request."""
    going = _going(session, row)
    if going is not None and reason is SyncReason.DAILY:
        return going
    for older in session.exec(
        select(ZohoSyncRun).where(ZohoSyncRun.sync_id == row.id, col(ZohoSyncRun.finished_at).is_(None))
    ):
        older.finished_at = now()
    moment = now()
    made = ZohoSyncRun(
        sync_id=row.id or 0,
        reason=reason,
        started_by_id=actor.user_id if actor else None,
        started_at=moment,
    )
    session.add(made)
    session.flush()
    for module in SHOWN:
        if module is Module.SALES_ORDER and Product(row.product) is not Product.BOOKS:
            continue
        ids = _ids(session, row, module)
        queue.request_every(session, module, ids, moment)
        session.add(ZohoSyncStep(run_id=made.id or 0, module=module, total=len(ids)))
    _look_anew(row)
    row.native = "" if row.native == "clear" else row.native
    session.flush()
    audit.record(session, actor, "zoho_sync", row.id, "sync_started", reason=reason.value)
    return made


def _ids(session: Session, row: ZohoSync, module: Module) -> Sequence[int]:
    """Our records of a module that are at Zoho or belong there. Time that is there already does not change
    without a message of its own."""
    linked = select(ZohoLink.local_id).where(
        ZohoLink.sync_id == row.id, ZohoLink.module == module, ZohoLink.fingerprint != ""
    )
    sources: dict[Module, Any] = {
        Module.TAX: select(Tax.id).where(col(Tax.archived_at).is_(None)),
        Module.CONTACT: select(Client.id).where(col(Client.archived_at).is_(None)),
        Module.ITEM: select(Item.id).where(col(Item.archived_at).is_(None)),
        Module.PROJECT: select(Project.id).where(col(Project.archived_at).is_(None)),
        Module.USER: select(User.id).where(col(User.archived_at).is_(None)),
        Module.TASK: select(Task.id)
        .join(Project, col(Project.id) == col(Task.project_id))
        .where(Task.kind == WorkKind.TASK, col(Task.archived_at).is_(None)),
        Module.ISSUE: select(Task.id).where(Task.kind == WorkKind.ISSUE, col(Task.archived_at).is_(None)),
        Module.TIME_LOG: select(TimeLog.id).where(col(TimeLog.billable), col(TimeLog.id).not_in(linked)),
        Module.RATE: select(Project.id).where(
            col(Project.archived_at).is_(None), col(Project.client_id).is_not(None)
        ),
        Module.EXPENSE: select(Expense.id).where(col(Expense.deleted_at).is_(None)),
        Module.ESTIMATE: select(Estimate.id).where(col(Estimate.issued_at).is_not(None)),
        Module.SALES_ORDER: select(SalesOrder.id).where(col(SalesOrder.issued_at).is_not(None)),
        Module.INVOICE: select(Invoice.id).where(col(Invoice.issued_at).is_not(None)),
        Module.CREDIT_NOTE: select(CreditNote.id).where(col(CreditNote.issued_at).is_not(None)),
        Module.PAYMENT: select(Payment.id).where(col(Payment.deleted_at).is_(None)),
        Module.REFUND: select(Refund.id).where(col(Refund.removed_at).is_(None)),
        Module.WRITE_OFF: select(Allocation.invoice_id)
        .where(Allocation.kind == AllocationKind.WRITE_OFF, col(Allocation.removed_at).is_(None))
        .distinct(),
    }
    return [int(id) for id in session.exec(sources[module])]


def stop(session: Session, sync_id: int, *, finish: bool = False) -> None:
    """The connection goes: nothing new is asked for. What is linked stays known, so that a later connection
    with the same organisation doubles nothing. With `finish` the caller has waited for the last message."""
    row = session.get_one(ZohoSync, sync_id)
    row.active, row.lease, row.leased_until, row.next_run_at = False, None, None, None
    if not finish:
        queue.drop(session)
    for open_run in session.exec(
        select(ZohoSyncRun).where(ZohoSyncRun.sync_id == sync_id, col(ZohoSyncRun.finished_at).is_(None))
    ):
        open_run.finished_at = now()
    session.flush()


def progress(session: Session, actor: Actor, quota: Quota | None = None) -> Progress | None:
    """What the page shows while it runs; None without a connection."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = active(session)
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
    row = active(session)
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


def standing_of(session: Session, row: ZohoSync) -> Standing:
    return standing(row, running=is_open(session, row.id or 0))


def is_open(session: Session, sync_id: int) -> bool:
    """Whether a run has not ended yet."""
    found = session.exec(
        select(ZohoSyncRun.id).where(ZohoSyncRun.sync_id == sync_id, col(ZohoSyncRun.finished_at).is_(None))
    ).first()
    return found is not None


def next_after(due: datetime, moment: datetime) -> datetime:
    """The time of day of the setup, on the next day that is not over yet."""
    missed = (moment - due) // DAILY
    return due + DAILY * (missed + 1)


def settle_runs(session: Session, sync_id: int) -> bool:
    """End the run once nothing of it is on its way any more; whether one ended."""
    going = session.exec(
        select(ZohoSyncRun).where(ZohoSyncRun.sync_id == sync_id, col(ZohoSyncRun.finished_at).is_(None))
    ).first()
    if going is None or queue.is_busy(session):
        return False
    failed = dict(
        session.execute(
            select(ZohoSyncError.module, func.count())
            .where(ZohoSyncError.sync_id == sync_id, ZohoSyncError.state == SyncErrorState.OPEN)
            .group_by(col(ZohoSyncError.module))
        ).all()
    )
    going.finished_at = now()
    for step in session.exec(select(ZohoSyncStep).where(ZohoSyncStep.run_id == going.id)):
        step.failed, step.finished_at = int(failed.get(step.module, 0)), going.finished_at
    session.flush()
    return True
