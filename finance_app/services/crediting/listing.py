"""Credit notes as people see them: the list with its sums, and one of them with its lines and uses."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import (
    CreditNoteAction,
    CreditNoteFacts,
    CreditNoteState,
    allowed_credit_note_actions,
)
from finance_app.models import Allocation, AuditEvent, Client, CreditNote, CreditNoteLine, Invoice, Refund
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.document_rights import check_readable, readable
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import portal_of

ASKS = ListAsks(
    sorts=("number", "client", "date", "total", "unused"),
    default_sort="-date",
    filters=("state", "client", "from", "until"),
)


@dataclass(frozen=True)
class CreditNoteRecord:
    """A row of the list; amounts in minor units, `invoice` the number of the invoice it takes back."""

    id: int
    number: str
    client: str
    invoice: str
    issue_date: date
    currency: str
    total_minor: int
    unused_minor: int
    state: CreditNoteState


@dataclass(frozen=True)
class CreditNoteSum:
    """What the found credit notes of a currency come to, without void ones."""

    currency: str
    total_minor: int
    unused_minor: int


@dataclass(frozen=True)
class UseRecord:
    """What became of a part of a credit note: an allocation to an invoice, or a refund (no invoice)."""

    day: date
    amount_minor: int
    invoice_id: int | None
    invoice: str


@dataclass(frozen=True)
class CreditNoteView:
    note: CreditNote
    client: str
    invoice: str
    unused_minor: int
    actions: frozenset[CreditNoteAction]
    zone: ZoneInfo
    lines: list[CreditNoteLine]
    uses: list[UseRecord]
    events: list[AuditEvent]


def _unused():
    return case(
        (
            col(CreditNote.state) == CreditNoteState.OPEN,
            col(CreditNote.total_minor) - col(CreditNote.used_minor),
        ),
        else_=0,
    )


def page(session: Session, actor: Actor, query: ListQuery) -> Found[CreditNoteRecord]:
    """One page of the credit notes; `totals` has a CreditNoteSum for each currency of all that is found."""
    conditions = [*readable(actor, CreditNote), *_conditions(query)]
    unused = _unused()
    statement = (
        select(
            col(CreditNote.id),
            func.coalesce(col(CreditNote.number), ""),
            col(Client.name),
            func.coalesce(col(Invoice.number), ""),
            col(CreditNote.issue_date),
            col(CreditNote.currency),
            col(CreditNote.total_minor),
            unused.label("unused"),
            col(CreditNote.state),
        )
        .join(Client, col(Client.id) == col(CreditNote.client_id))
        .outerjoin(Invoice, col(Invoice.id) == col(CreditNote.invoice_id))
        .where(*conditions)
    )
    sorts = {
        "number": func.coalesce(col(CreditNote.number), ""),
        "client": func.lower(Client.name),
        "date": col(CreditNote.issue_date),
        "total": col(CreditNote.total_minor),
        "unused": unused,
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(CreditNote.id))
    sums = session.execute(
        select(col(CreditNote.currency), func.sum(col(CreditNote.total_minor)), func.sum(unused))
        .join(Client, col(Client.id) == col(CreditNote.client_id))
        .outerjoin(Invoice, col(Invoice.id) == col(CreditNote.invoice_id))
        .where(*conditions, col(CreditNote.state) != CreditNoteState.VOID)
        .group_by(col(CreditNote.currency))
        .order_by(col(CreditNote.currency))
    )
    totals = [CreditNoteSum(row[0], int(row[1]), int(row[2])) for row in sums]
    return Found(
        [CreditNoteRecord(*row) for row in found.rows], found.total, found.query, {"currencies": totals}
    )


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Credit notes for the palette: id, number, client; the newest first."""
    statement = (
        select(col(CreditNote.id), col(CreditNote.number), col(Client.name))
        .join(Client, col(Client.id) == col(CreditNote.client_id))
        .outerjoin(Invoice, col(Invoice.id) == col(CreditNote.invoice_id))
        .where(*readable(actor, CreditNote), *([_matches(text)] if text else []))
        .order_by(col(CreditNote.id).desc())
        .limit(limit)
    )
    return [(row[0], row[1] or row[2], row[2]) for row in session.execute(statement)]


def view(session: Session, actor: Actor, credit_note_id: int) -> CreditNoteView:
    """Raises NotFound. The actions are those that the state and the right allow."""
    check_readable(session, actor, "credit_note", credit_note_id)
    note = session.get(CreditNote, credit_note_id)
    if note is None:
        raise NotFound
    portal = portal_of(session)
    invoice = session.get(Invoice, note.invoice_id) if note.invoice_id else None
    unused = note.total_minor - note.used_minor
    facts = CreditNoteFacts(note.total_minor, unused, note.issued_at, note.voided_at)
    actions = allowed_credit_note_actions(facts, portal.strict_numbering)
    lines = session.execute(
        select(CreditNoteLine)
        .where(col(CreditNoteLine.credit_note_id) == credit_note_id)
        .order_by(col(CreditNoteLine.position), col(CreditNoteLine.id))
    ).scalars()
    return CreditNoteView(
        note=note,
        client=session.get_one(Client, note.client_id).name,
        invoice=(invoice.number or "") if invoice else "",
        unused_minor=unused if note.state is CreditNoteState.OPEN else 0,
        actions=actions if actor.may(Permission.PAYMENTS_EDIT) else frozenset(),
        zone=ZoneInfo(portal.time_zone),
        lines=list(lines),
        uses=_uses(session, credit_note_id),
        events=audit.history(session, "credit_note", credit_note_id, 60),
    )


def _uses(session: Session, credit_note_id: int) -> list[UseRecord]:
    applied = session.execute(
        select(
            col(Allocation.allocated_on),
            col(Allocation.amount_minor),
            col(Invoice.id),
            func.coalesce(col(Invoice.number), ""),
        )
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(col(Allocation.credit_note_id) == credit_note_id, col(Allocation.removed_at).is_(None))
    )
    refunds = session.execute(
        select(col(Refund.refunded_on), col(Refund.amount_minor)).where(
            col(Refund.credit_note_id) == credit_note_id, col(Refund.removed_at).is_(None)
        )
    )
    uses = [UseRecord(*row) for row in applied] + [UseRecord(*row, None, "") for row in refunds]
    return sorted(uses, key=lambda use: use.day)


def _conditions(query: ListQuery) -> list:
    conditions: list = []
    if query.search:
        conditions.append(_matches(query.search))
    state = next((state for state in CreditNoteState if state.value == query.filter("state")), None)
    if state:
        conditions.append(col(CreditNote.state) == state)
    client = query.filter("client")
    if client.isascii() and client.isdigit() and len(client) < 10:
        conditions.append(col(CreditNote.client_id) == int(client))
    if start := _day(query.filter("from")):
        conditions.append(col(CreditNote.issue_date) >= start)
    if end := _day(query.filter("until")):
        conditions.append(col(CreditNote.issue_date) <= end)
    return conditions


def _matches(text: str):
    pattern = like(text)
    return or_(
        *(
            column.ilike(pattern, escape="\\")
            for column in (
                col(CreditNote.number),
                col(CreditNote.title),
                col(Client.name),
                col(Invoice.number),
            )
        )
    )


def _day(text: str) -> date | None:
    """A day of the address; one that is no day narrows nothing."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
