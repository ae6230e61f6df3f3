"""Reading a portal of Zoho Projects, page by page.

Each page is taken over in one transaction together with how far the run has come, under a lease: killed in
the middle, another worker begins with the page that was not finished, and nothing is there twice."""

import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Cause, Grant, Projects, ZohoError
from finance_app.integrations.zoho.projects import LOG_KINDS, Person, Project
from finance_app.jobs.zoho.pacing import SharedPacer
from finance_app.jobs.zoho.trouble import block
from finance_app.models import Project as Ours
from finance_app.models import Task, TaskList, ZohoSource, ZohoSourceLink, ZohoSync
from finance_app.models.columns import now
from finance_app.services.zoho import connection
from finance_app.services.zoho.centres import quota
from finance_app.services.zoho.source import access, running, trial
from finance_app.services.zoho.source.modules import PARTS, Module, number_of
from finance_app.services.zoho.source.taking import Counted, take_page
from finance_app.services.zoho.source.taking import time as taking_time
from finance_app.services.zoho.source.taking.context import Taking
from finance_app.services.zoho.source.taking.page import faulty_ids, read, read_at_last, report
from finance_app.services.zoho.sync import errors, leases
from finance_app.services.zoho.sync.wanted import Unfit

logger = logging.getLogger(__name__)

GONE = len(PARTS)
"""The last part of a project: what is not at Zoho any more."""
CALM = 1.0
"""Seconds between two looks of the open pages at a run."""
Open = Callable[[Engine | None, int], AbstractAsyncContextManager[Projects]]
Changed = Callable[[], None]


@asynccontextmanager
async def opened(engine: Engine | None, source_id: int) -> AsyncIterator[Projects]:
    """Speak to the portal, within limits that all workers share. Raises DomainError."""
    with db.reading(engine) as session:
        row = session.get_one(ZohoSource, source_id)
        given, sync_id = access.access(session, row), row.sync_id or 0

    async def keep(grant: Grant) -> None:
        with db.transaction(engine) as session:
            access.keep_grant(session, session.get_one(ZohoSource, source_id), given, grant)

    async with connection.http_client() as http:
        yield given.projects(http, pacer=SharedPacer(engine, sync_id, quota()), keep=keep)


async def work(
    worker: str,
    opened: Open,
    changed: Changed,
    engine: Engine | None = None,
    until: float = math.inf,
) -> bool:
    """Carry a run on, or begin the one that is due; whether there was anything. It lets go at `until`."""
    with db.reading(engine) as session:
        source_id = running.due(session)
    if source_id is None:
        return False
    with db.transaction(engine) as session:
        row = session.get_one(ZohoSource, source_id)
        sync_id = row.sync_id or 0
        if not leases.claim(session, sync_id, worker):
            return False
        if not row.run:
            running.by_clock(session, row)
    try:
        async with opened(engine, source_id) as api:
            await _Reader(api, engine, source_id, sync_id, worker, changed).go(until)
    except leases.LeaseLost:
        logger.warning("Another worker reads Zoho Projects by now")
        return True
    except DomainError:
        _stall(engine, sync_id)
    except ZohoError as fault:
        with db.transaction(engine) as session:
            block(session, sync_id, fault)
    with db.transaction(engine) as session:
        leases.let_go(session, sync_id, worker)
    changed()
    return True


def _stall(engine: Engine | None, sync_id: int) -> None:
    """The sign-in is gone, as that of a connection which was removed."""
    with db.transaction(engine) as session:
        block(session, sync_id, ZohoError(Cause.SIGNED_OUT, "no sign-in"))


