"""Fixed prices: what of them stands on invoices, and what is left to bill."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.models import Invoice, InvoiceLine, Project
from finance_app.models.kinds import BillingMethod, InvoiceState, LineKind

OF_A_PRICE = (LineKind.FIXED_COST, LineKind.MILESTONE)


def billed_of_prices(session: Session, project_ids: Iterable[int]) -> dict[int, int]:
    """What stands on invoices and drafts that are not void, in minor units of the project's currency."""
    rows = session.execute(
        select(col(InvoiceLine.project_id), func.sum(InvoiceLine.amount_minor))
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(
            col(InvoiceLine.project_id).in_(list(project_ids)),
            col(InvoiceLine.kind).in_(OF_A_PRICE),
            col(Invoice.state) != InvoiceState.VOID,
        )
        .group_by(col(InvoiceLine.project_id))
    )
    return {project_id: int(amount) for project_id, amount in rows}


def left_of_prices(session: Session, project_ids: Iterable[int]) -> dict[int, int]:
    """What is left to bill of fixed prices; never below zero, also where more than the price was billed."""
    ids = list(project_ids)
    billed = billed_of_prices(session, ids)
    rows = session.execute(
        select(col(Project.id), col(Project.price_minor)).where(
            col(Project.id).in_(ids), col(Project.billing_method) == BillingMethod.FIXED_COST
        )
    )
    return {id_: max(0, (price or 0) - billed.get(id_, 0)) for id_, price in rows}
