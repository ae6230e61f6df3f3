"""What settled a document, as the rules of revenue and tax take it."""

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.profit import Movement, Settlement, Use
from finance_app.models import Allocation, Refund
from finance_app.models.kinds import AllocationKind

MOVEMENTS = {AllocationKind.CREDIT_NOTE: Movement.CREDIT, AllocationKind.WRITE_OFF: Movement.WRITE_OFF}


def settlement_of(row: Allocation) -> Settlement:
    """An allocation, without what it takes if it is a credit. Tax withheld and bank charges are receipts."""
    movement = MOVEMENTS.get(row.kind, Movement.RECEIPT)
    return Settlement(row.id or 0, row.allocated_on, movement, row.amount_minor)


def uses_of(session: Session, note_id: int) -> list[Use]:
    """What a credit note was applied to and refunded for."""
    applied = session.execute(
        select(col(Allocation.id), col(Allocation.allocated_on), col(Allocation.amount_minor)).where(
            col(Allocation.credit_note_id) == note_id, col(Allocation.removed_at).is_(None)
        )
    ).all()
    refunded = session.execute(
        select(col(Refund.id), col(Refund.refunded_on), col(Refund.amount_minor)).where(
            col(Refund.credit_note_id) == note_id, col(Refund.removed_at).is_(None)
        )
    ).all()
    return [Use(*row) for row in applied] + [Use(*row, is_refund=True) for row in refunded]
