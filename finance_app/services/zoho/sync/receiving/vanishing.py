"""What was deleted at Zoho, of which none of its lists tells: it is missing in them.

Nothing is deleted here because of it, but a payment that was made there: a record is reported, and stays away
from Zoho until a person asks for it there again. What was below a project or a task went with it, and comes
again with it: it is not reported by itself."""

from collections import defaultdict
from collections.abc import Set
from datetime import date
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from finance_app.models import Client, Expense, InvoiceLine, Item, Payment, Project, Task, TimeLog, ZohoLink
from finance_app.models.kinds import LinkState
from finance_app.services.zoho.sync import errors, queue
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.links import DOCUMENTS
from finance_app.services.zoho.sync.remaking import WORK
from finance_app.services.zoho.sync.wanted import Unfit

_MODELS: dict[Module, tuple[Any, Any]] = {
    Module.PAYMENT: (Payment, Payment.deleted_at),
    Module.EXPENSE: (Expense, Expense.deleted_at),
    Module.CONTACT: (Client, Client.archived_at),
    Module.ITEM: (Item, Item.archived_at),
    Module.PROJECT: (Project, Project.archived_at),
    **{module: (model, model.voided_at) for module, model in DOCUMENTS.items()},
}
"""With the column that says that it need not be there: deleted, archived or void here too, both agree."""


def is_any_linked(session: Session, sync_id: int, module: Module) -> bool:
    return session.exec(_linked(sync_id, module).limit(1)).first() is not None


def unlisted(session: Session, sync_id: int, module: Module, there: Set[str]) -> list[str]:
    """The ids at Zoho of records that should be there, and are none of those that are."""
    return [remote_id for remote_id in session.exec(_linked(sync_id, module)) if remote_id not in there]


def _linked(sync_id: int, module: Module) -> Any:
    model, ended = _MODELS[module]
    return (
        select(ZohoLink.remote_id)
        .join(model, col(model.id) == col(ZohoLink.local_id))
        .where(
            ZohoLink.sync_id == sync_id,
            ZohoLink.module == module,
            ZohoLink.remote_id != "",
            ZohoLink.state != LinkState.GONE,
            col(ended).is_(None),
        )
        .order_by(col(ZohoLink.id))
    )


def first_day(session: Session, sync_id: int) -> date | None:
    """From when on there is time at Zoho that may have been deleted there, for no invoice there bills it."""
    return session.exec(select(func.min(TimeLog.day)).where(*_time(sync_id))).one()


def unlisted_time(session: Session, sync_id: int, there: Set[str]) -> dict[date, list[str]]:
    """The ids of time entries that should be there, and are none of those that are, by day. Without the time
    of tasks that are missing themselves."""
    rows = session.execute(
        select(col(ZohoLink.remote_id), col(TimeLog.day), col(TimeLog.project_id), col(TimeLog.task_id))
        .where(*_time(sync_id))
        .order_by(col(ZohoLink.id))
    )
    gone = set(
        session.exec(
            select(ZohoLink.module, ZohoLink.local_id).where(
                ZohoLink.sync_id == sync_id,
                ZohoLink.state == LinkState.GONE,
                col(ZohoLink.module).in_((Module.PROJECT, *WORK)),
            )
        )
    )
    found: dict[date, list[str]] = defaultdict(list)
    for remote_id, day, project, task in rows:
        above = {(Module.PROJECT, project), (Module.TASK, task or -project), (Module.ISSUE, task)}
        if remote_id not in there and not above & gone:
            found[day].append(remote_id)
    return found


def _time(sync_id: int) -> list[Any]:
    return [
        ZohoLink.sync_id == sync_id,
        ZohoLink.module == Module.TIME_LOG,
        ZohoLink.remote_id != "",
        ZohoLink.state != LinkState.GONE,
        TimeLog.id == ZohoLink.local_id,
        col(TimeLog.invoice_line_id).is_(None) | col(TimeLog.invoice_line_id).not_in(_billed_there(sync_id)),
    ]


def _billed_there(sync_id: int) -> Any:
    """The lines of the invoices that are at Zoho."""
    return (
        select(InvoiceLine.id)
        .join(ZohoLink, col(ZohoLink.local_id) == col(InvoiceLine.invoice_id))
        .where(ZohoLink.sync_id == sync_id, ZohoLink.module == Module.INVOICE, ZohoLink.remote_id != "")
    )


def tasks(session: Session, sync_id: int) -> dict[str, list[str]]:
    """The tasks that should be at Zoho, by the project there."""
    project_id = case((col(ZohoLink.local_id) < 0, -col(ZohoLink.local_id)), else_=col(Task.project_id))
    rows = session.execute(
        select(project_id, col(ZohoLink.remote_id))
        .outerjoin(Task, col(Task.id) == col(ZohoLink.local_id))
        .where(
            ZohoLink.sync_id == sync_id,
            col(ZohoLink.module).in_(WORK),
            ZohoLink.remote_id != "",
            ZohoLink.state != LinkState.GONE,
            col(Task.archived_at).is_(None),
        )
        .order_by(col(ZohoLink.id))
    ).all()
    projects: dict[int, str] = dict(
        session.exec(
            select(ZohoLink.local_id, ZohoLink.remote_id)
            .join(Project, col(Project.id) == col(ZohoLink.local_id))
            .where(
                ZohoLink.sync_id == sync_id,
                ZohoLink.module == Module.PROJECT,
                ZohoLink.remote_id != "",
                ZohoLink.state != LinkState.GONE,
                col(Project.archived_at).is_(None),
            )
        ).all()
    )
    found: dict[str, list[str]] = defaultdict(list)
    for project, remote_id in rows:
        if project in projects:
            found[projects[project]].append(remote_id)
    return found


def report(session: Session, link: ZohoLink) -> None:
    """A retry makes it there again. What needs it waits for that."""
    link.leave()
    fault = Unfit("deleted_at_zoho", remote_id=link.remote_id)
    errors.note(session, link.sync_id, link.module, link.local_id, fault)
    errors.resolve_below(session, link)
    queue.request(session, Module(link.module), link.local_id)
    if (invoice := _billed_on(session, link)) is not None:
        queue.request(session, Module.INVOICE, invoice)


def _billed_on(session: Session, link: ZohoLink) -> int | None:
    """The invoice that was made of it here meanwhile: refused for naming it, it waits from now on."""
    model = {Module.TIME_LOG: TimeLog, Module.EXPENSE: Expense}.get(Module(link.module))
    if model is None:
        return None
    return session.exec(
        select(InvoiceLine.invoice_id)
        .join(model, col(model.invoice_line_id) == col(InvoiceLine.id))
        .where(col(model.id) == link.local_id)
    ).first()
