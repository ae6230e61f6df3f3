"""The rows that credit notes are made of and act on, locked where they are changed."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.models import CreditNote, CreditNoteLine, Invoice


def locked_invoice(session: Session, invoice_id: int) -> Invoice:
    return _locked(session, Invoice, invoice_id)


def locked_note(session: Session, credit_note_id: int) -> CreditNote:
    return _locked(session, CreditNote, credit_note_id)


def _locked(session: Session, table: Any, row_id: int) -> Any:
    found = session.execute(
        select(table).where(table.id == row_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def lines_of_note(session: Session, credit_note_id: int) -> list[CreditNoteLine]:
    return list(
        session.execute(
            select(CreditNoteLine).where(col(CreditNoteLine.credit_note_id) == credit_note_id)
        ).scalars()
    )
