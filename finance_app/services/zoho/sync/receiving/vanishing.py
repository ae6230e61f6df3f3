"""What was deleted at Zoho, of which none of its lists tells: it is missing in them.

Nothing is deleted here because of it, but a payment that was made there: a document is reported, and stays
away from Zoho until a person asks for it there again."""

from collections.abc import Set
from typing import Any

from sqlmodel import Session, col, select

from finance_app.models import Expense, Payment, ZohoLink
from finance_app.models.kinds import LinkState
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.links import DOCUMENTS
from finance_app.services.zoho.sync.wanted import Unfit

_MODELS: dict[Module, tuple[Any, Any]] = {
    Module.PAYMENT: (Payment, Payment.deleted_at),
    Module.EXPENSE: (Expense, Expense.deleted_at),
    **{module: (model, model.voided_at) for module, model in DOCUMENTS.items()},
}
"""With the column that says that it need not be there: deleted or void here too, both sides agree."""


def is_any_linked(session: Session, sync_id: int, module: Module) -> bool:
    return session.exec(_linked(sync_id, module).limit(1)).first() is not None


def unlisted(session: Session, sync_id: int, module: Module, there: Set[str]) -> list[str]:
    """The ids at Zoho of records that should be there, and are none of those that are."""
    return [remote_id for remote_id in session.exec(_linked(sync_id, module)) if remote_id not in there]


def _linked(sync_id: int, module: Module) -> Any:
    model, ended = _MODELS[module]
    return (
        select(ZohoLink.remote_id)
        .join(model, col(model.id) == col(ZohoLink.local_id))
        .where(
            ZohoLink.sync_id == sync_id,
            ZohoLink.module == module,
            ZohoLink.remote_id != "",
            ZohoLink.state != LinkState.GONE,
            col(ended).is_(None),
        )
        .order_by(col(ZohoLink.id))
    )


def report(session: Session, link: ZohoLink) -> None:
    """A retry makes it there again."""
    link.leave()
    fault = Unfit("deleted_at_zoho", remote_id=link.remote_id)
    errors.note(session, link.sync_id, link.module, link.local_id, fault)
