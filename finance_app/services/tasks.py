"""Tasks and issues, as selectors need them."""

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import Task, TaskList
from finance_app.models.kinds import WorkState
from finance_app.services.accounts import Actor
from finance_app.services.listing import like


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, scope: str
) -> list[tuple[int, str, str]]:
    """Open tasks and issues of a project (`scope` is its id): id, number and name, task list."""
    actor.require(Permission.PROJECTS_VIEW)
    if not (scope.isascii() and scope.isdigit() and len(scope) < 19):
        return []
    visible = actor.visible_projects()
    if visible is not None and int(scope) not in visible:
        return []
    statement = (
        select(col(Task.id), func.coalesce(Task.number, ""), col(Task.name), func.coalesce(TaskList.name, ""))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(
            col(Task.project_id) == int(scope),
            col(Task.archived_at).is_(None),
            col(Task.state) == WorkState.OPEN,
        )
    )
    if text:
        pattern = like(text)
        statement = statement.where(
            or_(col(Task.name).ilike(pattern, escape="\\"), col(Task.number).ilike(pattern, escape="\\"))
        )
    rows = session.execute(statement.order_by(func.lower(Task.name), col(Task.id)).limit(limit)).all()
    return [(row[0], f"{row[1]} {row[2]}".strip(), row[3]) for row in rows]
