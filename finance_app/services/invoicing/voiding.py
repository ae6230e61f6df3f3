"""Voiding an invoice: with its reason, and under strict numbering by a full credit note."""

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.domain.periods import check_open
from finance_app.domain.workflow import InvoiceAction, InvoiceState, require_action
from finance_app.models import Allocation, Invoice
from finance_app.models.columns import now
from finance_app.models.kinds import AllocationKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import state as credit_state
from finance_app.services.invoicing import charging
from finance_app.services.invoicing.drafts import KIND
from finance_app.services.invoicing.editing import locked
from finance_app.services.invoicing.facts import facts_of
from finance_app.services.portal import portal_of, today_in
from finance_app.services.profitability import posting


def void(
    session: Session,
    actor: Actor,
    invoice_id: int,
    reason: str,
    *,
    release_time: bool = True,
    plainly: bool = False,
) -> Invoice:
    """Void an unpaid invoice. Its number stays; its time becomes billable again where `release_time`.

    Under strict numbering the invoice stays as it is and a credit note over all of it cancels it; the two
    settle each other. One of another program's series is voided `plainly`. Raises DomainError where something
    of it is settled, or without a reason.
    """
    invoice = locked(session, actor, invoice_id)
    portal = portal_of(session)
    require_action(InvoiceAction.VOID, facts_of(invoice), today_in(portal), portal.strict_numbering)
    if not reason.strip():
        raise DomainError("invoicing.error.reason", field="reason")
    if portal.strict_numbering and not plainly:
        note = credit_notes.create_full(session, actor, invoice, reason, release_time=release_time)
        invoice = locked(session, actor, invoice_id)
        session.add(
            Allocation(
                invoice_id=invoice_id,
                kind=AllocationKind.CREDIT_NOTE,
                credit_note_id=note.id,
                allocated_on=note.issue_date,
                amount_minor=invoice.total_minor,
                created_by_id=actor.user_id or None,
            )
        )
        note.voids_invoice, note.used_minor = True, note.total_minor
        note.state = credit_state.state_of(note)
        invoice.settled_minor = invoice.total_minor
        posting.post_credit_note(session, note)
    else:
        check_open(invoice.issue_date, portal.closed_until)
        if release_time:
            charging.release_invoice(session, actor, invoice_id, "voided")
        invoice = locked(session, actor, invoice_id)
    invoice.voided_at, invoice.void_reason = now(), reason.strip()[:500]
    invoice.state = InvoiceState.VOID
    invoice.version += 1
    audit.record(session, actor, KIND, invoice_id, "voided", reason=invoice.void_reason)
    posting.post_invoice(session, invoice)
    return invoice
