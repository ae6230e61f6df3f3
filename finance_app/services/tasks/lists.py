"""Task lists of a project: create, change, order, archive, delete."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import Milestone, Task, TaskList
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.fields import Fields, read_id
from finance_app.services.listing import like
from finance_app.services.projects import directory as projects

SHOWN = 200
FIELDS = {"name": 200, "milestone_id": 20}


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, scope: str
) -> list[tuple[int, str, str]]:
    """Task lists in use of a project (`scope` is its id): id, name, milestone."""
    actor.require_somewhere(Permission.PROJECTS_VIEW)
    project_id = projects.visible_id(actor, scope)
    statement = (
        select(col(TaskList.id), col(TaskList.name), func.coalesce(Milestone.name, ""))
        .outerjoin(Milestone, col(Milestone.id) == col(TaskList.milestone_id))
        .where(col(TaskList.project_id) == project_id, col(TaskList.archived_at).is_(None))
        .order_by(col(TaskList.position), func.lower(TaskList.name), col(TaskList.id))
        .limit(limit)
    )
    if text:
        statement = statement.where(col(TaskList.name).ilike(like(text), escape="\\"))
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


@dataclass(frozen=True)
class ListRecord:
    id: int
    name: str
    milestone: str
    tasks: int
    archived: bool


def all_of(session: Session, actor: Actor, project_id: int) -> list[ListRecord]:
    """The lists of a project in their order, archived ones last, each with how many tasks it has in use."""
    projects.get(session, actor, project_id)
    count = (
        select(func.count(col(Task.id)))
        .where(col(Task.task_list_id) == col(TaskList.id), col(Task.archived_at).is_(None))
        .correlate(TaskList)
        .scalar_subquery()
    )
    archived = col(TaskList.archived_at).is_not(None)
    rows = session.execute(
        select(col(TaskList.id), col(TaskList.name), func.coalesce(Milestone.name, ""), count, archived)
        .outerjoin(Milestone, col(Milestone.id) == col(TaskList.milestone_id))
        .where(col(TaskList.project_id) == project_id)
        .order_by(archived, col(TaskList.position), func.lower(TaskList.name), col(TaskList.id))
        .limit(SHOWN)
    )
    return [ListRecord(*row) for row in rows]


def get(session: Session, actor: Actor, project_id: int, list_id: int) -> TaskList:
    """Raises NotFound."""
    projects.get(session, actor, project_id)
    row = session.get(TaskList, list_id)
    if row is None or row.project_id != project_id:
        raise NotFound
    return row


def form_values(session: Session, actor: Actor, project_id: int, list_id: int | None) -> dict[str, str]:
    """What the form starts with; a new list is empty."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, list_id) if list_id else None
    milestone = session.get(Milestone, row.milestone_id) if row and row.milestone_id else None
    return {
        "name": row.name if row else "",
        "milestone_id": str(milestone.id) if milestone else "",
        "milestone_id_label": milestone.name if milestone else "",
        "version": str(row.version) if row else "0",
    }


def save(
    session: Session,
    actor: Actor,
    project_id: int,
    list_id: int | None,
    data: Mapping[str, str],
    version: int = 0,
) -> TaskList:
    """Add a list at the end, or change one as it was seen at `version`. Raises InvalidFields."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    projects.get(session, actor, project_id)
    row = get(session, actor, project_id, list_id) if list_id else TaskList(project_id=project_id, name="")
    if list_id and row.version != version:
        raise DomainError("common.error.changed_meanwhile")
    fields = Fields(data, FIELDS)
    name = fields.text("name", required=True)
    milestone_id = fields.read("milestone_id", read_id)
    milestone = session.get(Milestone, milestone_id) if milestone_id else None
    if milestone_id and (milestone is None or milestone.project_id != project_id):
        fields.refuse("milestone_id", DomainError("common.error.unknown_choice"))
    if name and _same_name(session, project_id, name, list_id):
        fields.refuse("name", DomainError("task.list.error.name_taken", name=name))
    fields.check()
    before = {"name": row.name, "milestone_id": row.milestone_id} if list_id else {}
    row.name, row.milestone_id = name, milestone_id
    if list_id:
        row.version += 1
    else:
        row.position = _next_position(session, project_id)
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "task_list", row.id, "changed" if list_id else "created",
        before=before, after={"name": name, "milestone_id": milestone_id},
    )  # fmt: skip
    return row


def _same_name(session: Session, project_id: int, name: str, but: int | None) -> bool:
    statement = select(col(TaskList.id)).where(
        col(TaskList.project_id) == project_id,
        func.lower(TaskList.name) == name.lower(),
        col(TaskList.archived_at).is_(None),
    )
    if but:
        statement = statement.where(col(TaskList.id) != but)
    return session.execute(statement.limit(1)).first() is not None


def _next_position(session: Session, project_id: int) -> int:
    last = session.execute(
        select(func.max(col(TaskList.position))).where(col(TaskList.project_id) == project_id)
    ).scalar()
    return 0 if last is None else last + 1


def shift(session: Session, actor: Actor, project_id: int, list_id: int, down: bool) -> None:
    """Move a list one place up or down among those in use."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, list_id)
    rows = list(
        session.execute(
            select(TaskList)
            .where(col(TaskList.project_id) == project_id, col(TaskList.archived_at).is_(None))
            .order_by(col(TaskList.position), func.lower(TaskList.name), col(TaskList.id))
        ).scalars()
    )
    if row not in rows:
        raise NotFound
    place = rows.index(row)
    other = place + (1 if down else -1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, each in enumerate(rows):
        if each.position != position:
            each.position = position
            session.add(each)
    session.flush()


def set_archived(session: Session, actor: Actor, project_id: int, list_id: int, archived: bool) -> int:
    """Archive a list together with its tasks, or bring both back; how many tasks went along."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, list_id)
    if (row.archived_at is not None) is archived:
        return 0
    if not archived and _same_name(session, project_id, row.name, list_id):
        raise DomainError("task.list.error.name_taken", name=row.name)
    moment = now() if archived else None
    along = col(Task.archived_at).is_(None) if archived else col(Task.archived_at) == row.archived_at
    done = session.execute(
        update(Task)
        .where(col(Task.task_list_id) == list_id, along)
        .values(archived_at=moment, version=Task.version + 1)
    )
    row.archived_at = moment
    row.version += 1
    session.add(row)
    session.flush()
    count = int(done.rowcount)  # type: ignore[attr-defined]
    action = "archived" if archived else "restored"
    audit.record(session, actor, "task_list", list_id, action, tasks=count)
    return count


def delete(session: Session, actor: Actor, project_id: int, list_id: int) -> int:
    """Delete a list; its tasks stay, without a list. How many there are."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    row = get(session, actor, project_id, list_id)
    done = session.execute(
        update(Task)
        .where(col(Task.task_list_id) == list_id)
        .values(
            task_list_id=None,
            milestone_id=func.coalesce(Task.milestone_id, row.milestone_id),
            version=Task.version + 1,
        )
    )
    audit.record(session, actor, "task_list", list_id, "deleted", before={"name": row.name})
    session.delete(row)
    session.flush()
    return int(done.rowcount)  # type: ignore[attr-defined]
