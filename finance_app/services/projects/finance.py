"""What a project has been invoiced: its invoices and credit notes, and their sums.

A document that bills several projects is divided over them in the proportion of their lines, so that their
parts sum to the document. Lines of no project go along with the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.money import spread
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import CreditNoteState, DisplayedState
from finance_app.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from finance_app.models.kinds import BillingMethod, InvoiceState
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.listing import displayed
from finance_app.services.portal import today
from finance_app.services.projects import directory as projects

SHOWN = 50


@dataclass(frozen=True)
class Document:
    """An invoice or credit note. Minor units: its total, and the part of this project without and with tax,
    with what is open of it. `shared` tells that it bills other projects too; a draft, a void invoice and the
    note that made it void do not count."""

    id: int
    number: str
    title: str
    day: date
    state: str
    currency: str
    total_minor: int
    net_minor: int
    gross_minor: int
    open_minor: int
    shared: bool
    counts: bool


@dataclass(frozen=True)
class CurrencySums:
    """Of the project's parts, in minor units with tax: issued invoices, credit notes, what is open and
    settled of the invoices, drafts. `net_minor` is invoices less credit notes without tax."""

    currency: str
    invoiced_minor: int = 0
    credited_minor: int = 0
    open_minor: int = 0
    settled_minor: int = 0
    overdue_minor: int = 0
    draft_minor: int = 0
    net_minor: int = 0


@dataclass(frozen=True)
class ProjectFinance:
    """The newest documents first, at most SHOWN of each kind; the sums are of all. `unbilled` is None where
    rates may not be seen, and where nothing is billed by the hour."""

    invoices: list[Document] = field(default_factory=list)
    invoice_count: int = 0
    credit_notes: list[Document] = field(default_factory=list)
    credit_note_count: int = 0
    sums: list[CurrencySums] = field(default_factory=list)
    unbilled: rates.Unbilled | None = None


def finance(session: Session, actor: Actor, project_id: int) -> ProjectFinance:
    """Raises NotFound."""
    actor.require(Permission.FINANCE_VIEW, project_id)
    project = projects.get(session, actor, project_id)
    invoices, notes = _invoices(session, project_id), _credit_notes(session, project_id)
    unbilled = None
    if (
        actor.may(Permission.RATES_VIEW, project_id)
        and project.billing_method is not BillingMethod.FIXED_COST
    ):
        found = rates.unbilled_by_project(session, {project_id: project.currency})
        unbilled = found.get(project_id, rates.Unbilled())
    return ProjectFinance(
        invoices=invoices[:SHOWN],
        invoice_count=len(invoices),
        credit_notes=notes[:SHOWN],
        credit_note_count=len(notes),
        sums=_sums(invoices, notes),
        unbilled=unbilled,
    )


def _invoices(session: Session, project_id: int) -> list[Document]:
    state = displayed(today(session)).label("shown")
    of_project = select(col(InvoiceLine.invoice_id)).where(col(InvoiceLine.project_id) == project_id)
    rows = session.execute(
        select(Invoice, state)
        .where(col(Invoice.id).in_(of_project))
        .order_by(col(Invoice.issue_date).desc(), col(Invoice.id).desc())
    ).all()
    weights = _weights(
        session.execute(
            select(
                col(InvoiceLine.invoice_id),
                col(InvoiceLine.project_id),
                func.sum(col(InvoiceLine.amount_minor)),
            )
            .where(col(InvoiceLine.invoice_id).in_(of_project), col(InvoiceLine.project_id).is_not(None))
            .group_by(col(InvoiceLine.invoice_id), col(InvoiceLine.project_id))
        )
    )
    return [
        _document(
            row,
            weights[row.id],
            project_id,
            state=shown,
            settled=row.total_minor if row.state is InvoiceState.VOID else row.settled_minor,
            counts=row.state not in (InvoiceState.DRAFT, InvoiceState.VOID),
        )
        for row, shown in rows
    ]


def _credit_notes(session: Session, project_id: int) -> list[Document]:
    """Each line of a credit note takes back a line of an invoice, which names the project."""
    lines = select(
        col(CreditNoteLine.credit_note_id), col(InvoiceLine.project_id), func.sum(CreditNoteLine.amount_minor)
    ).join(InvoiceLine, col(InvoiceLine.id) == col(CreditNoteLine.invoice_line_id))
    ids = (
        select(col(CreditNoteLine.credit_note_id))
        .join(InvoiceLine, col(InvoiceLine.id) == col(CreditNoteLine.invoice_line_id))
        .where(col(InvoiceLine.project_id) == project_id)
    )
    rows = session.execute(
        select(CreditNote)
        .where(col(CreditNote.id).in_(ids))
        .order_by(col(CreditNote.issue_date).desc(), col(CreditNote.id).desc())
    ).scalars()
    weights = _weights(
        session.execute(
            lines.where(
                col(CreditNoteLine.credit_note_id).in_(ids), col(InvoiceLine.project_id).is_not(None)
            ).group_by(col(CreditNoteLine.credit_note_id), col(InvoiceLine.project_id))
        )
    )
    return [
        _document(
            row,
            weights[row.id or 0],
            project_id,
            state=row.state.value,
            settled=row.used_minor if row.state is CreditNoteState.OPEN else row.total_minor,
            counts=row.state in (CreditNoteState.OPEN, CreditNoteState.CLOSED) and not row.voids_invoice,
        )
        for row in rows
    ]


def _weights(rows: Iterable[Sequence[Any]]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for document_id, project_id, minor in rows:
        found[document_id][project_id] = int(minor)
    return found


def _document(
    row: Invoice | CreditNote,
    weights: dict[int, int],
    project_id: int,
    *,
    state: str,
    settled: int,
    counts: bool,
) -> Document:
    def part(minor: int) -> int:
        return dict(zip(weights, spread(minor, list(weights.values())), strict=True))[project_id]

    gross = part(row.total_minor)
    return Document(
        id=row.id or 0,
        number=row.number or "",
        title=row.title,
        day=row.issue_date,
        state=state,
        currency=row.currency,
        total_minor=row.total_minor,
        net_minor=part(row.net_minor),
        gross_minor=gross,
        open_minor=gross - part(settled),
        shared=len(weights) > 1,
        counts=counts,
    )


def _sums(invoices: list[Document], notes: list[Document]) -> list[CurrencySums]:
    found = []
    for currency in sorted({document.currency for document in [*invoices, *notes]}):
        own = [row for row in invoices if row.currency == currency]
        issued = [row for row in own if row.counts]
        back = [row for row in notes if row.currency == currency and row.counts]
        found.append(
            CurrencySums(
                currency=currency,
                invoiced_minor=sum(row.gross_minor for row in issued),
                credited_minor=sum(row.gross_minor for row in back),
                open_minor=sum(row.open_minor for row in issued),
                settled_minor=sum(row.gross_minor - row.open_minor for row in issued),
                overdue_minor=sum(row.open_minor for row in issued if row.state == DisplayedState.OVERDUE),
                draft_minor=sum(row.gross_minor for row in own if row.state == DisplayedState.DRAFT),
                net_minor=sum(row.net_minor for row in issued) - sum(row.net_minor for row in back),
            )
        )
    return found
