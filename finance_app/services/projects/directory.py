"""Projects: one of them, selectors, archive and deletion.

Amounts and rates are only given to those who may see them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import (
    Budget,
    BudgetAlert,
    BudgetPart,
    Client,
    InvoiceLine,
    Milestone,
    Project,
    ProjectMember,
    Task,
    TaskList,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ProjectState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.listing import like


def matches(text: str) -> Any:
    """The condition that name, code or client of a project contain a text."""
    pattern = like(text)
    clients = select(col(Client.id)).where(col(Client.name).ilike(pattern, escape="\\"))
    return or_(
        col(Project.name).ilike(pattern, escape="\\"),
        col(Project.code).ilike(pattern, escape="\\"),
        col(Project.client_id).in_(clients),
    )


def _visible(actor: Actor) -> list[Any]:
    """Every project, or those that the person works on."""
    visible = actor.visible_projects()
    return [] if visible is None else [col(Project.id).in_(visible)]


def visible_id(actor: Actor, scope: str) -> int:
    """The project that a search is about, 0 where it is none or not to be seen."""
    project_id, visible = whole_number(scope), actor.visible_projects()
    return project_id if visible is None or project_id in visible else 0


def whole_number(text: str) -> int:
    """The id in a text of the browser, 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, scope: str = ""
) -> list[tuple[int, str, str]]:
    """Projects in use for a selector: id, name, client. `scope` is the id of a client, or empty."""
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    statement = (
        select(col(Project.id), col(Project.name), func.coalesce(Client.name, ""))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .where(
            col(Project.archived_at).is_(None), col(Project.state) != ProjectState.CLOSED, *_visible(actor)
        )
    )
    if scope:
        statement = statement.where(col(Project.client_id) == whole_number(scope))
    if text:
        starts = like(text).removeprefix("%")
        statement = statement.where(matches(text)).order_by(
            col(Project.name).ilike(starts, escape="\\").desc()
        )
    rows = session.execute(statement.order_by(func.lower(Project.name), col(Project.id)).limit(limit)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def suggestions_beside(
    session: Session, actor: Actor, text: str, limit: int, scope: str
) -> list[tuple[int, str, str]]:
    """The other projects, for what moves from the one whose id is `scope`."""
    found = suggestions(session, actor, text, limit + 1)
    return [row for row in found if row[0] != whole_number(scope)][:limit]


def get(session: Session, actor: Actor, project_id: int) -> Project:
    """Raises NotFound."""
    actor.require(Permission.PROJECTS_VIEW, project_id)
    project, visible = session.get(Project, project_id), actor.visible_projects()
    if project is None or (visible is not None and project_id not in visible):
        raise NotFound
    return project


def client_name(session: Session, actor: Actor, project: Project) -> str:
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    client = session.get(Client, project.client_id) if project.client_id else None
    return client.name if client else ""


def manager_name(session: Session, actor: Actor, project: Project) -> str:
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    manager = session.get(User, project.manager_id) if project.manager_id else None
    return manager.name if manager else ""


def same_name(session: Session, name: str, client_id: int | None, project: Project | None) -> bool:
    statement = select(col(Project.id)).where(
        func.lower(Project.name) == name.lower(),
        col(Project.client_id).is_not_distinct_from(client_id),
        col(Project.archived_at).is_(None),
    )
    if project is not None:
        statement = statement.where(col(Project.id) != project.id)
    return session.execute(statement.limit(1)).first() is not None


def archive(session: Session, actor: Actor, project_ids: Sequence[int]) -> int:
    """Take projects out of lists and selectors; how many were not archived yet."""
    return _set_archived(session, actor, project_ids, archived=True)


def restore(session: Session, actor: Actor, project_ids: Sequence[int]) -> int:
    return _set_archived(session, actor, project_ids, archived=False)


def _set_archived(session: Session, actor: Actor, project_ids: Sequence[int], *, archived: bool) -> int:
    actor.require(Permission.PROJECTS_EDIT)
    found = session.execute(select(Project).where(col(Project.id).in_(project_ids))).scalars().all()
    changed = [project for project in found if (project.archived_at is not None) != archived]
    for project in changed:
        if not archived and same_name(session, project.name, project.client_id, project):
            raise DomainError("project.error.name_taken", name=project.name)
        project.archived_at = now() if archived else None
        project.version += 1
        session.add(project)
        audit.record(session, actor, "project", project.id, "archived" if archived else "restored")
    session.flush()
    return len(changed)


def delete(session: Session, actor: Actor, project_id: int) -> None:
    """Delete an empty project. Raises DomainError where time, tasks or invoices hang on it."""
    actor.require(Permission.PROJECTS_EDIT)
    project = get(session, actor, project_id)
    for table in (TimeLog, Task, InvoiceLine):
        if session.execute(select(col(table.id)).where(col(table.project_id) == project_id).limit(1)).first():
            raise DomainError("project.error.not_empty", name=project.name)
    for table in (ProjectMember, TaskList, Milestone, BudgetPart, BudgetAlert, Budget):
        for row in session.execute(select(table).where(col(table.project_id) == project_id)).scalars():
            session.delete(row)
        session.flush()
    session.delete(project)
    session.flush()
    audit.record(session, actor, "project", project_id, "deleted", before={"name": project.name})
