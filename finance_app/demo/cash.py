"""How the demo's clients paid: early, late, in part, too much; what was credited or written off."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col

from finance_app.demo.company import Firm, clock
from finance_app.demo.mails import Sent, write_mails
from finance_app.demo.receivables import Bill, take_number, working_day
from finance_app.documents.email_text import EmailKind
from finance_app.domain.workflow import InvoiceFacts, invoice_state
from finance_app.models import (
    Allocation,
    AuditEvent,
    CreditNote,
    CreditNoteLine,
    Invoice,
    NumberSeries,
    Payment,
    PriceClaim,
    User,
)
from finance_app.models.kinds import AllocationKind, CreditNoteState, InvoiceState, PaymentMethod

UNREAD = ("BRO-02", "COR-02")
"""Projects whose invoices the client takes from the e-mail without opening the link."""


@dataclass(frozen=True)
class Story:
    """Gathers what happened, to be told in the order of time."""

    events: list[dict[str, Any]]
    mails: list[Sent]

    def tell(
        self, who: User | None, invoice: Invoice, action: str, at: Any, after: Any = None, **details: Any
    ) -> None:
        self.events.append(
            {
                "at": at,
                "actor_id": who.id if who else None,
                "actor_name": who.name if who else "",
                "object_kind": "invoice",
                "object_id": invoice.id,
                "action": action,
                "details": {"number": invoice.number, **details} if invoice.number else details,
                "before": {},
                "after": after or {},
            }
        )


def settle(session: Session, firm: Firm, bills: list[Bill], today: date, chance: Random) -> None:
    story = Story([], [])
    owner = firm.users[0]
    issued = [bill for bill in bills if not bill.draft]
    partial = _latest(issued, "ALP-01")
    short = next(bill for bill in issued if bill.work.plan.code == "VSA-01")
    overpaid = _latest(issued, "COR-02", place=-4)
    credited = _latest(issued, "BRO-01", place=-3)
    void = _latest(issued, "HAL-01", place=0)
    for bill in bills:
        manager, invoice = firm.users[bill.work.plan.manager], bill.made
        story.tell(manager, invoice, "drafted", invoice.created_at, lines=len(bill.lines))
        if bill.draft:
            continue
        assert invoice.issued_at is not None
        story.tell(
            manager,
            invoice,
            "issued",
            invoice.issued_at,
            {"number": invoice.number, "total_minor": invoice.total_minor, "currency": invoice.currency},
        )
        story.tell(manager, invoice, "sent", invoice.issued_at, to=invoice.recipients)
        if bill.work.plan.code not in UNREAD and invoice.issued_at.date() < today:
            invoice.viewed_at = invoice.issued_at + timedelta(hours=chance.randint(1, 7), minutes=12)
            story.tell(None, invoice, "viewed", invoice.viewed_at)
        if bill is void:
            _void(session, firm, bill, story)
            continue
        due = working_day(invoice.due_date + timedelta(days=bill.customer.pays_late + chance.randint(-3, 3)))
        if bill is partial:
            _pay(
                session,
                owner,
                invoice,
                invoice.total_minor * 2 // 5,
                max(bill.day, today - timedelta(days=4)),
                story,
            )
        elif due <= today:
            amount = invoice.total_minor
            if bill is credited:
                amount -= _credit(session, firm, bill, invoice.due_date, story)
            if bill is short:
                amount -= 1250
                _write_off(session, owner, invoice, 1250, due, story)
            _pay(session, owner, invoice, amount, due, story, extra=50_000 if bill is overpaid else 0)
        elif invoice.due_date < today:
            reminded = clock(invoice.due_date + timedelta(days=1), 10, 5)
            if reminded.date() <= today:
                story.tell(manager, invoice, "reminded", reminded, to=invoice.recipients)
                story.mails.append(Sent(EmailKind.REMINDER, invoice, manager, reminded))
        if invoice.issue_date >= today - timedelta(days=100):
            story.mails.append(Sent(EmailKind.INVOICE, invoice, manager, invoice.issued_at))
    story.events.sort(key=lambda event: event["at"])
    session.flush()
    session.execute(insert(AuditEvent), story.events)
    write_mails(session, firm, story.mails)
    session.flush()


def _latest(bills: list[Bill], code: str, place: int = -1) -> Bill:
    found = [bill for bill in bills if bill.work.plan.code == code]
    return found[max(place, -len(found))]


def _pay(
    session: Session, owner: User, invoice: Invoice, amount: int, day: date, story: Story, *, extra: int = 0
) -> None:
    at = clock(day, 14, 10)
    payment = Payment(
        client_id=invoice.client_id,
        paid_on=day,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
        amount_minor=amount + extra,
        method=PaymentMethod.BANK_TRANSFER,
        reference=invoice.number or "",
        created_by_id=owner.id,
        created_at=at,
    )
    session.add(payment)
    session.flush()
    _allocate(session, owner, invoice, AllocationKind.PAYMENT, amount, day, payment_id=payment.id)
    story.tell(owner, invoice, "payment_recorded", at, amount_minor=amount, currency=invoice.currency)


def _write_off(session: Session, owner: User, invoice: Invoice, amount: int, day: date, story: Story) -> None:
    _allocate(
        session, owner, invoice, AllocationKind.WRITE_OFF, amount, day, note="Bank fees kept by the payer"
    )
    story.tell(
        owner, invoice, "written_off", clock(day, 14, 5), amount_minor=amount, currency=invoice.currency
    )


def _allocate(
    session: Session, owner: User, invoice: Invoice, kind: AllocationKind, amount: int, day: date, **more: Any
) -> None:
    assert invoice.id is not None
    session.add(
        Allocation(
            invoice_id=invoice.id,
            kind=kind,
            allocated_on=day,
            amount_minor=amount,
            created_by_id=owner.id,
            created_at=clock(day, 14, 10),
            **more,
        )
    )
    invoice.settled_minor += amount
    facts = InvoiceFacts(
        invoice.total_minor, invoice.total_minor - invoice.settled_minor, issued_at=invoice.issued_at
    )
    invoice.state = invoice_state(facts)
    invoice.updated_at = clock(day, 14, 10)


def _credit(session: Session, firm: Firm, bill: Bill, day: date, story: Story) -> int:
    """A credit note for the first line of the invoice, applied to it; its total."""
    invoice = bill.made
    line = bill.lines[0][0]
    tax = line.taxes[0]
    assert tax["rate"] == "0"
    note = _note(session, firm, bill, day, line.amount_minor, 0, [line], "Time recorded twice")
    _allocate(
        session,
        firm.users[0],
        invoice,
        AllocationKind.CREDIT_NOTE,
        note.total_minor,
        day,
        credit_note_id=note.id,
    )
    story.tell(firm.users[0], invoice, "credited", clock(day, 11), {"number": note.number})
    return note.total_minor


def _void(session: Session, firm: Firm, bill: Bill, story: Story) -> None:
    invoice = bill.made
    day = working_day(bill.day + timedelta(days=1))
    _note(
        session, firm, bill, day, invoice.net_minor, invoice.tax_minor, [line for line, _ in bill.lines],
        "Sent before the phase was accepted", voids=True,
    )  # fmt: skip
    invoice.state, invoice.voided_at = InvoiceState.VOID, clock(day, 11)
    invoice.void_reason = "Sent before the phase was accepted"
    invoice.updated_at = invoice.voided_at
    session.execute(
        update(PriceClaim)
        .where(col(PriceClaim.invoice_id) == invoice.id)
        .values(released_at=invoice.voided_at, released_because="credited")
    )
    story.tell(firm.users[0], invoice, "voided", invoice.voided_at, reason=invoice.void_reason)


def _note(
    session: Session,
    firm: Firm,
    bill: Bill,
    day: date,
    net: int,
    tax: int,
    lines: list[Any],
    reason: str,
    *,
    voids: bool = False,
) -> CreditNote:
    """A credit note of whole lines of an invoice, used up by it."""
    invoice = bill.made
    at = clock(day, 11)
    series = session.info.setdefault("credit_notes", {})
    charge = {**invoice.totals["taxes"][0], "base_minor": net, "tax_minor": tax}
    note = CreditNote(
        number=take_number(firm.portal.credit_note_pattern, day, series),
        client_id=invoice.client_id,
        invoice_id=invoice.id,
        title=invoice.title,
        issue_date=day,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
        locale=invoice.locale,
        subtotal_minor=net,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        totals={**invoice.totals, "subtotal_minor": net, "net_minor": net, "tax_minor": tax,
                "total_minor": net + tax, "taxes": [charge]},
        notes=reason,
        company=invoice.company,
        customer=invoice.customer,
        state=CreditNoteState.CLOSED,
        used_minor=net + tax,
        voids_invoice=voids,
        created_by_id=firm.users[0].id,
        created_at=at,
        updated_at=at,
        issued_at=at,
    )  # fmt: skip
    session.add(note)
    session.flush()
    assert note.id is not None
    copied = ("position", "kind", "name", "description", "quantity", "unit", "unit_price", "taxes",
              "amount_minor", "billed_seconds", "tracked_seconds")  # fmt: skip
    for line in lines:
        session.add(
            CreditNoteLine(
                credit_note_id=note.id,
                invoice_line_id=line.id,
                **{name: getattr(line, name) for name in copied},
            )
        )
    return note


def close_series(session: Session) -> None:
    """Keep the last numbers of the credit notes."""
    for name, (last, day) in session.info.pop("credit_notes", {}).items():
        session.add(NumberSeries(name=name, last_number=last, last_date=day))
