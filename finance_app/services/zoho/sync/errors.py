"""What went wrong, one row a record: why, since when, how often; tried again or left alone by a person."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, update
from sqlmodel import Session, col, func, select

from finance_app import routes
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho import Cause, ZohoError
from finance_app.models import OutboxMessage, ZohoLink, ZohoSource, ZohoSync, ZohoSyncError
from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState, SyncErrorState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.sync import queue
from finance_app.services.zoho.sync.labels import CONNECTION, label_of, pages_of, remedy_page
from finance_app.services.zoho.sync.look import link_of
from finance_app.services.zoho.sync.modules import ORDER, Module, is_module
from finance_app.services.zoho.sync.remaking import below, make_again
from finance_app.services.zoho.sync.wanted import Unfit

RECEIVED = frozenset(
    {
        *(Module.EXPENSE.value, Module.ESTIMATE.value, Module.SALES_ORDER.value, Module.INVOICE.value),
        *(Module.CREDIT_NOTE.value, Module.PAYMENT.value, Module.WRITE_OFF.value),
    }
)
"""What is fetched; where that fails, the error has the id at Zoho, negative, for there is none of ours."""


LACKING = (Cause.BAD_REFERENCE.value, Cause.MISSING.value)
"""So fails what refers to a record that was deleted at Zoho, while nobody knows that yet."""


@dataclass(frozen=True)
class Shown:
    """A row of the error summary. `held` is how many others wait for this record; `page` is the address of
    the record, `form` that of the form in which the remedy is entered, each empty where there is none."""

    id: int
    module: str
    local_id: int
    label: str
    reason: str
    details: dict[str, Any]
    zoho_code: int
    message: str
    attempts: int
    first_seen_at: datetime
    last_seen_at: datetime
    state: SyncErrorState
    held: int
    page: str
    form: str
    of_source: bool

    @property
    def name(self) -> str:
        """Key of what it is called where it has no name of its own."""
        return "marketplace.projects.name" if self.of_source else "zoho.page.connection"

    @property
    def text(self) -> str:
        """Key of what happened; `details` fill it."""
        return f"zoho_sync.error.{self.reason}.text"

    @property
    def remedy(self) -> str:
        """Key of what to do about it."""
        return f"zoho_sync.error.{self.reason}.remedy"

    @property
    def form_text(self) -> str:
        """Key of what the link to the form says."""
        return f"zoho_sync.error.{self.reason}.form"


def note(
    session: Session,
    sync_id: int,
    module: str,
    local_id: int,
    fault: ZohoError | Unfit,
    label: str = "",
) -> ZohoSyncError:
    """Record a failure. One that was ignored stays so while it is the same failure."""
    code, message, details = 0, "", {}
    if isinstance(fault, ZohoError):
        reason, code, message = fault.cause.value, fault.code, fault.message
    else:
        reason, details = fault.reason, {name: str(value) for name, value in fault.details.items()}
    row = _row(session, sync_id, module, local_id)
    if row is None:
        row = ZohoSyncError(sync_id=sync_id, module=module, local_id=local_id)
        session.add(row)
    elif row.state is SyncErrorState.RESOLVED:
        row.first_seen_at, row.attempts = now(), 0
    if not (row.state is SyncErrorState.IGNORED and row.reason == reason):
        row.state = SyncErrorState.OPEN
    row.label = (label or label_of(session, module, local_id))[:300]
    row.reason, row.zoho_code, row.message, row.details = reason, code, message[:500], details
    row.attempts += 1
    row.last_seen_at = now()
    session.flush()
    return row


def is_open(session: Session, sync_id: int, module: str, local_id: int) -> bool:
    row = _row(session, sync_id, module, local_id)
    return row is not None and row.state is SyncErrorState.OPEN


def is_any_since(session: Session, sync_id: int, moment: datetime) -> bool:
    """Whether something could not be taken over from this moment on."""
    found = session.exec(
        select(ZohoSyncError.id).where(
            ZohoSyncError.sync_id == sync_id,
            ZohoSyncError.state == SyncErrorState.OPEN,
            ZohoSyncError.local_id < 0,
            col(ZohoSyncError.last_seen_at) >= moment,
        )
    ).first()
    return found is not None


def not_taken(session: Session, sync_id: int) -> dict[str, list[str]]:
    """The ids at Zoho of what could not be taken over, by module."""
    rows = session.exec(
        select(ZohoSyncError.module, ZohoSyncError.local_id).where(
            ZohoSyncError.sync_id == sync_id,
            ZohoSyncError.state == SyncErrorState.OPEN,
            ZohoSyncError.local_id < 0,
            col(ZohoSyncError.module).in_(RECEIVED),
        )
    )
    found: dict[str, list[str]] = {}
    for module, local_id in rows:
        found.setdefault(module, []).append(str(-local_id))
    return found


def resolve(session: Session, sync_id: int, module: str, local_id: int, *reasons: str) -> None:
    """With `reasons`, only what failed for one of them."""
    row = _row(session, sync_id, module, local_id)
    if row is None or (reasons and row.reason not in reasons):
        return
    if row.state is not SyncErrorState.RESOLVED:
        row.state = SyncErrorState.RESOLVED
        session.flush()


def resolve_below(session: Session, link: ZohoLink) -> None:
    """What failed for this record, which was deleted at Zoho, needs no errors of its own any more."""
    for module, ids in below(link).items():
        session.execute(
            update(ZohoSyncError)
            .where(
                col(ZohoSyncError.sync_id) == link.sync_id,
                col(ZohoSyncError.module) == module,
                col(ZohoSyncError.reason).in_(LACKING),
                col(ZohoSyncError.local_id).in_(ids),
            )
            .values(state=SyncErrorState.RESOLVED)
            .execution_options(synchronize_session=False)
        )


def resolve_every(session: Session, sync_id: int) -> None:
    """What failed does not matter any more."""
    session.execute(
        update(ZohoSyncError)
        .where(col(ZohoSyncError.sync_id) == sync_id)
        .values(state=SyncErrorState.RESOLVED)
        .execution_options(synchronize_session=False)
    )


def _row(session: Session, sync_id: int, module: str, local_id: int) -> ZohoSyncError | None:
    return session.exec(
        select(ZohoSyncError).where(
            ZohoSyncError.sync_id == sync_id,
            ZohoSyncError.module == module,
            ZohoSyncError.local_id == local_id,
        )
    ).first()


def listed(
    session: Session,
    actor: Actor,
    sync_id: int | Sequence[int],
    *,
    module: str = "",
    state: SyncErrorState = SyncErrorState.OPEN,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Shown], int]:
    """A page of the summary, in the order of the modules, and how many there are."""
    actor.require(Permission.INTEGRATION_EDIT)
    where = [_of(sync_id), ZohoSyncError.state == state]
    if module:
        where.append(ZohoSyncError.module == module)
    total = session.exec(select(func.count()).select_from(ZohoSyncError).where(*where)).one()
    rank = _rank(col(ZohoSyncError.module))
    rows = session.exec(
        select(ZohoSyncError)
        .where(*where)
        .order_by(rank, col(ZohoSyncError.last_seen_at).desc(), col(ZohoSyncError.id))
        .limit(limit)
        .offset(offset)
    ).all()
    held = _held(session, rows)
    pages = pages_of(session, [(row.module, row.local_id) for row in rows])
    read = select(ZohoSource.sync_id).where(col(ZohoSource.live))
    sources = set(session.exec(read))
    shown = [
        _shown(
            row,
            held.get((row.module, row.local_id), 0),
            _own_page(row, sources) or page,
            row.sync_id in sources,
        )
        for row, page in zip(rows, pages, strict=True)
    ]
    return shown, total


def _own_page(row: ZohoSyncError, sources: Set[int | None]) -> str:
    """Where what concerns a source leads to."""
    if row.module == CONNECTION and row.sync_id in sources:
        return routes.ZOHO_SOURCE
    return str(row.details.get("page", ""))


def _shown(row: ZohoSyncError, held: int, page: str, of_source: bool) -> Shown:
    return Shown(
        row.id or 0,
        row.module,
        row.local_id,
        row.label,
        row.reason,
        row.details,
        row.zoho_code,
        row.message,
        row.attempts,
        row.first_seen_at,
        row.last_seen_at,
        row.state,
        held,
        page,
        remedy_page(row.module, row.reason, row.local_id),
        of_source,
    )


def _rank(column: Any) -> Any:
    return case(*((column == module.value, place) for module, place in ORDER.items()), else_=-1)


def _held(session: Session, rows: Sequence[ZohoSyncError]) -> dict[tuple[str, int], int]:
    words = {queue.waiting_for(row.module, row.local_id): (row.module, row.local_id) for row in rows}
    found = session.execute(
        select(OutboxMessage.last_error, func.count())
        .where(OutboxMessage.state == OutboxState.FAILED, col(OutboxMessage.last_error).in_(list(words)))
        .group_by(col(OutboxMessage.last_error))
    )
    return {words[said]: count for said, count in found}


def _of(sync_id: int | Sequence[int]) -> Any:
    """Of one sync, or of all that the summary shows."""
    return col(ZohoSyncError.sync_id).in_([sync_id] if isinstance(sync_id, int) else sync_id)


def counts(session: Session, actor: Actor, sync_id: int | Sequence[int]) -> dict[str, int]:
    """How many are open, by module: for the groups of the summary; their sum is the badge."""
    actor.require(Permission.INTEGRATION_EDIT)
    rows = session.execute(
        select(ZohoSyncError.module, func.count())
        .where(_of(sync_id), ZohoSyncError.state == SyncErrorState.OPEN)
        .group_by(col(ZohoSyncError.module))
    )
    return dict(sorted(((str(m), int(n)) for m, n in rows), key=lambda each: _place(each[0])))


def _place(module: str) -> int:
    return ORDER[Module(module)] if is_module(module) else -1


def retry(session: Session, actor: Actor, error_id: int) -> None:
    """Send it again now, and with it whatever waits for it."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _get(session, error_id)
    _again(session, row)
    audit.record(session, actor, "zoho_sync", row.sync_id, "error_retried", label=row.label)


