"""Bringing to Zoho what was there before the connection: how much it is, and what lacks a client."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from finance_app.domain.permissions import Permission
from finance_app.models import Client, Invoice, Project, TimeLog
from finance_app.models.kinds import InvoiceState, ProjectState
from finance_app.services.accounts.identity import Actor
from finance_app.services.projects import form as projects

SHOWN = 50


@dataclass(frozen=True)
class Extent:
    """How much there is to bring: `without_client` projects cannot go, nor their `waiting_seconds`."""

    clients: int
    projects: int
    without_client: int
    seconds: int
    waiting_seconds: int
    invoices: int


@dataclass(frozen=True)
class Homeless:
    """A project without a primary client, and the billable time that waits with it."""

    id: int
    name: str
    seconds: int


def extent(session: Session, actor: Actor) -> Extent:
    actor.require(Permission.INTEGRATION_EDIT)

    def count(statement) -> int:
        return int(session.exec(statement).one() or 0)

    waiting = _homeless()
    seconds = select(func.sum(TimeLog.seconds)).where(col(TimeLog.billable))
    issued = (InvoiceState.ISSUED, InvoiceState.PAID)
    return Extent(
        clients=count(select(func.count()).select_from(Client).where(col(Client.archived_at).is_(None))),
        projects=count(select(func.count()).select_from(Project).where(*_open())),
        without_client=count(select(func.count()).select_from(Project).where(*waiting)),
        seconds=count(seconds),
        waiting_seconds=count(seconds.join(Project, Project.id == TimeLog.project_id).where(*waiting)),
        invoices=count(select(func.count()).select_from(Invoice).where(col(Invoice.state).in_(issued))),
    )


def homeless(session: Session, actor: Actor) -> list[Homeless]:
    """The projects without a client, those with the most time first; the next ones come as these are done."""
    actor.require(Permission.INTEGRATION_EDIT)
    time = func.coalesce(func.sum(TimeLog.seconds), 0)
    rows = session.execute(
        select(Project.id, Project.name, time)
        .outerjoin(TimeLog, (col(TimeLog.project_id) == Project.id) & col(TimeLog.billable))
        .where(*_homeless())
        .group_by(col(Project.id), col(Project.name))
        .order_by(time.desc(), col(Project.id))
        .limit(SHOWN)
    ).all()
    return [Homeless(id_ or 0, name, int(seconds)) for id_, name, seconds in rows]


def assign(session: Session, actor: Actor, project_id: int, client_id: int) -> None:
    """Give a project its primary client, as its form would. Raises InvalidFields, NotFound."""
    actor.require(Permission.INTEGRATION_EDIT)
    values = projects.form_values(session, actor, project_id)
    wanted = {**values, "client_id": str(client_id)}
    projects.update(session, actor, project_id, wanted, int(values["version"]))


def _open() -> list:
    return [col(Project.archived_at).is_(None), col(Project.state) != ProjectState.CLOSED]


def _homeless() -> list:
    return [*_open(), col(Project.client_id).is_(None)]
