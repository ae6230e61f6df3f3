"""What an import would bring: read at Zoho before anything is written, for as long as somebody may wait."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import httpx
from sqlmodel import Session, col, func, select

from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho import Projects
from finance_app.integrations.zoho.projects import Person, Project
from finance_app.models import Client, User, ZohoSourceLink, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import SourceProjects
from finance_app.services.accounts.identity import Actor, normal_email
from finance_app.services.zoho import remote
from finance_app.services.zoho.connection import Access
from finance_app.services.zoho.source import access as ways
from finance_app.services.zoho.source import running
from finance_app.services.zoho.source.modules import Module

PATIENCE = 20.0
"""Seconds after which the count stops, and says that there is more."""


@dataclass(frozen=True)
class Known:
    """What is here already: remote ids by module, addresses and names of people, names of clients."""

    ids: Mapping[str, Collection[str]] = field(default_factory=dict)
    addresses: Collection[str] = ()
    names: Collection[str] = ()
    clients: Collection[str] = ()


@dataclass
class Trial:
    """How much there is and how much of it is new, in the projects that were `read` of all `projects`."""

    projects: int = 0
    read: int = 0
    new: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    seconds: int = 0
    new_people: list[str] = field(default_factory=list)
    new_clients: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    """Names of what is in a form that cannot be read: the reading will report it and go on."""

    @property
    def complete(self) -> bool:
        return self.read == self.projects

    def count(self, module: Module, known: Known, remote_id: str) -> None:
        self.found[module] = self.found.get(module, 0) + 1
        if remote_id not in known.ids.get(module, ()):
            self.new[module] = self.new.get(module, 0) + 1


def known(session: Session, actor: Actor) -> Known:
    """What a trial compares with."""
    actor.require(Permission.INTEGRATION_EDIT)
    row = ways.live(session)
    portal = (row.draft.get("portal") or {}).get("id", "") if row else ""
    sync = session.exec(
        select(ZohoSync.id).where(ZohoSync.product == running.PRODUCT, ZohoSync.organisation == portal)
    ).first()
    ids: dict[str, set[str]] = {}
    for module, remote_id in session.execute(
        select(col(ZohoSourceLink.module), col(ZohoSourceLink.remote_id)).where(
            ZohoSourceLink.sync_id == (sync or 0)
        )
    ):
        ids.setdefault(module, set()).add(remote_id)
    people = session.execute(select(col(User.name), col(User.email))).all()
    clients = session.execute(select(func.lower(Client.name)).where(col(Client.archived_at).is_(None)))
    return Known(
        ids,
        {normal_email(email) for _, email in people if email},
        {name for name, email in people if not email},
        set(clients.scalars()),
    )


async def count(
    access: Access,
    which: SourceProjects,
    chosen: Collection[str],
    since: date | None,
    known: Known,
    http: httpx.AsyncClient | None = None,
    patience: float = PATIENCE,
) -> tuple[Trial, Access]:
    """Count what would come over. Raises DomainError where Zoho refuses."""
    end, trial, workers = time.monotonic() + patience, Trial(), set()
    async with remote.reading(access, http) as (api, kept):
        people = {person.id: person async for person in api.people()}
        wanted = [
            project
            async for project in api.projects()
            if wants(project, which, chosen, known.ids.get(Module.PROJECT, ()))
        ]
        trial.projects = len(wanted)
        for project in wanted:
            trial.count(Module.PROJECT, known, project.id)
            name = project.client.name
            if name and name.lower() not in known.clients and name not in trial.new_clients:
                trial.new_clients.append(name)
        for project in wanted:
            if time.monotonic() > end:
                break
            workers |= await _read(api, trial, known, project, since)
            trial.read += 1
        trial.unreadable = list(api.unread)
    trial.new_people = sorted(
        people[each].name or people[each].email
        for each in workers
        if each in people and not _is_here(people[each], known)
    )
    return trial, kept.access


async def _read(api: Projects, trial: Trial, known: Known, project: Project, since: date | None) -> set[str]:
    """Who works on the project."""
    workers = set()
    async for task in api.tasks(project.id):
        trial.count(Module.TASK, known, task.id)
        workers |= {owner.id for owner in task.work.owners[:1]}
    async for issue in api.issues(project.id):
        trial.count(Module.ISSUE, known, issue.id)
    async for log in api.logs(project.id, since, now().date() if since else None):
        trial.count(Module.TIME_LOG, known, log.id)
        trial.seconds += log.seconds
        workers.add(log.owner.id)
    return workers


def wants(project: Project, which: SourceProjects, chosen: Collection[str], here: Collection[str]) -> bool:
    """Whether a project comes over: it was chosen, or has come before."""
    if project.id in here or which is SourceProjects.ALL:
        return True
    return project.id in chosen if which is SourceProjects.CHOSEN else not project.status.is_closed_type


def _is_here(person: Person, known: Known) -> bool:
    email = normal_email(person.email)
    return (
        person.id in known.ids.get(Module.USER, ()) or bool(email and email in known.addresses)
    ) or person.name in known.names