class _Reader:
    def __init__(
        self,
        api: Projects,
        engine: Engine | None,
        source_id: int,
        sync_id: int,
        worker: str,
        changed: Changed,
    ):
        self._api, self._engine, self._source_id, self._sync_id = api, engine, source_id, sync_id
        self._worker, self._changed = worker, changed
        self._run: dict[str, Any] = {}

    async def go(self, until: float) -> None:
        with db.reading(self._engine) as session:
            self._run = dict(session.get_one(ZohoSource, self._source_id).run)
        stages = {"people": self._people, "projects": self._projects, "work": self._work}
        told = time.monotonic()
        while self._run and time.monotonic() < until:
            await stages[self._run["stage"]]()
            if time.monotonic() - told > CALM:
                told = time.monotonic()
                self._changed()

    @asynccontextmanager
    async def _page(self) -> AsyncIterator[tuple[Session, Taking]]:
        """What Zoho has answered, in one transaction under the lease, at whose end the run stands where
        `self._run` says."""
        with db.transaction(self._engine) as session:
            if not leases.claim(session, self._sync_id, self._worker):
                raise leases.LeaseLost
            row = session.get_one(ZohoSource, self._source_id)
            if row.run.get("id") != self._run["id"]:
                raise leases.LeaseLost
            session.get_one(ZohoSync, self._sync_id).silences = 0
            errors.resolve(session, self._sync_id, errors.CONNECTION, 0)
            taking = Taking(session, row, self._run["id"], people=dict(self._run["people"]))
            yield session, taking
            if taking.new_people:
                counted = Counted(written=taking.new_people)
                running.count(session, taking.run_id, Module.USER, counted)
            row.run = dict(self._run)
            session.add(row)

    async def _people(self) -> None:
        rows, more = await self._api.user_rows(self._run["page"])
        async with self._page() as (session, taking):
            counted, known = Counted(seen=len(rows)), []
            for raw in rows:
                try:
                    person: Person = read(Person, raw)
                except Unfit:
                    report(taking, Module.USER, raw, str(raw.get("zpuid") or raw.get("id") or ""))
                    counted.failed += 1
                    continue
                known.append(person.id)
                self._run["people"][person.id] = [person.name, person.email]
            read_at_last(taking, Module.USER, known)
            taking.people = self._run["people"]
            running.count(session, self._run["id"], Module.USER, counted)
            self._on(more, "projects")

    async def _projects(self) -> None:
        rows, more = await self._api.project_rows(self._run["page"])
        async with self._page() as (session, taking):
            wanted = [raw for raw in rows if self._wants(taking, raw)]
            counted = take_page(taking, Module.PROJECT, wanted)
            running.count(session, self._run["id"], Module.PROJECT, counted)
            ids = (str(raw.get("id") or "") for raw in wanted)
            there = [id for id in ids if taking.link_of_project(id) is not None]
            self._run["queue"] = [*self._run["queue"], *there]
            self._run["total"] = len(self._run["queue"])
            self._on(more, "work")
            if not more:
                self._report_gone(session)
                self._end(session, taking)

    def _wants(self, taking: Taking, raw: dict[str, Any]) -> bool:
        """A project that was chosen, or that came over before: it is followed to its end."""
        try:
            record: Project = read(Project, raw)
        except Unfit:
            return True
        if taking.link_of_project(record.id):
            return True
        source = taking.source
        return trial.wants(record, source.projects, source.chosen, ())

    def _report_gone(self, session: Session) -> None:
        """Projects that came over and are not in the list any more stay here, and are named."""
        rows = session.exec(
            select(ZohoSourceLink).where(
                ZohoSourceLink.sync_id == self._sync_id,
                ZohoSourceLink.module == Module.PROJECT,
                ZohoSourceLink.seen_run != self._run["id"],
            )
        ).all()
        for link in rows:
            ours = session.get(Ours, link.local_id)
            if ours is not None:
                fault = Unfit("source_project_gone", name=ours.name, page=f"/projects/{ours.id}")
                errors.note(
                    session, self._sync_id, Module.PROJECT, number_of(link.remote_id), fault, ours.name
                )

    def _on(self, more: bool, stage: str) -> None:
        if more:
            self._run["page"] += 1
        else:
            self._run |= {"stage": stage, "page": 1}

    async def _work(self) -> None:
        project = self._run["queue"][0]
        if self._run["part"] == GONE:
            await self._gone(project)
            return
        what, module = PARTS[self._run["part"]]
        try:
            if what in LOG_KINDS:
                since = date.fromisoformat(self._run["since"]) if self._run["since"] else None
                until = now().date() if since else None
                rows, more = await self._api.log_rows(project, what, self._run["page"], since, until)
            else:
                rows, more = await self._api.rows(what, project, self._run["page"])
        except ZohoError as fault:
            if fault.may_pass or fault.cause is Cause.SIGNED_OUT:
                raise
            await self._skip(project, module, fault)
            return
        async with self._page() as (session, taking):
            self._in(taking, project)
            if taking.local is not None:
                counted = take_page(taking, module, rows)
                running.count(session, self._run["id"], module, counted)
            if self._run["page"] == 1 and number_of(project) in faulty_ids(session, self._sync_id, module):
                errors.resolve(session, self._sync_id, module, number_of(project))
            if more and taking.local is not None:
                self._run["page"] += 1
            else:
                self._run |= {"page": 1, "part": self._run["part"] + 1}

    async def _skip(self, project: str, module: Module, fault: ZohoError) -> None:
        """What Zoho does not give of one project, as where issues are switched off, is named; the rest goes
        on."""
        async with self._page() as (session, taking):
            self._in(taking, project)
            name = taking.local.name if taking.local else project
            errors.note(session, self._sync_id, module, number_of(project), fault, name)
            running.count(session, self._run["id"], module, Counted(failed=1))
            self._run |= {"page": 1, "part": self._run["part"] + 1}
            self._run.setdefault("skipped", []).append([project, module.value])

    def _in(self, taking: Taking, project: str) -> None:
        taking.project = project
        link = taking.link_of_project(project)
        ours = taking.session.get(Ours, link.local_id) if link else None
        taking.local = ours if ours and ours.archived_at is None else None
        taking.joined = bool(link and link.joined)

    async def _gone(self, project: str) -> None:
        """What no page of this run has shown is looked for once more by itself, for pages move while they
        are read; only what Zoho does not have then goes."""
        skipped = {module for at, module in self._run.get("skipped", []) if at == project}
        with db.reading(self._engine) as session:
            missing = session.exec(
                select(ZohoSourceLink).where(
                    ZohoSourceLink.sync_id == self._sync_id,
                    col(ZohoSourceLink.module).in_(
                        {Module.TASK_LIST, Module.TASK, Module.ISSUE, Module.TIME_LOG} - skipped
                    ),
                    ZohoSourceLink.project == project,
                    ZohoSourceLink.seen_run != self._run["id"],
                )
            ).all()
        for link in missing:
            since = self._run["since"]
            if link.module == Module.TIME_LOG and since and link.day and link.day.isoformat() < since:
                continue
            try:
                there = await self._is_there(project, link)
            except ZohoError as fault:
                if fault.may_pass or fault.cause is Cause.SIGNED_OUT:
                    raise
                await self._leave(project, link, fault)
                continue
            if not there:
                await self._take_away(project, link)
        async with self._page() as (session, taking):
            self._run |= {"queue": self._run["queue"][1:], "part": 0, "page": 1}
            self._end(session, taking)

    async def _is_there(self, project: str, link: ZohoSourceLink) -> bool:
        if link.module != Module.TIME_LOG:
            names = {Module.TASK_LIST: "tasklists", Module.TASK: "tasks", Module.ISSUE: "issues"}
            return await self._api.is_there(names[Module(link.module)], project, link.remote_id)
        page, more = 1, True
        while more:
            kind = str(link.values.get("kind") or "general")
            rows, more = await self._api.log_rows(project, kind, page, link.day, link.day)
            if any(str(raw.get("id")) == link.remote_id for raw in rows):
                return True
            page += 1
        return False

    async def _leave(self, project: str, link: ZohoSourceLink, fault: ZohoError) -> None:
        """Zoho does not say whether the record is there: it stays, and is named."""
        async with self._page() as (session, taking):
            self._in(taking, project)
            name = taking.local.name if taking.local else project
            errors.note(session, self._sync_id, link.module, number_of(link.remote_id), fault, name)
            running.count(session, self._run["id"], link.module, Counted(failed=1))

    async def _take_away(self, project: str, found: ZohoSourceLink) -> None:
        async with self._page() as (session, taking):
            self._in(taking, project)
            link = session.get(ZohoSourceLink, found.id)
            if link is None or taking.local is None:
                return
            module, number = Module(link.module), number_of(link.remote_id)
            try:
                if module is Module.TIME_LOG:
                    taking_time.remove(taking, link)
                else:
                    _archive(session, module, link)
                    session.delete(link)
            except Unfit as fault:
                fault.details["page"] = f"/projects/{taking.local.id}"
                name = taking_time.label(taking, link, None)
                errors.note(session, self._sync_id, module, number, fault, name)
                running.count(session, self._run["id"], module, Counted(failed=1))
            else:
                errors.resolve(session, self._sync_id, module, number)
                running.count(session, self._run["id"], module, Counted(written=1))

    def _end(self, session: Session, taking: Taking) -> None:
        if self._run["stage"] == "work" and not self._run["queue"]:
            taking.source.run = dict(self._run)
            running.finish(session, taking.source)
            self._run = {}


def _archive(session: Session, module: Module, link: ZohoSourceLink) -> None:
    row = session.get(TaskList if module is Module.TASK_LIST else Task, link.local_id)
    if row is not None and row.archived_at is None:
        row.archived_at = now()
        row.version += 1
        session.add(row)


def new_name() -> str:
    return f"source-{secrets.token_hex(4)}"
