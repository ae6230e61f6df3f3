"""Which documents a person may read: all of them, or those of the projects on which he may.

A document that also bills another project is not his: it would show him what that project earns. Lines
that name no project go along with the others.
"""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import CreditNote, Estimate, Invoice, InvoiceLine, SalesOrder
from finance_app.services.accounts.identity import Actor

_KINDS = {"invoice": Invoice, "credit_note": CreditNote, "estimate": Estimate, "sales_order": SalesOrder}


def readable(actor: Actor, kind: type) -> list[ColumnElement[bool]]:
    """What the documents that the actor may read meet. Raises DomainError where there can be none."""
    actor.require_somewhere(Permission.INVOICES_VIEW)
    projects = actor.projects_with(Permission.INVOICES_VIEW)
    if projects is None:
        return []
    if kind is Invoice:
        return [col(Invoice.id).in_(_invoices(projects))]
    if kind is CreditNote:
        return [col(CreditNote.invoice_id).in_(_invoices(projects))]
    document: Any = kind
    return [document.project_id.in_(projects)]


def _invoices(projects: frozenset[int]) -> Any:
    theirs, project = col(InvoiceLine.invoice_id), col(InvoiceLine.project_id)
    return select(theirs).where(project.in_(projects)).except_(select(theirs).where(project.not_in(projects)))


def check_readable(session: Session, actor: Actor, kind: str, object_id: int) -> None:
    """Raises NotFound for a document that the actor may not read, DomainError where he may read none."""
    actor.require_somewhere(Permission.INVOICES_VIEW)
    document: Any = _KINDS.get(kind)
    if document is None:
        raise NotFound
    conditions = readable(actor, document)
    if (
        conditions
        and not session.execute(select(document.id).where(document.id == object_id, *conditions)).first()
    ):
        raise NotFound
