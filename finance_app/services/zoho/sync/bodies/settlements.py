"""Payments with what they settle, and refunds."""

from collections import defaultdict
from typing import Any

from sqlmodel import col, select

from finance_app.domain.money import to_decimal
from finance_app.models import Allocation, Payment, Refund
from finance_app.models.kinds import AllocationKind, PaymentMethod
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import PAYMENTS, Gone, Place, Plan, Unfit, Wanted

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
    """Zoho counts bank charges as received and paid out again; tax that the client withheld has no place."""
    row = look.session.get(Payment, id)
    if row is None:
        return Gone(PAYMENTS)
    mark = payment_mark(id)
    customer = look.remote(Module.CONTACT, row.client_id)
    search = {"customer_id": customer, "date": row.paid_on.isoformat()}
    if row.deleted_at:
        return Gone(PAYMENTS, search)
    applied: dict[int, int] = defaultdict(int)
    charges = 0
    for each in look.session.exec(
        select(Allocation).where(Allocation.payment_id == id, col(Allocation.removed_at).is_(None))
    ):
        if each.kind is AllocationKind.WITHHOLDING:
            raise Unfit("withheld_tax", tax=to_decimal(each.amount_minor, row.currency))
        if each.kind is AllocationKind.BANK_CHARGES:
            charges += each.amount_minor
        applied[each.invoice_id] += each.amount_minor
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
                "amount_applied": to_decimal(amount, row.currency),
            }
            for invoice_id, amount in sorted(applied.items())
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
