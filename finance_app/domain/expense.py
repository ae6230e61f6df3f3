"""Expenses: what was paid, what of it is cost, and what the client is charged for it.

Amounts are minor units of the expense's currency. The part of a tax that the state gives back (recoverable
tax) is neither cost nor charged on; the part that it keeps is both. A disbursement (French: débours) is
paid in the client's name: it passes at what was paid, without mark-up or tax, and is no cost of the firm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finance_app.domain.errors import DomainError
from finance_app.domain.money import minor_digits, round_half_up
from finance_app.domain.tax import PriceMode, Tax, Taxable, charge_taxes
from finance_app.domain.workflow import ApprovalState

HUNDRED = Decimal(100)


class ExpenseState(StrEnum):
    """Where an expense stands with its client."""

    NON_BILLABLE = "non_billable"
    UNBILLED = "unbilled"
    INVOICED = "invoiced"
    REIMBURSED = "reimbursed"


class ExpenseMove(StrEnum):
    """What an approver does with an expense; whoever enters or changes one asks for approval by that."""

    APPROVE = "approve"
    REJECT = "reject"
    UNAPPROVE = "unapprove"


class MarkUpKind(StrEnum):
    PERCENT = "percent"
    AMOUNT = "amount"


class DistanceUnit(StrEnum):
    KILOMETRE = "kilometre"
    MILE = "mile"


@dataclass(frozen=True, slots=True)
class PaidTax:
    """A tax on a purchase, and the percentage of it that the firm gets back from the state.

    Raises DomainError outside 0 to 100 %, and for a negative tax, which no purchase carries.
    """

    tax: Tax
    recoverable: Decimal = HUNDRED

    def __post_init__(self) -> None:
        if not 0 <= self.recoverable <= HUNDRED:
            raise DomainError("expense.error.recoverable", field="recoverable")
        if self.tax.rate < 0:
            raise DomainError("expense.error.negative_tax", field="tax_id", name=self.tax.name)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line of an expense: its amount as the receipt has it, and the taxes on it."""

    amount_minor: int
    taxes: tuple[PaidTax, ...] = ()


@dataclass(frozen=True, slots=True)
class PurchaseAmounts:
    """A line without tax, its tax, and how much of that is recovered."""

    net_minor: int
    tax_minor: int
    recoverable_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor

    @property
    def cost_minor(self) -> int:
        return self.gross_minor - self.recoverable_minor


@dataclass(frozen=True, slots=True)
class MarkUp:
    """What is added when an expense is charged on: a percentage of its base, or an amount in minor units.

    Raises DomainError for a mark-down.
    """

    percent: Decimal | None = None
    amount_minor: int | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount_minor is None):
            raise DomainError("expense.error.mark_up_is_one_of_two", field="mark_up")
        if (self.percent or 0) < 0 or (self.amount_minor or 0) < 0:
            raise DomainError("expense.error.mark_up_negative", field="mark_up")

    def on(self, base_minor: int) -> int:
        if self.percent is None:
            return self.amount_minor or 0
        return round_half_up(base_minor * Fraction(self.percent) / 100)


@dataclass(frozen=True, slots=True)
class Recharge:
    """What a client is charged for an expense, before the taxes of the invoice."""

    base_minor: int
    mark_up_minor: int = 0

    @property
    def amount_minor(self) -> int:
        return self.base_minor + self.mark_up_minor


def purchase_amounts(purchases: Sequence[Purchase], prices: PriceMode) -> list[PurchaseAmounts]:
    """Net, tax and recoverable tax of each line, in order; net + tax is the typed amount where it holds the
    tax. A tax is rounded once over all lines, its recoverable part on each. Raises DomainError where there is
    no line, and for a line that is not above zero."""
    if not purchases:
        raise DomainError("expense.error.no_line")
    for purchase in purchases:
        if purchase.amount_minor <= 0:
            raise DomainError("expense.error.not_positive", field="amount")
    taxed = charge_taxes(
        [Taxable(each.amount_minor, tuple(paid.tax for paid in each.taxes)) for each in purchases], prices
    )
    return [
        PurchaseAmounts(
            of_line.net_minor,
            of_line.tax_minor,
            sum(
                round_half_up(charge.tax_minor * Fraction(paid.recoverable) / 100)
                for charge, paid in zip(of_line.charges, purchase.taxes, strict=True)
            ),
        )
        for purchase, of_line in zip(purchases, taxed, strict=True)
    ]


