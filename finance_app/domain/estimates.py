"""States and moves of estimates and of the sales orders that they become: states follow from facts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from finance_app.domain.errors import DomainError


class EstimateState(StrEnum):
    """What people see of an estimate and filter by."""

    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    ACCEPTED = "accepted"
    INVOICED = "invoiced"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class EstimateAction(StrEnum):
    """What can be asked of an estimate."""

    EDIT = "edit"
    SEND = "send"
    MARK_SENT = "mark_sent"
    REMIND = "remind"
    EXTEND = "extend"
    REVISE = "revise"
    ACCEPT = "accept"
    DECLINE = "decline"
    INVOICE = "invoice"
    ORDER = "order"
    MAKE_PROJECT = "make_project"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class EstimateFacts:
    """What an estimate's state follows from. `billed_minor` of `total_minor` is on invoices not void;
    `expires_on` is the last day on which it can be accepted; `ordered` tells of a sales order not void."""

    total_minor: int = 0
    billed_minor: int = 0
    issued_at: datetime | None = None
    viewed_at: datetime | None = None
    expires_on: date | None = None
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    superseded_at: datetime | None = None
    ordered: bool = False
    has_project: bool = False


_OPEN = frozenset({EstimateState.SENT, EstimateState.VIEWED})


def estimate_state(facts: EstimateFacts, today: date) -> EstimateState:
    """A decision outranks everything but its invoices; without one the day after `expires_on` is too late."""
    if facts.accepted_at:
        whole = facts.total_minor > 0 and facts.billed_minor >= facts.total_minor
        return EstimateState.INVOICED if whole else EstimateState.ACCEPTED
    if facts.declined_at:
        return EstimateState.DECLINED
    if facts.superseded_at:
        return EstimateState.SUPERSEDED
    if not facts.issued_at:
        return EstimateState.DRAFT
    if facts.expires_on and facts.expires_on < today:
        return EstimateState.EXPIRED
    return EstimateState.VIEWED if facts.viewed_at else EstimateState.SENT


def allowed_estimate_actions(facts: EstimateFacts, today: date) -> frozenset[EstimateAction]:
    """The moves open to an estimate. Managers may take an answer by hand until there is one, an expired
    estimate's too; what is sent is changed by a revision only; what a client decided is never deleted."""
    do = EstimateAction
    state = estimate_state(facts, today)
    if state is EstimateState.DRAFT:
        return frozenset({do.EDIT, do.SEND, do.MARK_SENT, do.DELETE})
    if state in _OPEN:
        moves = {do.SEND, do.REMIND, do.EXTEND, do.REVISE, do.ACCEPT, do.DECLINE, do.DELETE}
        return frozenset(moves)
    if state is EstimateState.EXPIRED:
        return frozenset({do.EXTEND, do.REVISE, do.ACCEPT, do.DECLINE, do.DELETE})
    if state is EstimateState.DECLINED:
        return frozenset({do.REVISE})
    if state is EstimateState.ACCEPTED:
        moves = {do.SEND}
        if not facts.ordered:
            moves.add(do.INVOICE)
            if not facts.billed_minor:
                moves.add(do.ORDER)
        if not facts.has_project:
            moves.add(do.MAKE_PROJECT)
        return frozenset(moves)
    if state is EstimateState.INVOICED:
        return frozenset({do.SEND} if facts.has_project else {do.SEND, do.MAKE_PROJECT})
    return frozenset()


def require_estimate_action(action: EstimateAction, facts: EstimateFacts, today: date) -> None:
    """Raises DomainError `error.estimate.cannot_<action>` where the state does not allow the action."""
    if action not in allowed_estimate_actions(facts, today):
        raise DomainError(f"error.estimate.cannot_{action.value}", state=estimate_state(facts, today).value)


class OrderState(StrEnum):
    """What people see of a sales order."""

    DRAFT = "draft"
    OPEN = "open"
    PARTIALLY_INVOICED = "partially_invoiced"
    INVOICED = "invoiced"
    VOID = "void"


class OrderAction(StrEnum):
    EDIT = "edit"
    CONFIRM = "confirm"
    INVOICE = "invoice"
    SEND = "send"
    VOID = "void"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a sales order's state follows from; `billed_minor` as with estimates."""

    total_minor: int = 0
    billed_minor: int = 0
    issued_at: datetime | None = None
    voided_at: datetime | None = None


def order_state(facts: OrderFacts) -> OrderState:
    """Void, draft until confirmed, then by how much of it is on invoices."""
    if facts.voided_at:
        return OrderState.VOID
    if not facts.issued_at:
        return OrderState.DRAFT
    if facts.total_minor > 0 and facts.billed_minor >= facts.total_minor:
        return OrderState.INVOICED
    return OrderState.PARTIALLY_INVOICED if facts.billed_minor else OrderState.OPEN


def allowed_order_actions(facts: OrderFacts) -> frozenset[OrderAction]:
    """The moves open to a sales order; it is void only while nothing of it is invoiced."""
    do = OrderAction
    return {
        OrderState.DRAFT: frozenset({do.EDIT, do.CONFIRM, do.DELETE}),
        OrderState.OPEN: frozenset({do.INVOICE, do.SEND, do.VOID}),
        OrderState.PARTIALLY_INVOICED: frozenset({do.INVOICE, do.SEND}),
        OrderState.INVOICED: frozenset({do.SEND}),
        OrderState.VOID: frozenset(),
    }[order_state(facts)]


def require_order_action(action: OrderAction, facts: OrderFacts) -> None:
    """Raises DomainError `error.sales_order.cannot_<action>` where the state does not allow the action."""
    if action not in allowed_order_actions(facts):
        raise DomainError(f"error.sales_order.cannot_{action.value}", state=order_state(facts).value)
