"""Everything that an invoice takes in, kind by kind: time, and the charges of `ALL`."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.models import Invoice, InvoiceLine
from finance_app.models.kinds import LineKind, PartKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses.charge import Expenses
from finance_app.services.invoicing import claims, parts
from finance_app.services.invoicing.charges import TIME, Bill, Charge, DraftLine, LineIds
from finance_app.services.invoicing.price_lines import FixedCost, Milestones
from finance_app.services.invoicing.scope import Scope

ALL: tuple[Charge, ...] = (FixedCost(), Milestones(), Expenses())
"""The kinds of charge, in the order of their lines on an invoice, which come after those of time."""

HOLDING = frozenset({LineKind.TIME}).union(*(charge.kinds for charge in ALL))
"""Kinds of lines that hold something which can be billed again once they give it back."""


def gives_back(line: InvoiceLine) -> bool:
    """Whether the line holds what can be billed again: time, a share, an expense, a part of an estimate."""
    return line.kind in HOLDING or line.part in (PartKind.WORK, PartKind.DEPOSIT)


def project_ids(session: Session, scope: Scope) -> set[int]:
    """Every project that the scope concerns."""
    found = set(scope.project_ids)
    for charge in ALL:
        if wish := scope.charges.get(charge.name):
            found |= charge.project_ids(session, wish)
    return found


def lines(session: Session, bill: Bill, *, lock: bool) -> list[DraftLine]:
    """The lines of all charges but time."""
    return [
        line
        for charge in ALL
        if (wish := bill.scope.charges.get(charge.name))
        for line in charge.lines(session, bill, wish, lock=lock)
    ]


def claim(
    session: Session, actor: Actor, invoice: Invoice, made: Sequence[tuple[InvoiceLine, DraftLine]]
) -> None:
    """Take what these new lines hold, all or none. Raises DomainError."""
    for charge in ALL:
        if own := [(row, line) for row, line in made if line.charge == charge.name]:
            charge.claim(session, actor, invoice, own)
    time = [(row.id or 0, line.source) for row, line in made if line.charge == TIME]
    claims.claim(session, invoice.id or 0, time)


def release_lines(session: Session, actor: Actor, line_ids: Sequence[int], because: str) -> int:
    """Give back what invoice lines hold, of every kind; how many time logs. The claims stay as history."""
    return _release(session, actor, line_ids, because) if line_ids else 0


def release_invoice(session: Session, actor: Actor, invoice_id: int, because: str) -> int:
    """Give back all that an invoice holds; how many time logs."""
    return _release(
        session, actor, select(col(InvoiceLine.id)).where(col(InvoiceLine.invoice_id) == invoice_id), because
    )


def _release(session: Session, actor: Actor, line_ids: LineIds, because: str) -> int:
    for charge in ALL:
        charge.release(session, actor, line_ids, because)
    return claims.release_lines(session, line_ids, because)


def edited(
    session: Session, actor: Actor, invoice: Invoice, line: InvoiceLine, *, confirmed: bool = False
) -> None:
    """A line was changed by hand: what it holds follows. Raises DomainError."""
    for charge in ALL:
        if line.kind in charge.kinds:
            charge.edited(session, actor, invoice, line, confirmed=confirmed)


def credited(session: Session, actor: Actor, given: Iterable[tuple[int, Fraction]]) -> int:
    """Of each line (by id) this part is credited and to be billed again; how many time logs came free.

    Time billed by the hour comes back as a whole with any part of its line; time that a price took along only
    with all of it. A part of an estimate or order is left to invoice again. Raises DomainError where a credit
    note cannot be taken back, because another invoice has the part.
    """
    freed = 0
    invoices: set[int] = set()
    for line_id, part in given:
        line = session.get_one(InvoiceLine, line_id)
        if line.part is not None:
            invoices.add(line.invoice_id)
        for charge in ALL:
            if line.kind in charge.kinds:
                charge.credited(session, actor, line, part)
        if part >= 1 or (part > 0 and line.kind is LineKind.TIME):
            freed += claims.release_lines(session, [line_id], "credited")
    for invoice_id in sorted(invoices):
        parts.check(session, session.get_one(Invoice, invoice_id))
    return freed
