"""An invoice takes its number and is frozen; a draft, or an unpaid one where numbers allow, is deleted."""

from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.periods import check_open
from finance_app.domain.workflow import InvoiceAction, require_action
from finance_app.models import (
    Allocation,
    Client,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Tombstone,
)
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing import charging, totals
from finance_app.services.invoicing.drafts import KIND, lines_of
from finance_app.services.invoicing.editing import check_version, locked
from finance_app.services.invoicing.facts import facts_of, settle
from finance_app.services.invoicing.numbers import take_number
from finance_app.services.parties import company_snapshot, customer_snapshot, main_contact
from finance_app.services.portal import portal_of, today_in


def issue(
    session: Session,
    actor: Actor,
    invoice_id: int,
    version: int | None = None,
    *,
    action: InvoiceAction = InvoiceAction.ISSUE,
    number: str | None = None,
) -> Invoice:
    """Take the number and freeze the document; a `number` that is given is of another program's series.

    Raises DomainError: no lines, not a draft, a closed period, a newer version, under strict numbering a date
    before the last number's.
    """
    invoice = locked(session, actor, invoice_id)
    portal = portal_of(session)
    require_action(action, facts_of(invoice), today_in(portal), portal.strict_numbering)
    if version is not None:
        check_version(session, invoice, version)
    lines = lines_of(session, invoice_id)
    if not lines:
        raise DomainError("invoicing.error.empty")
    check_open(invoice.issue_date, portal.closed_until)
    totals.compute(invoice, lines)
    totals.check(invoice, lines, portal)
    totals.check_rate(invoice, portal)
    invoice.number = number or take_number(
        session, portal.invoice_pattern, invoice.issue_date, portal.strict_numbering
    )
    invoice.company = company_snapshot(portal, invoice.locale)
    contact = main_contact(session, invoice.client_id)
    invoice.customer = customer_snapshot(session.get_one(Client, invoice.client_id), contact)
    invoice.issued_at = invoice.updated_at = now()
    invoice.version += 1
    settle(session, invoice)
    audit.record(
        session,
        actor,
        KIND,
        invoice_id,
        "issued",
        after={"number": invoice.number, "total_minor": invoice.total_minor, "currency": invoice.currency},
    )
    return invoice


def mark_sent(session: Session, actor: Actor, invoice_id: int, version: int | None = None) -> Invoice:
    """Issue without an e-mail: it went another way."""
    invoice = issue(session, actor, invoice_id, version, action=InvoiceAction.MARK_SENT)
    invoice.delivered_at = now()
    audit.record(session, actor, KIND, invoice_id, "marked_sent")
    return invoice


def delete(session: Session, actor: Actor, invoice_id: int, reason: str = "") -> int:
    """Delete a draft, or an unpaid invoice where numbering is not strict: its number stays as a tombstone.

    Returns how many logs became billable again.
    """
    invoice = locked(session, actor, invoice_id)
    portal = portal_of(session)
    require_action(InvoiceAction.DELETE, facts_of(invoice), today_in(portal), portal.strict_numbering)
    if invoice.number is not None:
        _check_uncredited(session, invoice)
        check_open(invoice.issue_date, portal.closed_until)
        if not reason.strip():
            raise DomainError("invoicing.error.reason", field="reason")
        session.add(
            Tombstone(
                number=invoice.number,
                client_id=invoice.client_id,
                currency=invoice.currency,
                total_minor=invoice.total_minor,
                reason=reason.strip()[:500],
                document=_kept(session, invoice),
                deleted_by_id=actor.user_id or None,
            )
        )
    freed = charging.release_invoice(session, actor, invoice_id, "deleted")
    audit.record(
        session,
        actor,
        KIND,
        invoice_id,
        "deleted",
        before={"number": invoice.number, "total_minor": invoice.total_minor},
        reason=reason.strip(),
        logs=freed,
    )
    _forget(session, invoice_id)
    invoice = locked(session, actor, invoice_id)
    session.execute(delete_rows(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice_id))
    session.delete(invoice)
    session.flush()
    return freed


def discard_draft(session: Session, actor: Actor, invoice_id: int) -> None:
    """Delete a draft and give back what it holds; an invoice that was issued meanwhile stays."""
    if locked(session, actor, invoice_id).number is not None:
        raise DomainError("error.invoice.cannot_delete", state="sent")
    delete(session, actor, invoice_id)


def mark_viewed(session: Session, invoice_id: int) -> bool:
    """A person opened the invoice: the first time counts. Whether this was it."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or invoice.issued_at is None or invoice.viewed_at is not None:
        return False
    invoice.viewed_at = now()
    audit.record(session, None, KIND, invoice_id, "viewed")
    session.flush()
    return True


def _check_uncredited(session: Session, invoice: Invoice) -> None:
    credited = select(col(CreditNote.number)).where(
        col(CreditNote.invoice_id) == invoice.id, col(CreditNote.voided_at).is_(None)
    )
    if (number := session.execute(credited).scalars().first()) is not None:
        raise DomainError("invoicing.error.credited", number=number)


def _forget(session: Session, invoice_id: int) -> None:
    """What was taken back lets go of an invoice: removed allocations, void credit notes and their lines."""
    session.execute(
        delete_rows(Allocation).where(
            col(Allocation.invoice_id) == invoice_id, col(Allocation.removed_at).is_not(None)
        )
    )
    lines = select(col(InvoiceLine.id)).where(col(InvoiceLine.invoice_id) == invoice_id)
    session.execute(
        update(CreditNoteLine)
        .where(col(CreditNoteLine.invoice_line_id).in_(lines))
        .values(invoice_line_id=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(CreditNote)
        .where(col(CreditNote.invoice_id) == invoice_id)
        .values(invoice_id=None)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _kept(session: Session, invoice: Invoice) -> dict[str, Any]:
    return {
        "issue_date": invoice.issue_date.isoformat(),
        "customer": invoice.customer,
        "totals": invoice.totals,
        "lines": [
            {"name": line.name, "quantity": str(line.quantity), "amount_minor": line.amount_minor}
            for line in lines_of(session, invoice.id or 0)
        ],
    }
