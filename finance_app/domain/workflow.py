"""States and moves of invoices, credit notes and time logs: states follow from facts, moves from states."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from finance_app.domain.errors import DomainError


class InvoiceState(StrEnum):
    """The states of an invoice's life."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    VOID = "void"


class DisplayedState(StrEnum):
    """The states that people see and filter by."""

    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    OVERDUE = "overdue"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    VOID = "void"


class InvoiceAction(StrEnum):
    """What can be asked of an invoice."""

    EDIT = "edit"
    ISSUE = "issue"
    MARK_SENT = "mark_sent"
    SEND = "send"
    RECORD_PAYMENT = "record_payment"
    REMIND = "remind"
    WRITE_OFF = "write_off"
    CREDIT = "credit"
    VOID = "void"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What an invoice's states follow from. `balance_minor` is what is left of `total_minor` to settle."""

    total_minor: int
    balance_minor: int
    issued_at: datetime | None = None
    voided_at: datetime | None = None
    viewed_at: datetime | None = None
    due_on: date | None = None


_MOVES_OF_DRAFT = frozenset(
    {
        InvoiceAction.EDIT,
        InvoiceAction.ISSUE,
        InvoiceAction.MARK_SENT,
        InvoiceAction.SEND,
        InvoiceAction.DELETE,
    }
)
_MOVES_WHILE_OPEN = frozenset(
    {InvoiceAction.SEND, InvoiceAction.RECORD_PAYMENT, InvoiceAction.WRITE_OFF, InvoiceAction.CREDIT}
)
_MOVES_OF_PAID = frozenset({InvoiceAction.SEND, InvoiceAction.CREDIT})
_MOVES_BEFORE_ANY_SETTLEMENT = frozenset({InvoiceAction.VOID})
_MOVES_WITHOUT_STRICT_NUMBERING = frozenset({InvoiceAction.EDIT, InvoiceAction.DELETE})


def invoice_state(facts: InvoiceFacts) -> InvoiceState:
    """Void, draft until issued, then paid while nothing is left to settle."""
    if facts.voided_at:
        return InvoiceState.VOID
    if not facts.issued_at:
        return InvoiceState.DRAFT
    return InvoiceState.PAID if facts.balance_minor <= 0 else InvoiceState.ISSUED


def displayed_state(facts: InvoiceFacts, today: date) -> DisplayedState:
    """What people see. `today` is the portal's date; overdue outranks partially paid and viewed."""
    state = invoice_state(facts)
    if state is not InvoiceState.ISSUED:
        return DisplayedState(state.value)
    if facts.due_on and facts.due_on < today:
        return DisplayedState.OVERDUE
    if facts.balance_minor < facts.total_minor:
        return DisplayedState.PARTIALLY_PAID
    return DisplayedState.VIEWED if facts.viewed_at else DisplayedState.SENT


def allowed_actions(facts: InvoiceFacts, today: date, strict_numbering: bool) -> frozenset[InvoiceAction]:
    """The actions open to an invoice.

    An issued invoice is voided, edited or deleted only while nothing of it is settled, and under strict
    numbering never edited or deleted. Reminders are for overdue invoices.
    """
    state = invoice_state(facts)
    if state is InvoiceState.DRAFT:
        return _MOVES_OF_DRAFT
    if state is InvoiceState.VOID:
        return frozenset()
    if state is InvoiceState.PAID:
        return _MOVES_OF_PAID
    actions = _MOVES_WHILE_OPEN
    if facts.balance_minor == facts.total_minor:
        actions |= _MOVES_BEFORE_ANY_SETTLEMENT
        if not strict_numbering:
            actions |= _MOVES_WITHOUT_STRICT_NUMBERING
    if displayed_state(facts, today) is DisplayedState.OVERDUE:
        actions |= {InvoiceAction.REMIND}
    return actions


def require_action(action: InvoiceAction, facts: InvoiceFacts, today: date, strict_numbering: bool) -> None:
    """Raises DomainError `error.invoice.cannot_<action>` where the state does not allow the action."""
    if action not in allowed_actions(facts, today, strict_numbering):
        raise DomainError(f"error.invoice.cannot_{action.value}", state=displayed_state(facts, today).value)


class CreditNoteState(StrEnum):
    """The states of a credit note: closed once all of it is applied or refunded."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    VOID = "void"


class CreditNoteAction(StrEnum):
    """What can be asked of a credit note."""

    EDIT = "edit"
    ISSUE = "issue"
    SEND = "send"
    APPLY = "apply"
    REFUND = "refund"
    VOID = "void"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class CreditNoteFacts:
    """What a credit note's state follows from. `unused_minor` is neither applied nor refunded."""

    total_minor: int
    unused_minor: int
    issued_at: datetime | None = None
    voided_at: datetime | None = None