def mileage(distance: Decimal, rate: Decimal, currency: str) -> int:
    """Distance x rate, rounded once. Raises DomainError where one of them is not above zero."""
    if distance <= 0:
        raise DomainError("expense.error.distance", field="distance")
    if rate <= 0:
        raise DomainError("expense.error.distance_rate", field="distance_rate")
    return round_half_up(Fraction(distance) * Fraction(rate) * 10 ** minor_digits(currency))


def recharge(amounts: Sequence[PurchaseAmounts], mark_up: MarkUp | None, *, disbursement: bool) -> Recharge:
    """The charge for an expense: its cost with the mark-up, or of a disbursement what was paid, no more."""
    if disbursement:
        if mark_up is not None:
            raise DomainError("expense.error.disbursement_mark_up", field="mark_up")
        return Recharge(sum(each.gross_minor for each in amounts))
    base = sum(each.cost_minor for each in amounts)
    return Recharge(base, mark_up.on(base) if mark_up else 0)


def cost(amounts: Sequence[PurchaseAmounts], *, disbursement: bool) -> list[int]:
    """What each line costs the firm; a disbursement nothing."""
    return [0 if disbursement else each.cost_minor for each in amounts]


def in_currency(amount_minor: int, currency: str, rate: Decimal, target: str, target_rate: Decimal) -> int:
    """Minor units of `target`, rounded once; both rates are base currency per unit. The same currency at two
    rates stays as it is: 100 dollars spent are 100 dollars charged."""
    if currency == target:
        return amount_minor
    if rate <= 0 or target_rate <= 0:
        raise DomainError("error.money.exchange_rate_not_positive", rate=min(rate, target_rate))
    scale = Fraction(10) ** (minor_digits(target) - minor_digits(currency))
    return round_half_up(amount_minor * Fraction(rate) / Fraction(target_rate) * scale)


def expense_state(*, billable: bool, claimed: bool, paid: bool) -> ExpenseState:
    """`claimed`: an invoice, draft or not, has it; `paid`: that invoice is settled."""
    if claimed:
        return ExpenseState.REIMBURSED if paid else ExpenseState.INVOICED
    return ExpenseState.UNBILLED if billable else ExpenseState.NON_BILLABLE


_STARTS: dict[ExpenseMove, frozenset[ApprovalState]] = {
    ExpenseMove.APPROVE: frozenset({ApprovalState.OPEN, ApprovalState.SUBMITTED, ApprovalState.REJECTED}),
    ExpenseMove.REJECT: frozenset({ApprovalState.OPEN, ApprovalState.SUBMITTED, ApprovalState.APPROVED}),
    ExpenseMove.UNAPPROVE: frozenset({ApprovalState.APPROVED}),
}
_ENDS = {
    ExpenseMove.APPROVE: ApprovalState.APPROVED,
    ExpenseMove.REJECT: ApprovalState.REJECTED,
    ExpenseMove.UNAPPROVE: ApprovalState.SUBMITTED,
}


def expense_approval_after(
    state: ApprovalState, move: ExpenseMove, *, claimed: bool, paid_back: bool
) -> ApprovalState:
    """The state after a move. Raises DomainError where it does not apply, or where taking approval back would
    leave a charged or paid expense without it."""
    if move is not ExpenseMove.APPROVE:
        if claimed:
            raise DomainError("expense.error.invoiced")
        if paid_back:
            raise DomainError("expense.error.paid_back")
    if state not in _STARTS[move]:
        raise DomainError(f"expense.error.cannot_{move.value}")
    return _ENDS[move]


def require_editable_expense(
    state: ApprovalState, *, claimed: bool, paid_back: bool, needs_approval: bool
) -> None:
    """Raises DomainError where an expense may not be changed or deleted: it is on an invoice, its employee
    has the money, or its approval would no longer be about what was approved."""
    if claimed:
        raise DomainError("expense.error.invoiced")
    if paid_back:
        raise DomainError("expense.error.paid_back")
    if needs_approval and state is ApprovalState.APPROVED:
        raise DomainError("expense.error.approved")


def require_payable(state: ApprovalState, *, owed: bool, paid_back: bool, needs_approval: bool) -> None:
    """Raises DomainError where an employee is not to be paid back: the firm paid itself, it is paid already,
    it is rejected, or not approved yet."""
    if not owed:
        raise DomainError("expense.error.firm_paid")
    if paid_back:
        raise DomainError("expense.error.already_paid_back")
    if state is ApprovalState.REJECTED or (needs_approval and state is not ApprovalState.APPROVED):
        raise DomainError("expense.error.not_approved")
