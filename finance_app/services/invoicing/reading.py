"""One invoice as its page shows it: a page of its lines, its state, what may be done, what happened."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import InvoiceAction
from finance_app.models import AuditEvent, Client, Invoice, InvoiceLine
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.document_rights import check_readable
from finance_app.services.invoicing.drafts import KIND
from finance_app.services.invoicing.facts import actions_of, balance_of, displayed_of
from finance_app.services.portal import portal_of, today_in

LINES = 50


@dataclass(frozen=True)
class InvoiceView:
    """Amounts in minor units of the invoice's currency; `lines` are those of `page`."""

    invoice: Invoice
    client: str
    state: str
    actions: frozenset[InvoiceAction]
    strict: bool
    today: date
    zone: ZoneInfo
    balance_minor: int
    settled_minor: int
    lines: list[InvoiceLine]
    line_count: int
    page: int
    pages: int
    events: list[AuditEvent]

    @property
    def document(self) -> Invoice:
        return self.invoice


def view(session: Session, actor: Actor, invoice_id: int, page: int = 1) -> InvoiceView:
    """Raises NotFound."""
    check_readable(session, actor, KIND, invoice_id)
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    portal = portal_of(session)
    day = today_in(portal)
    count = session.execute(
        select(func.count()).select_from(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice_id)
    ).scalar_one()
    pages = max(1, -(-count // LINES))
    page = min(max(page, 1), pages)
    lines = session.execute(
        select(InvoiceLine)
        .where(col(InvoiceLine.invoice_id) == invoice_id)
        .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
        .limit(LINES)
        .offset((page - 1) * LINES)
    ).scalars()
    may = actor.may(Permission.INVOICES_EDIT)
    return InvoiceView(
        invoice=invoice,
        client=session.get_one(Client, invoice.client_id).name,
        state=displayed_of(invoice, day).value,
        actions=actions_of(invoice, portal, day) if may else frozenset(),
        strict=portal.strict_numbering,
        today=day,
        zone=ZoneInfo(portal.time_zone),
        balance_minor=0 if invoice.voided_at else balance_of(invoice),
        settled_minor=invoice.settled_minor,
        lines=list(lines),
        line_count=count,
        page=page,
        pages=pages,
        events=audit.history(session, KIND, invoice_id, 60),
    )