def credit_note_state(facts: CreditNoteFacts) -> CreditNoteState:
    """Void, draft until issued, open while some of it is unused."""
    if facts.voided_at:
        return CreditNoteState.VOID
    if not facts.issued_at:
        return CreditNoteState.DRAFT
    return CreditNoteState.OPEN if facts.unused_minor > 0 else CreditNoteState.CLOSED


def allowed_credit_note_actions(
    facts: CreditNoteFacts, strict_numbering: bool
) -> frozenset[CreditNoteAction]:
    """The actions open to a credit note; under strict numbering an issued one is final."""
    state = credit_note_state(facts)
    if state is CreditNoteState.DRAFT:
        return frozenset(
            {CreditNoteAction.EDIT, CreditNoteAction.ISSUE, CreditNoteAction.SEND, CreditNoteAction.DELETE}
        )
    if state is CreditNoteState.VOID:
        return frozenset()
    if state is CreditNoteState.CLOSED:
        return frozenset({CreditNoteAction.SEND})
    actions = {CreditNoteAction.SEND, CreditNoteAction.APPLY, CreditNoteAction.REFUND}
    if facts.unused_minor == facts.total_minor and not strict_numbering:
        actions.add(CreditNoteAction.VOID)
    return frozenset(actions)


def require_credit_note_action(
    action: CreditNoteAction, facts: CreditNoteFacts, strict_numbering: bool
) -> None:
    """Raises DomainError `error.credit_note.cannot_<action>` where the state does not allow the action."""
    if action not in allowed_credit_note_actions(facts, strict_numbering):
        raise DomainError(f"error.credit_note.cannot_{action.value}", state=credit_note_state(facts).value)


class ApprovalState(StrEnum):
    """Where a time log stands with its approver."""

    OPEN = "open"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class ApprovalMove(StrEnum):
    """What its owner (submit, recall) and its approver (approve, reject, unapprove) do with a time log."""

    SUBMIT = "submit"
    RECALL = "recall"
    APPROVE = "approve"
    REJECT = "reject"
    UNAPPROVE = "unapprove"


_APPROVAL_MOVES: dict[tuple[ApprovalState, ApprovalMove], ApprovalState] = {
    (ApprovalState.OPEN, ApprovalMove.SUBMIT): ApprovalState.SUBMITTED,
    (ApprovalState.REJECTED, ApprovalMove.SUBMIT): ApprovalState.SUBMITTED,
    (ApprovalState.SUBMITTED, ApprovalMove.RECALL): ApprovalState.OPEN,
    (ApprovalState.SUBMITTED, ApprovalMove.APPROVE): ApprovalState.APPROVED,
    (ApprovalState.REJECTED, ApprovalMove.APPROVE): ApprovalState.APPROVED,
    (ApprovalState.SUBMITTED, ApprovalMove.REJECT): ApprovalState.REJECTED,
    (ApprovalState.APPROVED, ApprovalMove.REJECT): ApprovalState.REJECTED,
    (ApprovalState.APPROVED, ApprovalMove.UNAPPROVE): ApprovalState.SUBMITTED,
}


def allowed_approval_moves(state: ApprovalState, billed: bool) -> frozenset[ApprovalMove]:
    """The moves open to a time log. A log on an invoice, draft or not, is locked."""
    if billed:
        return frozenset()
    return frozenset(move for start, move in _APPROVAL_MOVES if start is state)


def approval_after(state: ApprovalState, move: ApprovalMove, billed: bool) -> ApprovalState:
    """The state after a move. Raises DomainError where the log is billed or its state has no such move."""
    if billed:
        raise DomainError("error.time_log.billed")
    if move not in allowed_approval_moves(state, billed):
        raise DomainError(f"error.time_log.cannot_{move.value}", state=state.value)
    return _APPROVAL_MOVES[state, move]


def require_editable_log(state: ApprovalState, billed: bool, needs_approval: bool) -> None:
    """Raises DomainError where a time log may not be edited or deleted.

    A billed log never; with approval, a submitted or approved one neither until it is recalled or unapproved.
    """
    if billed:
        raise DomainError("error.time_log.billed")
    if needs_approval and state in (ApprovalState.SUBMITTED, ApprovalState.APPROVED):
        raise DomainError(f"error.time_log.{state.value}")