def retry_all(
    session: Session,
    actor: Actor,
    sync_id: int | Sequence[int],
    module: str = "",
    state: SyncErrorState = SyncErrorState.OPEN,
) -> int:
    """Send every one of that state again; the answer is how many. What is resolved is not sent."""
    actor.require(Permission.INTEGRATION_EDIT)
    if state is SyncErrorState.RESOLVED:
        return 0
    where = [_of(sync_id), ZohoSyncError.state == state]
    if module:
        where.append(ZohoSyncError.module == module)
    rows = session.exec(select(ZohoSyncError).where(*where)).all()
    for row in rows:
        _again(session, row)
    asked = [sync_id] if isinstance(sync_id, int) else sync_id
    for each in {row.sync_id for row in rows} or asked[:1]:
        count = sum(row.sync_id == each for row in rows)
        audit.record(session, actor, "zoho_sync", each, "errors_retried", count=count)
    return len(rows)


def _again(session: Session, row: ZohoSyncError) -> None:
    row.state = SyncErrorState.OPEN
    if row.module == CONNECTION:
        sync = session.get_one(ZohoSync, row.sync_id)
        sync.stalled, sync.blocked_until = "", None
        _read_again(session, row.sync_id)
    elif is_module(row.module) and row.local_id < 0 and row.module in RECEIVED:
        _fetch_again(session, row)
    elif is_module(row.module):
        link = link_of(session, row.sync_id, Module(row.module), row.local_id)
        if link is not None and link.is_gone:
            make_again(session, link)
        elif link is not None and link.is_contested:
            link.agree("")
        queue.request(session, Module(row.module), row.local_id)
    else:
        _read_again(session, row.sync_id)
    session.flush()


