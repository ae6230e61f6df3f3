"""The state of a credit note, which follows from what is used of it."""

from sqlmodel import Session

from finance_app.domain.workflow import (
    CreditNoteAction,
    CreditNoteFacts,
    CreditNoteState,
    credit_note_state,
    require_credit_note_action,
)
from finance_app.models import CreditNote
from finance_app.services.portal import portal_of

KIND = "credit_note"


def state_of(note: CreditNote) -> CreditNoteState:
    """The state that follows from what is used of a note."""
    return credit_note_state(facts_of(note))


def facts_of(note: CreditNote) -> CreditNoteFacts:
    open_minor = note.total_minor - note.used_minor
    return CreditNoteFacts(note.total_minor, open_minor, note.issued_at, note.voided_at)


def require(session: Session, note: CreditNote, action: CreditNoteAction, *, plainly: bool = False) -> None:
    """Raises DomainError where its state does not allow that; `plainly` as if numbering were not strict."""
    strict = portal_of(session).strict_numbering and not plainly
    require_credit_note_action(action, facts_of(note), strict)
