"""A page of records of one kind: each is taken over, or said why not; the links say that they were seen."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, col, select

from finance_app.integrations.zoho.projects import (
    UNREADABLE,
    Issue,
    Log,
    Phase,
    Project,
    Task,
    TaskList,
    name_of,
)
from finance_app.integrations.zoho.records import Record
from finance_app.models import ZohoSourceLink, ZohoSyncError
from finance_app.models.kinds import SyncErrorState
from finance_app.services import rates
from finance_app.services.zoho.source.modules import Module, number_of
from finance_app.services.zoho.source.taking import projects, time, work
from finance_app.services.zoho.source.taking.context import Change, Taking, UnknownPerson
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.wanted import Unfit

logger = logging.getLogger(__name__)

Raw = dict[str, Any]
Take = Callable[[Taking, Any, ZohoSourceLink | None], Change]
RECIPES: dict[Module, tuple[type[Record], Take]] = {
    Module.PROJECT: (Project, projects.take),
    Module.PHASE: (Phase, work.take_phase),
    Module.TASK_LIST: (TaskList, work.take_list),
    Module.TASK: (Task, work.take_task),
    Module.ISSUE: (Issue, work.take_issue),
    Module.TIME_LOG: (Log, time.take),
}


@dataclass
class Counted:
    """How many records a page had, was written of, and is in the summary of."""

    seen: int = 0
    written: int = 0
    failed: int = 0


def take_page(taking: Taking, module: Module, raws: Sequence[Raw]) -> Counted:
    """Take a page over. The caller commits it together with how far the run has come."""
    session, counted = taking.session, Counted()
    model, take = RECIPES[module]
    ids = [str(raw.get("id", "")) for raw in raws]
    links = links_of(session, taking.sync_id, module, ids)
    faulty = faulty_ids(session, taking.sync_id, module)
    unknown: dict[str, UnknownPerson] = {}
    for raw, remote_id in zip(raws, ids, strict=True):
        counted.seen += 1
        link, record = links.get(remote_id), None
        try:
            record = read(model, raw)
            counted.written += _take(taking, take, record, link) is Change.WRITTEN
        except UnknownPerson as fault:
            counted.failed += 1
            unknown[fault.remote_id] = fault
        except Unfit as fault:
            counted.failed += 1
            name = _label(taking, module, raw, link, record)
            fault.details |= _page_of(taking)
            errors.note(session, taking.sync_id, module, number_of(remote_id, raw), fault, name)
        else:
            if number_of(remote_id) in faulty:
                errors.resolve(session, taking.sync_id, module, number_of(remote_id))
    for remote_id, fault in unknown.items():
        errors.note(session, taking.sync_id, Module.USER, number_of(remote_id), fault, fault.name)
    session.flush()
    session.execute(
        update(ZohoSourceLink)
        .where(
            ZohoSourceLink.sync_id == taking.sync_id,
            ZohoSourceLink.module == module,
            col(ZohoSourceLink.remote_id).in_(ids),
        )
        .values(seen_run=taking.run_id)
        .execution_options(synchronize_session=False)
    )
    if module is Module.TIME_LOG and counted.written and taking.local:
        rates.price_logs(session, project_id=taking.local.id)
    return counted


def read(model: type[Record], raw: Raw) -> Any:
    """Raises Unfit for what is not in the form that Zoho says."""
    try:
        return model.model_validate(raw)
    except UNREADABLE:
        raise Unfit("source_unreadable") from None


def _take(taking: Taking, take: Take, record: Any, link: ZohoSourceLink | None) -> Change:
    """Take a record over as a whole or not at all. One that the database refuses is as good as unreadable."""
    made = taking.new_people
    try:
        with taking.session.begin_nested():
            return take(taking, record, link)
    except (Unfit, *UNREADABLE, DataError, IntegrityError) as fault:
        taking.forget()
        taking.new_people = made
        if isinstance(fault, Unfit):
            raise
        logger.warning("A record of Zoho Projects cannot be taken over", exc_info=True)
        raise Unfit("source_unreadable") from None


def report(taking: Taking, module: Module, raw: Raw, remote_id: str) -> None:
    """What cannot be read is in the summary by its name."""
    number = number_of(remote_id, raw)
    errors.note(taking.session, taking.sync_id, module, number, Unfit("source_unreadable"), name_of(raw))


def read_at_last(taking: Taking, module: Module, remote_ids: Sequence[str]) -> None:
    """What could not be read, and can be now, has no fault of that kind any more."""
    session = taking.session
    rows = session.exec(
        select(ZohoSyncError).where(
            ZohoSyncError.sync_id == taking.sync_id,
            ZohoSyncError.module == module,
            ZohoSyncError.reason == "source_unreadable",
            ZohoSyncError.state != SyncErrorState.RESOLVED,
        )
    )
    numbers = {number_of(each) for each in remote_ids}
    for row in rows:
        if row.local_id in numbers:
            row.state = SyncErrorState.RESOLVED


def links_of(session: Session, sync_id: int, module: Module, ids: Sequence[str]) -> dict[str, ZohoSourceLink]:
    rows = session.exec(
        select(ZohoSourceLink).where(
            ZohoSourceLink.sync_id == sync_id,
            ZohoSourceLink.module == module,
            col(ZohoSourceLink.remote_id).in_(ids),
        )
    )
    return {row.remote_id: row for row in rows}


def faulty_ids(session: Session, sync_id: int, module: Module) -> set[int]:
    """The records of a module that the summary shows, open or ignored."""
    rows = session.execute(
        select(col(ZohoSyncError.local_id)).where(
            ZohoSyncError.sync_id == sync_id,
            ZohoSyncError.module == module,
            ZohoSyncError.state != SyncErrorState.RESOLVED,
        )
    )
    return set(rows.scalars())


def _label(taking: Taking, module: Module, raw: Raw, link: ZohoSourceLink | None, record: Any) -> str:
    if module is Module.TIME_LOG:
        return time.label(taking, link, record)
    return name_of(raw)


def _page_of(taking: Taking) -> dict[str, str]:
    return {"page": f"/projects/{taking.local.id}"} if taking.local else {}


__all__ = ["Counted", "faulty_ids", "links_of", "read", "read_at_last", "report", "take_page"]
