"""A portal of Zoho Projects, and workers that read it into a database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import Session, select

from finance_app import db
from finance_app.integrations.zoho import Credentials, Grant, Projects
from finance_app.integrations.zoho.caller import Patience
from finance_app.jobs.zoho import source as reading
from finance_app.jobs.zoho.pacing import SharedPacer
from finance_app.models import Project, Task, TimeLog, User, ZohoSource, ZohoSyncError
from finance_app.models.columns import at, now
from finance_app.models.kinds import ConnectionState, SyncErrorState
from finance_app.sandbox import Sandbox
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho.source import running
from finance_app.services.zoho.sync import errors
from tests.harness.zoho import APPLICATION, CENTRE, ROOMY, Drops, Remote

ROOT = f"{CENTRE.projects}/api/v3/portal/10"


@dataclass
class Firm:
    """A database whose source is the sandbox's portal, on a clock that the test turns."""

    engine: Engine
    actor: Actor
    sandbox: Sandbox
    clock: datetime = field(default_factory=now)
    pauses: list[float] = field(default_factory=list)
    refresh_token: str = "sandbox"

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    @asynccontextmanager
    async def opened(self, engine: Engine | None, source_id: int) -> AsyncIterator[Projects]:
        with db.reading(engine) as session:
            row = session.get_one(ZohoSource, source_id)
            portal, sync_id = row.portal, row.sync_id or 0
        transport = self.transport(Drops(self.sandbox))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as http:
            credentials = Credentials(http, CENTRE, APPLICATION, Grant(self.refresh_token))
            pacer = SharedPacer(engine, sync_id, ROOMY, sleep=self.sleep)
            yield Projects.of(
                CENTRE, portal, credentials, pacer, http, sleep=self.sleep, patience=Patience(tries=6)
            )

    def transport(self, made: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return made

    def set_up(self, **chosen: Any) -> None:
        with at(self.clock), db.transaction(self.engine) as session:
            row = ZohoSource(
                state=ConnectionState.ACTIVE, portal="10", portal_name="sandbox", client_id="id", **chosen
            )
            session.add(row)
            session.flush()
            row.sync_id = running.sync_of(session, row).id
            running.start(session, self.actor)

    def ask(self) -> None:
        with at(self.clock), db.transaction(self.engine) as session:
            running.start(session, self.actor)

    def work(self, worker: str = "one") -> bool:
        with at(self.clock):
            return asyncio.run(reading.work(worker, self.opened, lambda: None, self.engine))

    def settle(self, *, steps: int = 40) -> None:
        """Read until the run is done, however long that takes on the clock."""
        for _ in range(steps):
            self.work()
            with db.reading(self.engine) as session:
                row = session.exec(select(ZohoSource)).one()
                if not row.run:
                    return
            self.clock += timedelta(minutes=10)
        raise AssertionError("the run never ended")

    def update(self) -> None:
        self.clock += timedelta(minutes=5)
        self.ask()
        self.settle()

    def at_zoho(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What a person does in Zoho Projects by hand."""
        return Remote.ask_at(self.sandbox, method, f"{ROOT}{path}", body)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.store.find("portal:10", kind)

    def look(self) -> "Here":
        with db.reading(self.engine) as session:
            return Here(
                list(session.exec(select(Project).order_by(Project.name))),
                list(session.exec(select(Task))),
                list(session.exec(select(TimeLog))),
                list(session.exec(select(User))),
            )

    def faults(self) -> list[tuple[str, str]]:
        """Module and reason of what the summary shows as open."""
        with db.reading(self.engine) as session:
            rows = session.exec(
                select(ZohoSyncError)
                .where(ZohoSyncError.state == SyncErrorState.OPEN)
                .order_by(ZohoSyncError.module)
            )
            return [(row.module, row.reason) for row in rows]

    def retry(self) -> int:
        with at(self.clock), db.transaction(self.engine) as session:
            sync_id = session.exec(select(ZohoSource.sync_id)).one() or 0
            return errors.retry_all(session, self.actor, sync_id)


@dataclass
class Here:
    projects: list[Project]
    tasks: list[Task]
    logs: list[TimeLog]
    people: list[User]


def log_of(session: Session, log_id: int) -> TimeLog:
    return session.get_one(TimeLog, log_id)
