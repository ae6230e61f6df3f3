"""What was deleted at Zoho is made there again, with what was below it there and went with it."""

from typing import Any

from sqlmodel import Session, col, select

from finance_app.models import Task, TimeLog, ZohoLink
from finance_app.models.columns import now
from finance_app.services.zoho.sync import queue
from finance_app.services.zoho.sync.modules import Module

WORK = (Module.TASK, Module.ISSUE)


def make_again(session: Session, link: ZohoLink) -> None:
    """Forget what is not there any more; what was below it is sent again after it."""
    link.forget()
    moment = now()
    for module, ids in below(link).items():
        found = session.exec(
            select(ZohoLink).where(
                ZohoLink.sync_id == link.sync_id,
                ZohoLink.module == module,
                col(ZohoLink.local_id).in_(ids),
                (col(ZohoLink.remote_id) != "") | col(ZohoLink.attempted_at).is_not(None),
            )
        ).all()
        changed = set(queue.unsettled(session, link.sync_id, module, [each.local_id for each in found]))
        for each in found:  # what was moved here since may still be there, below another one
            each.agree("") if each.local_id in changed and each.remote_id else each.forget()
        session.flush()
        queue.request_every(session, module, [each.local_id for each in found], moment)
    session.flush()


def below(link: ZohoLink) -> dict[Module, Any]:
    """Which of our records are at Zoho only as long as this one is there."""
    module, id = Module(link.module), link.local_id
    if module is Module.PROJECT:
        tasks = select(Task.id).where(Task.project_id == id)
        general = select(-col(TimeLog.project_id)).where(TimeLog.project_id == id)
        logs = select(TimeLog.id).where(TimeLog.project_id == id)
        return {Module.TASK: tasks.union_all(general), Module.ISSUE: tasks, Module.TIME_LOG: logs}
    if module in WORK and id > 0:
        return {Module.TIME_LOG: select(TimeLog.id).where(TimeLog.task_id == id)}
    if module in WORK:
        untasked = (TimeLog.project_id == -id, col(TimeLog.task_id).is_(None))
        return {Module.TIME_LOG: select(TimeLog.id).where(*untasked)}
    return {}
