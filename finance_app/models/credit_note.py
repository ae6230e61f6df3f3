from finance_app.models.columns import choice, key, link, minor
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import CreditNoteState


class CreditNote(DocumentColumns, table=True):
    """Takes back an invoice or a part of it. Amounts are positive; `used_minor` is what was
    applied to invoices or refunded."""

    __tablename__ = "credit_note"

    id: int | None = key()
    invoice_id: int | None = link("invoice.id", optional=True)
    state: CreditNoteState = choice(CreditNoteState, CreditNoteState.DRAFT, index=True)
    used_minor: int = minor()
    voids_invoice: bool = False


class CreditNoteLine(LineColumns, table=True):
    __tablename__ = "credit_note_line"

    id: int | None = key()
    credit_note_id: int = link("credit_note.id", ondelete="CASCADE")
    invoice_line_id: int | None = link("invoice_line.id", optional=True, index=False)
    releases_time: bool = False
