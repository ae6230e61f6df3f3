"""People of the firm, as far as work needs them: selectors and their rate histories."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import User
from finance_app.services.accounts import Actor
from finance_app.services.listing import like


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """People who are not archived: id, name, job title."""
    actor.require(Permission.PEOPLE_VIEW)
    statement = select(col(User.id), col(User.name), col(User.job_title)).where(
        col(User.archived_at).is_(None)
    )
    if text:
        statement = statement.where(col(User.name).ilike(like(text), escape="\\"))
    rows = session.execute(statement.order_by(func.lower(User.name), col(User.id)).limit(limit)).all()
    return [(row[0], row[1], row[2]) for row in rows]
