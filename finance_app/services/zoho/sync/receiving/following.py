"""A document that was made at Zoho and has changed there changes here."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.models import ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.content import fill
from finance_app.services.zoho.sync.receiving.links import ZOHO, Raw, in_words, plan_of
from finance_app.services.zoho.sync.wanted import Unfit


def follow(
    session: Session,
    sync: ZohoSync,
    link: ZohoLink,
    row: Any,
    line_model: Any,
    parent: str,
    raw: Raw,
    head: Callable[[Any, Raw], None],
    before: Callable[[], None] = lambda: None,
    after: Callable[[list[Any]], None] = lambda _lines: None,
) -> bool:
    """Write the document anew as it is at Zoho; whether that made a difference. `before` and `after` free and
    take what its lines hold. Raises Unfit where it cannot be the same here."""
    module, was, total = Module(link.module), link.fingerprint, row.total_minor
    same = was or plan_of(session, sync, module, link.local_id)
    try:
        with session.begin_nested() as point:
            before()
            head(row, raw)
            lines = fill(session, sync.id or 0, row, line_model, parent, raw)
            after(lines)
            row.version += 1
            row.updated_at = now()
            session.flush()
            if plan_of(session, sync, module, link.local_id) == same:
                point.rollback()
                return False
    except DomainError as error:
        raise in_words(session, error) from error
    except Unfit as fault:
        raise Unfit("not_followed", number=row.number, why=fault.reason, **fault.details) from fault
    audit.record(
        session,
        ZOHO,
        module.value,
        link.local_id,
        "changed",
        before={"total_minor": total},
        after={"total_minor": row.total_minor},
    )
    session.flush()
    link.agree(plan_of(session, sync, module, link.local_id))
    return True
