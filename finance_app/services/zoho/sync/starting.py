"""Beginning a sync and ending it: the first one, that of every day, one that somebody asks for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho import Product
from finance_app.models import ZohoSync, ZohoSyncError, ZohoSyncRun, ZohoSyncStep
from finance_app.models.columns import now
from finance_app.models.kinds import SyncErrorState, SyncReason
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.sync import errors, ours, queue
from finance_app.services.zoho.sync.modules import SHOWN, Module
from finance_app.services.zoho.sync.standing import Standing, standing

DAILY = timedelta(hours=24)
LOOKED_THROUGH = "looked_through"
"""The mark of a sync that has seen what is still at Zoho; a new run takes it away."""
PUT_OFF = "put_off"
"""The mark of a sync that found news of records which were on their way themselves: it looks once more when
they are sent."""


@dataclass(frozen=True)
class Setup:
    """What the wizard chose. Without `bill_from`, all time is offered for billing at Zoho."""

    connection_id: int
    product: Product
    organisation: str
    base_currency: str = ""
    bill_from: date | None = None
    clone_contacts: bool = False


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
    moved = ours.settled_otherwise(session, row.bill_from, setup.bill_from) if other else []
    row.bill_from, row.clone_contacts = setup.bill_from, setup.clone_contacts
    row.base_currency = setup.base_currency
    row.next_run_at = row.next_run_at if other else now() + DAILY
    row.marks = row.marks or {}
    session.flush()
    errors.resolve(session, row.id or 0, errors.CONNECTION, 0)
    made = run(session, row, SyncReason.FIRST, actor)
    queue.request_every(session, Module.TIME_LOG, moved, made.started_at)
    return made


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
    going = _open(session, row.id)
    if not going:
        return run(session, row, SyncReason.INSTANT, actor)
    queue.request_failed(session)
    _look_anew(row)
    session.flush()
    audit.record(session, actor, "zoho_sync", row.id, "sync_joined")
    return going[0]


def _look_anew(row: ZohoSync) -> None:
    """At what was changed at Zoho, and at whether all is still there."""
    row.pulled_at = None
    row.marks = {name: mark for name, mark in row.marks.items() if name not in (LOOKED_THROUGH, PUT_OFF)}


def _open(session: Session, sync_id: int | None) -> list[ZohoSyncRun]:
    """The runs that have not ended yet, the newest first."""
    return list(
        session.exec(
            select(ZohoSyncRun)
            .where(ZohoSyncRun.sync_id == sync_id, col(ZohoSyncRun.finished_at).is_(None))
            .order_by(col(ZohoSyncRun.id).desc())
        )
    )


def run(session: Session, row: ZohoSync, reason: SyncReason, actor: Actor | None) -> ZohoSyncRun:
    """Ask for every record that may have to go; one that is there as it is costs no request."""
    going = _open(session, row.id)
    if going and reason is SyncReason.DAILY:
        return going[0]
    for older in going:
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
        ids = ours.ids_of(session, row, module)
        queue.request_every(session, module, ids, moment)
        session.add(ZohoSyncStep(run_id=made.id or 0, module=module, total=len(ids)))
    _look_anew(row)
    row.native = "" if row.native == "clear" else row.native
    session.flush()
    audit.record(session, actor, "zoho_sync", row.id, "sync_started", reason=reason.value)
    return made


def stop(session: Session, sync_id: int, *, finish: bool = False) -> None:
    """The connection goes: nothing new is asked for. What is linked stays known, so that a later connection
    with the same organisation doubles nothing. With `finish` the caller has waited for the last message."""
    row = session.get_one(ZohoSync, sync_id)
    row.active, row.lease, row.leased_until, row.next_run_at = False, None, None, None
    if not finish:
        queue.drop(session)
    for open_run in _open(session, sync_id):
        open_run.finished_at = now()
    session.flush()


def standing_of(session: Session, row: ZohoSync) -> Standing:
    return standing(row, running=is_open(session, row.id or 0))


def is_put_off(session: Session, sync_id: int) -> bool:
    return PUT_OFF in session.get_one(ZohoSync, sync_id).marks


def is_open(session: Session, sync_id: int) -> bool:
    """Whether a run has not ended yet."""
    return bool(_open(session, sync_id))


def next_after(due: datetime, moment: datetime) -> datetime:
    """The time of day of the setup, on the next day that is not over yet."""
    missed = (moment - due) // DAILY
    return due + DAILY * (missed + 1)


def settle_runs(session: Session, sync_id: int) -> bool:
    """End the run once nothing of it is on its way any more; whether one ended."""
    going = _open(session, sync_id)
    if not going or queue.is_busy(session) or is_put_off(session, sync_id):
        return False
    failed = dict(
        session.execute(
            select(ZohoSyncError.module, func.count())
            .where(ZohoSyncError.sync_id == sync_id, ZohoSyncError.state == SyncErrorState.OPEN)
            .group_by(col(ZohoSyncError.module))
        ).all()
    )
    [ended, *_] = going
    ended.finished_at = now()
    for step in session.exec(select(ZohoSyncStep).where(ZohoSyncStep.run_id == ended.id)):
        step.failed, step.finished_at = int(failed.get(step.module, 0)), ended.finished_at
    session.flush()
    return True
