"""Payments with what they settle, and refunds."""

from collections import defaultdict
from typing import Any

from sqlmodel import col, select

from finance_app.domain.money import to_decimal
from finance_app.models import Allocation, Invoice, Payment, Refund
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import (
    INVOICES,
    PAYMENTS,
    Follow,
    Gone,
    Nothing,
    Place,
    Plan,
    Wanted,
)

MODES = {
    PaymentMethod.BANK_TRANSFER: "banktransfer",
    PaymentMethod.CARD: "creditcard",
    PaymentMethod.CASH: "cash",
    PaymentMethod.CHECK: "check",
    PaymentMethod.DIRECT_DEBIT: "autotransaction",
    PaymentMethod.OTHER: "others",
}
METHODS = {mode: method for method, mode in MODES.items()} | {"bankremittance": PaymentMethod.BANK_TRANSFER}


def payment_mark(id: int) -> str:
    return f"[M-P{id}]"


def refund_mark(id: int) -> str:
    return f"[M-R{id}]"


def payment(look: Look, id: int) -> Plan:
    """Zoho counts bank charges as received and paid out again, and tax that the client kept back beside what
    it paid of an invoice."""
    row = look.session.get(Payment, id)
    if row is None:
        return Gone(PAYMENTS)
    mark = payment_mark(id)
    customer = look.remote(Module.CONTACT, row.client_id)
    search = {"customer_id": customer, "date": row.paid_on.isoformat()}
    if row.deleted_at:
        return Gone(PAYMENTS, search)
    applied: dict[int, int] = defaultdict(int)
    withheld: dict[int, int] = defaultdict(int)
    charges = 0
    for each in look.session.exec(
        select(Allocation).where(Allocation.payment_id == id, col(Allocation.removed_at).is_(None))
    ):
        if each.kind is AllocationKind.BANK_CHARGES:
            charges += each.amount_minor
        of_kind = withheld if each.kind is AllocationKind.WITHHOLDING else applied
        of_kind[each.invoice_id] += each.amount_minor
    body: dict[str, Any] = {
        "customer_id": customer,
        "payment_mode": MODES[row.method],
        "amount": to_decimal(row.amount_minor + charges, row.currency),
        "bank_charges": to_decimal(charges, row.currency),
        "date": row.paid_on.isoformat(),
        "exchange_rate": row.exchange_rate,
        "reference_number": f"{row.reference.strip()[:80]} {mark}".strip(),
        "description": row.notes[:1000],
        "invoices": [
            {
                "invoice_id": look.remote(Module.INVOICE, invoice_id),
                "amount_applied": to_decimal(applied[invoice_id], row.currency),
                **(
                    {"tax_amount_withheld": to_decimal(withheld[invoice_id], row.currency)}
                    if invoice_id in withheld
                    else {}
                ),
            }
            for invoice_id in sorted({*applied, *withheld})
        ],
    }
    return Wanted(
        PAYMENTS,
        body,
        mark,
        lambda found: str(found.get("reference_number", "")).endswith(mark),
        search,
        adopts=False,
    )


def write_off(look: Look, invoice_id: int) -> Plan:
    """What is given up of an invoice. Zoho gives up all that is left of one, so everything else that settles
    it is there first."""
    row = look.session.get(Invoice, invoice_id)
    settling = look.session.exec(
        select(Allocation).where(Allocation.invoice_id == invoice_id, col(Allocation.removed_at).is_(None))
    ).all()
    given_up = sum(each.amount_minor for each in settling if each.kind is AllocationKind.WRITE_OFF)
    known = look.link(Module.WRITE_OFF, invoice_id)
    if row is None or row.voided_at or (not given_up and known is None):
        return Nothing()
    invoice = look.remote(Module.INVOICE, invoice_id)
    for each in settling:
        if each.payment_id:
            look.remote(Module.PAYMENT, each.payment_id)
        if each.credit_note_id:
            look.remote(Module.CREDIT_NOTE, each.credit_note_id)
    amounts = to_decimal(given_up, row.currency), to_decimal(balance_of(row), row.currency)
    return Wanted(
        INVOICES,
        {},
        f"write-off/{invoice_id}",
        lambda found: found.get("invoice_id") == invoice,
        follow=(Follow("write_off", (invoice, *amounts)),),
    )


def refund(look: Look, id: int) -> Plan:
    """Out of a payment's unused part, or of a credit note."""
    row = look.session.get(Refund, id)
    if row is None:
        return Gone()
    of_note = row.credit_note_id is not None
    module = Module.CREDIT_NOTE if of_note else Module.PAYMENT
    owner = look.remote(module, row.credit_note_id if of_note else row.payment_id or 0)
    place = (
        Place(
            f"/creditnotes/{owner}/refunds", "creditnote_refund", "creditnote_refunds", "creditnote_refund_id"
        )
        if of_note
        else Place(
            f"/customerpayments/{owner}/refunds", "payment_refunds", "payment_refunds", "payment_refund_id"
        )
    )
    if row.removed_at:
        return Gone(place)
    mark = refund_mark(id)
    body: dict[str, Any] = {
        "date": row.refunded_on.isoformat(),
        "refund_mode": MODES[row.method],
        "amount": to_decimal(row.amount_minor, row.currency),
        "reference_number": f"{row.reference.strip()[:80]} {mark}".strip(),
        **({"from_account_id": account} if (account := look.paying_account()) else {}),
    }
    return Wanted(
        place,
        body,
        mark,
        lambda found: str(found.get("reference_number", "")).endswith(mark),
        adopts=False,
        fixed=True,
    )