def _read_again(session: Session, sync_id: int) -> None:
    """What came from a source is tried again by its next run, which comes at once and looks at everything."""
    row = session.exec(select(ZohoSource).where(ZohoSource.sync_id == sync_id, col(ZohoSource.live))).first()
    if row is not None:
        row.next_run_at, row.whole_at = now(), None
        sync = session.get_one(ZohoSync, sync_id)
        sync.stalled, sync.blocked_until = "", None


def _fetch_again(session: Session, row: ZohoSyncError) -> None:
    """From the moment on at which it was changed at Zoho."""
    sync = session.get_one(ZohoSync, row.sync_id)
    since = str(row.details.get("modified", ""))
    if since:
        sync.marks = {**sync.marks, row.module: min(since, sync.marks.get(row.module, since))}
    sync.pulled_at = None


def ignore(session: Session, actor: Actor, error_id: int) -> None:
    """Leave it alone until the record changes and fails in another way. What waited for its change goes
    without."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = _get(session, error_id)
    row.state = SyncErrorState.IGNORED
    session.flush()
    if is_module(row.module):
        queue.release(session, Module(row.module), row.local_id)
    audit.record(session, actor, "zoho_sync", row.sync_id, "error_ignored", label=row.label)


def _get(session: Session, error_id: int) -> ZohoSyncError:
    row = session.get(ZohoSyncError, error_id)
    if row is None:
        raise NotFound
    return row


__all__ = [
    "CONNECTION",
    "Shown",
    "counts",
    "ignore",
    "listed",
    "note",
    "resolve",
    "retry",
    "retry_all",
]
