"""Taking an import back as a whole: its logs, and whatever it created that nothing else uses."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table, delete, exists, func, or_, select, update
from sqlmodel import Session, SQLModel, col

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import (
    Client,
    Invoice,
    Milestone,
    Project,
    ProjectMember,
    Task,
    TaskList,
    TimeClaim,
    TimeImport,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.time_import import drafts

CHUNK = 500
NAMED_INVOICES = 5


@dataclass(frozen=True)
class Undo:
    """What undoing would remove. `edited` logs were changed after the import; `invoices` forbid it."""

    logs: int
    seconds: int
    edited: int
    invoices: tuple[str, ...]
    drafts: int

    @property
    def billed(self) -> bool:
        return bool(self.invoices or self.drafts)


def preview(session: Session, actor: Actor, import_id: int) -> Undo:
    """What undoing this import would mean now."""
    drafts.get(session, actor, import_id)
    logs, seconds, edited = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(col(TimeLog.seconds)), 0),
            func.count().filter(col(TimeLog.version) > 1),
        ).where(col(TimeLog.import_id) == import_id)
    ).one()
    claimed = (
        select(col(TimeClaim.invoice_id))
        .join(TimeLog, col(TimeLog.id) == col(TimeClaim.time_log_id))
        .where(col(TimeLog.import_id) == import_id)
    )
    numbers = (
        session.execute(
            select(col(Invoice.number)).where(col(Invoice.id).in_(claimed)).order_by(col(Invoice.id))
        )
        .scalars()
        .all()
    )
    issued = tuple(number for number in numbers if number)
    return Undo(logs, int(seconds), edited, issued, len(numbers) - len(issued))


def undo(session: Session, actor: Actor, import_id: int) -> Undo:
    """Remove the import. Raises DomainError where it is undone already, or something of it is on an invoice
    or in a closed period."""
    actor.require(Permission.TIME_IMPORT)
    taken = session.execute(
        update(TimeImport)
        .where(
            col(TimeImport.id) == import_id,
            col(TimeImport.applied_at).is_not(None),
            col(TimeImport.undone_at).is_(None),
        )
        .values(undone_at=now(), undone_by_id=actor.user_id or None)
    )
    row = drafts.get(session, actor, import_id)
    session.refresh(row)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise DomainError("time_import.error.already_undone")
    found = preview(session, actor, import_id)
    if found.billed:
        raise _billed(found)
    _check_period(session, import_id)
    session.execute(delete(TimeLog).where(col(TimeLog.import_id) == import_id))
    removed = _remove_created(session, row)
    audit.record(
        session,
        actor if actor.user_id else None,
        "time_import",
        import_id,
        "undone",
        file=row.file_name,
        rows=found.logs,
        seconds=found.seconds,
        edited=found.edited,
        removed=removed,
    )
    session.flush()
    return found


def _billed(found: Undo) -> DomainError:
    if not found.invoices:
        return DomainError("time_import.error.on_drafts", n=found.drafts)
    shown = ", ".join(found.invoices[:NAMED_INVOICES])
    if len(found.invoices) > NAMED_INVOICES:
        shown += ", …"
    return DomainError("time_import.error.billed", n=len(found.invoices) + found.drafts, invoices=shown)


def _check_period(session: Session, import_id: int) -> None:
    portal = drafts.portal_of(session)
    if portal is None or portal.closed_until is None:
        return
    first = session.execute(
        select(func.min(col(TimeLog.day))).where(col(TimeLog.import_id) == import_id)
    ).scalar()
    if first is not None and first <= portal.closed_until:
        raise DomainError("time_import.error.closed_period", date=first, closed_until=portal.closed_until)


def _remove_created(session: Session, row: TimeImport) -> dict[str, int]:
    """Deletes what only this import used; tasks before lists, lists before projects, clients last."""
    removed: dict[str, int] = {}
    for model in (Task, TaskList, Milestone, Project, User, Client):
        table: Table = model.__table__  # type: ignore[attr-defined]
        ids = row.created.get(str(table.name), [])
        own = (ProjectMember.__table__,) if model is Project else ()  # type: ignore[attr-defined]
        gone = 0
        for start in range(0, len(ids), CHUNK):
            unused = _unused(session, table, ids[start : start + CHUNK], but=own)
            if model is Project:
                session.execute(delete(ProjectMember).where(col(ProjectMember.project_id).in_(unused)))
            if unused:
                gone += len(unused)
                session.execute(delete(table).where(table.c.id.in_(unused)))
        if gone:
            removed[str(table.name)] = gone
    return removed


def _unused(session: Session, table: Table, ids: Sequence[int], *, but: Sequence[Table]) -> list[int]:
    """Those rows that no foreign key of any table points at, apart from the tables `but`."""
    uses = [
        exists().where(column == table.c.id)
        for other in SQLModel.metadata.tables.values()
        if other not in but
        for column in other.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]
    statement = select(table.c.id).where(table.c.id.in_(ids))
    if uses:
        statement = statement.where(~or_(*uses))
    return list(session.execute(statement).scalars())
