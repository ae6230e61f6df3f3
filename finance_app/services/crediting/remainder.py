"""What is left of an invoice to credit, and what its credit notes give back to be billed again."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain import crediting
from finance_app.domain.crediting import Credited
from finance_app.domain.errors import DomainError
from finance_app.domain.money import Money
from finance_app.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.drafts import lines_of


def creditable(session: Session, invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, int]:
    """What is left to credit of each line, in minor units: its worth after the document's discount, less what
    earlier credit notes took of it. Below zero for a line that lowers the invoice."""
    taken = _taken(session, invoice)
    return {line_id: amount - taken.get(line_id, 0) for line_id, amount in _worth(invoice, lines).items()}


def credited(session: Session, invoice_id: int) -> int:
    """Minor units of the live credit notes of an invoice."""
    return int(
        session.execute(
            select(func.coalesce(func.sum(col(CreditNote.total_minor)), 0)).where(
                col(CreditNote.invoice_id) == invoice_id, col(CreditNote.voided_at).is_(None)
            )
        ).scalar_one()
    )


def part_of(
    session: Session, invoice: Invoice, lines: Sequence[InvoiceLine], wanted: Mapping[int, int]
) -> Credited:
    """What a note over these amounts comes to: the whole so far, less the figures of the earlier notes.

    Raises DomainError for more than is left of a line, and where the notes would exceed the invoice.
    """
    left, taken = creditable(session, invoice, lines), _taken(session, invoice)
    for line in lines:
        amount, rest = wanted.get(line.id or 0, 0), left[line.id or 0]
        if amount and (amount * rest < 0 or abs(amount) > abs(rest)):
            raise DomainError(
                "credit_note.error.above_line",
                field="amounts",
                line=line.position,
                left=Money(rest, invoice.currency),
            )
    document = totals.document_of(invoice, lines)
    figures = totals.results(invoice, lines)
    so_far = [taken.get(line.id or 0, 0) + wanted.get(line.id or 0, 0) for line in lines]
    whole = crediting.credited_so_far(document, figures, so_far)
    part = whole
    for note in _live_notes(session, invoice):
        part = part.less(totals.credited_of(note, figures))
    if part.total_minor < 0 or credited(session, invoice.id or 0) + part.total_minor > invoice.total_minor:
        raise DomainError(
            "credit_note.error.total",
            field="amounts",
            total=Money(part.total_minor, invoice.currency),
            left=Money(invoice.total_minor - credited(session, invoice.id or 0), invoice.currency),
        )
    return part


def given_back(session: Session, rows: Sequence[CreditNoteLine]) -> list[tuple[int, Fraction]]:
    """Of the invoice lines that these lines credit and give back: the part that all live notes give back."""
    ids = sorted({row.invoice_line_id for row in rows if row.releases_time and row.invoice_line_id})
    if not ids:
        return []
    line = session.get_one(InvoiceLine, ids[0])
    invoice = session.get_one(Invoice, line.invoice_id)
    worth = _worth(invoice, lines_of(session, line.invoice_id))
    given: dict[int, Fraction] = dict.fromkeys(ids, Fraction(0))
    credits = session.execute(
        select(
            col(CreditNoteLine.invoice_line_id), col(CreditNoteLine.amount_minor), col(CreditNote.total_minor)
        )
        .join(CreditNote, col(CreditNote.id) == col(CreditNoteLine.credit_note_id))
        .where(
            col(CreditNoteLine.invoice_line_id).in_(ids),
            col(CreditNoteLine.releases_time),
            col(CreditNote.voided_at).is_(None),
        )
    )
    for line_id, amount, total in credits:
        whole = total == invoice.total_minor or not worth[line_id]
        given[line_id] += 1 if whole else Fraction(amount, worth[line_id])
    return list(given.items())


def _taken(session: Session, invoice: Invoice) -> dict[int | None, int]:
    rows = session.execute(
        select(col(CreditNoteLine.invoice_line_id), func.sum(col(CreditNoteLine.amount_minor)))
        .join(CreditNote, col(CreditNote.id) == col(CreditNoteLine.credit_note_id))
        .where(col(CreditNote.invoice_id) == invoice.id, col(CreditNote.voided_at).is_(None))
        .group_by(col(CreditNoteLine.invoice_line_id))
    ).all()
    return {line_id: int(amount) for line_id, amount in rows}


def _live_notes(session: Session, invoice: Invoice) -> list[CreditNote]:
    return list(
        session.execute(
            select(CreditNote).where(
                col(CreditNote.invoice_id) == invoice.id, col(CreditNote.voided_at).is_(None)
            )
        ).scalars()
    )


def _worth(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, int]:
    """Minor units of each line after the document's discount, as its prices are stated."""
    worth = crediting.worths(totals.document_of(invoice, lines), totals.results(invoice, lines))
    return {line.id or 0: amount for line, amount in zip(lines, worth, strict=True)}
