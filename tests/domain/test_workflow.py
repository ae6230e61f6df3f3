from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from finance_app.domain.errors import DomainError
from finance_app.domain.workflow import (
    ApprovalMove,
    ApprovalState,
    CreditNoteAction,
    CreditNoteFacts,
    CreditNoteState,
    DisplayedState,
    InvoiceAction,
    InvoiceFacts,
    InvoiceState,
    allowed_actions,
    allowed_approval_moves,
    allowed_credit_note_actions,
    approval_after,
    credit_note_state,
    displayed_state,
    invoice_state,
    require_action,
    require_credit_note_action,
    require_editable_log,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DUE = date(2026, 12, 2)
DRAFT = InvoiceFacts(total_minor=100_00, balance_minor=100_00, due_on=DUE)
SENT = replace(DRAFT, issued_at=NOW)
PARTLY = replace(SENT, balance_minor=40_00)
PAID = replace(SENT, balance_minor=0)
VOID = replace(SENT, voided_at=NOW)
ON_DUE_DAY, DAY_AFTER = DUE, date(2026, 12, 3)


@pytest.mark.parametrize(
    ("facts", "today", "shown", "stored"),
    [
        (DRAFT, DAY_AFTER, DisplayedState.DRAFT, InvoiceState.DRAFT),
        (SENT, ON_DUE_DAY, DisplayedState.SENT, InvoiceState.ISSUED),
        (replace(SENT, viewed_at=NOW), ON_DUE_DAY, DisplayedState.VIEWED, InvoiceState.ISSUED),
        (replace(SENT, viewed_at=NOW), DAY_AFTER, DisplayedState.OVERDUE, InvoiceState.ISSUED),
        (PARTLY, ON_DUE_DAY, DisplayedState.PARTIALLY_PAID, InvoiceState.ISSUED),
        (PARTLY, DAY_AFTER, DisplayedState.OVERDUE, InvoiceState.ISSUED),
        (PAID, DAY_AFTER, DisplayedState.PAID, InvoiceState.PAID),
        (replace(SENT, total_minor=0, balance_minor=0), ON_DUE_DAY, DisplayedState.PAID, InvoiceState.PAID),
        (VOID, DAY_AFTER, DisplayedState.VOID, InvoiceState.VOID),
        (replace(DRAFT, voided_at=NOW), DAY_AFTER, DisplayedState.VOID, InvoiceState.VOID),
        (replace(SENT, due_on=None), DAY_AFTER, DisplayedState.SENT, InvoiceState.ISSUED),
    ],
)
def test_the_state_follows_from_facts(
    facts: InvoiceFacts, today: date, shown: DisplayedState, stored: InvoiceState
) -> None:
    assert displayed_state(facts, today) is shown
    assert invoice_state(facts) is stored


OPEN_MOVES = {"send", "record_payment", "write_off", "credit"}


@pytest.mark.parametrize(
    ("facts", "today", "strict", "actions"),
    [
        (DRAFT, ON_DUE_DAY, True, {"edit", "issue", "mark_sent", "send", "delete"}),
        (SENT, ON_DUE_DAY, True, OPEN_MOVES | {"void"}),
        (SENT, ON_DUE_DAY, False, OPEN_MOVES | {"void", "edit", "delete"}),
        (SENT, DAY_AFTER, True, OPEN_MOVES | {"void", "remind"}),
        (PARTLY, ON_DUE_DAY, False, OPEN_MOVES),
        (PARTLY, DAY_AFTER, False, OPEN_MOVES | {"remind"}),
        (PAID, DAY_AFTER, False, {"send", "credit"}),
        (VOID, DAY_AFTER, False, set()),
    ],
)
def test_what_an_invoice_allows(facts: InvoiceFacts, today: date, strict: bool, actions: set[str]) -> None:
    assert {action.value for action in allowed_actions(facts, today, strict)} == actions
    for action in InvoiceAction:
        if action.value in actions:
            require_action(action, facts, today, strict)
        else:
            with pytest.raises(DomainError) as refusal:
                require_action(action, facts, today, strict)
            assert refusal.value.code == f"error.invoice.cannot_{action.value}"


NOTE = CreditNoteFacts(total_minor=50_00, unused_minor=50_00)
OPEN_NOTE = replace(NOTE, issued_at=NOW)


@pytest.mark.parametrize(
    ("facts", "strict", "state", "actions"),
    [
        (NOTE, True, CreditNoteState.DRAFT, {"edit", "issue", "send", "delete"}),
        (OPEN_NOTE, True, CreditNoteState.OPEN, {"send", "apply", "refund"}),
        (OPEN_NOTE, False, CreditNoteState.OPEN, {"send", "apply", "refund", "void"}),
        (replace(OPEN_NOTE, unused_minor=1), False, CreditNoteState.OPEN, {"send", "apply", "refund"}),
        (replace(OPEN_NOTE, unused_minor=0), False, CreditNoteState.CLOSED, {"send"}),
        (replace(OPEN_NOTE, voided_at=NOW), False, CreditNoteState.VOID, set()),
    ],
)
def test_credit_notes(
    facts: CreditNoteFacts, strict: bool, state: CreditNoteState, actions: set[str]
) -> None:
    assert credit_note_state(facts) is state
    assert {action.value for action in allowed_credit_note_actions(facts, strict)} == actions
    for action in set(CreditNoteAction) - {CreditNoteAction(action) for action in actions}:
        with pytest.raises(DomainError, match=f"error.credit_note.cannot_{action.value}"):
            require_credit_note_action(action, facts, strict)


@pytest.mark.parametrize(
    ("state", "moves"),
    [
        (ApprovalState.OPEN, {"submit": "submitted"}),
        (ApprovalState.SUBMITTED, {"recall": "open", "approve": "approved", "reject": "rejected"}),
        (ApprovalState.APPROVED, {"reject": "rejected", "unapprove": "submitted"}),
        (ApprovalState.REJECTED, {"submit": "submitted", "approve": "approved"}),
    ],
)
def test_moves_of_a_time_log(state: ApprovalState, moves: dict[str, str]) -> None:
    assert {move.value for move in allowed_approval_moves(state, billed=False)} == set(moves)
    for move in ApprovalMove:
        if move.value in moves:
            assert approval_after(state, move, billed=False).value == moves[move.value]
        else:
            with pytest.raises(DomainError, match=f"error.time_log.cannot_{move.value}"):
                approval_after(state, move, billed=False)


def test_a_billed_log_is_locked() -> None:
    assert allowed_approval_moves(ApprovalState.APPROVED, billed=True) == frozenset()
    with pytest.raises(DomainError, match="billed"):
        approval_after(ApprovalState.APPROVED, ApprovalMove.UNAPPROVE, billed=True)
    with pytest.raises(DomainError, match="billed"):
        require_editable_log(ApprovalState.OPEN, billed=True, needs_approval=False)


def test_approval_locks_a_log_only_where_the_portal_asks_for_it() -> None:
    require_editable_log(ApprovalState.APPROVED, billed=False, needs_approval=False)
    require_editable_log(ApprovalState.REJECTED, billed=False, needs_approval=True)
    for state in (ApprovalState.SUBMITTED, ApprovalState.APPROVED):
        with pytest.raises(DomainError, match=f"error.time_log.{state.value}"):
            require_editable_log(state, billed=False, needs_approval=True)
