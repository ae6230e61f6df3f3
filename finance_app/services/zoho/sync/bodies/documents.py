"""Invoices, credit notes, estimates and sales orders: issued ones only, under their own numbers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from finance_app.domain.billing import DiscountOn
from finance_app.domain.money import to_decimal
from finance_app.domain.tax import PriceMode, TaxRounding
from finance_app.integrations.zoho import Product
from finance_app.models import (
    Allocation,
    CreditNote,
    CreditNoteLine,
    Estimate,
    EstimateLine,
    ExpenseClaim,
    Invoice,
    InvoiceLine,
    SalesOrder,
    SalesOrderLine,
    TimeClaim,
)
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import AllocationKind, CreditNoteState, DiscountKind, LineKind
from finance_app.services.invoicing.totals import counts
from finance_app.services.zoho.sync.look import Look, links_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import (
    CREDIT_NOTES,
    ESTIMATES,
    INVOICES,
    SALES_ORDERS,
    First,
    Follow,
    Gone,
    Nothing,
    Place,
    Plan,
    Unfit,
    Wanted,
)

OWN_NUMBER = {"ignore_auto_number_generation": "true"}
TaxId = Any


def head_of(document: DocumentColumns, customer: str, currency: str, number_field: str) -> dict[str, Any]:
    """What every document has, without its lines."""
    return {
        "customer_id": customer,
        "currency_id": currency,
        number_field: document.number,
        "date": document.issue_date.isoformat(),
        "reference_number": document.reference[:50],
        "exchange_rate": document.exchange_rate,
        "notes": document.notes[:5000],
        "is_inclusive_tax": document.price_mode is PriceMode.INCLUSIVE,
        "tax_rounding": "item_level" if document.tax_rounding is TaxRounding.PER_LINE else "entity_level",
    }


def lines_of(
    document: DocumentColumns, lines: Sequence[LineColumns], tax_of: TaxId
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines, each with its exact quantity, and the discount and rounding of the whole.

    Raises Unfit for what a document of Zoho cannot say."""
    priced = [line for line in lines if counts(line) and line.kind is not LineKind.SECTION]
    per_line = any(line.discount_kind for line in priced)
    made = [_line(line, document, tax_of) for line in priced]
    for extra in document.surcharges:
        taxes = [*extra.get("taxes", ()), *(document.taxes if extra.get("taxed", True) else ())]
        made.append(
            {
                "name": str(extra["name"])[:100] or "-",
                "rate": Decimal(str(extra["amount"])),
                "quantity": Decimal(1),
                **_tax(taxes, tax_of),
            }
        )
    if not made:
        raise Unfit("no_lines", number=document.number)
    whole: dict[str, Any] = {"discount_type": "item_level" if per_line else "entity_level"}
    if document.discount_kind is not None:
        if per_line:
            raise Unfit("two_discounts", number=document.number)
        whole |= _discount(document)
    if rounding := document.totals.get("rounding_minor", 0):
        whole["adjustment"] = to_decimal(rounding, document.currency)
    return made, whole


def _line(line: LineColumns, document: DocumentColumns, tax_of: TaxId) -> dict[str, Any]:
    """A quantity below zero becomes a price below zero: Zoho takes the one and not the other."""
    sign = -1 if line.quantity < 0 else 1
    body: dict[str, Any] = {
        "name": (line.name or "-")[:100],
        "description": (line.description if len(line.name) <= 100 else f"{line.name}\n{line.description}")[
            :2000
        ],
        "quantity": line.quantity * sign,
        "rate": line.unit_price * sign,
        **_tax([*line.taxes, *document.taxes], tax_of),
    }
    if line.discount_kind is DiscountKind.PERCENT:
        body["discount"] = f"{line.discount_value}%"
    elif line.discount_kind is DiscountKind.AMOUNT:
        body["discount"] = line.discount_value
    return body


def _tax(taxes: Sequence[Mapping[str, Any]], tax_of: TaxId) -> dict[str, Any]:
    if not taxes:
        return {}
    if len(taxes) > 1:
        raise Unfit("several_taxes", taxes=", ".join(str(each["name"]) for each in taxes))
    return {"tax_id": tax_of(str(taxes[0]["name"]), Decimal(str(taxes[0]["rate"])))}


def _discount(document: DocumentColumns) -> dict[str, Any]:
    on, currency = document.discount_on, document.currency
    inclusive = document.price_mode is PriceMode.INCLUSIVE
    as_priced = on is DiscountOn.PRICES or on is (DiscountOn.GROSS if inclusive else DiscountOn.NET)
    if as_priced:
        amount = document.totals.get("discount_minor", 0)
        return {"discount": to_decimal(amount, currency), "is_discount_before_tax": True}
    if on is DiscountOn.TOTAL:
        amount = document.totals.get("discount_after_tax_minor", 0)
        return {"discount": to_decimal(amount, currency), "is_discount_before_tax": False}
    raise Unfit("discount_basis", number=document.number)


def _document(
    look: Look,
    place: Place,
    document: DocumentColumns,
    lines: list[dict[str, Any]],
    whole: dict[str, Any],
    **more: Any,
) -> Wanted:
    number_field = f"{place.one}_number"
    number = document.number
    customer = look.remote(Module.CONTACT, document.client_id)
    body = {
        **head_of(document, customer, look.currency(document.currency), number_field),
        **whole,
        "line_items": lines,
        **more.pop("body", {}),
    }
    return Wanted(
        place,
        body,
        str(number),
        lambda found: found.get(number_field) == number and found.get("customer_id") in (None, customer),
        {number_field: number},
        OWN_NUMBER,
        adopts=False,
        total=to_decimal(document.total_minor, document.currency),
        **more,
    )


def invoice(look: Look, id: int) -> Plan:
    row = look.session.get(Invoice, id)
    if row is None:
        return Gone(INVOICES)
    if row.issued_at is None or row.number is None:
        return Nothing()
    known = look.link(Module.INVOICE, id)
    void = row.voided_at is not None and not _is_credited(look, id)
    if void and (known is None or not known.attempted_at):
        return Nothing()
    lines = look.session.exec(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id == id)
        .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
    ).all()
    made, whole = lines_of(row, lines, look.tax)
    if not row.voided_at:
        _tie_to_work(look, row, lines, made)
    body: dict[str, Any] = {"due_date": max(row.due_date, row.issue_date).isoformat()}
    return _document(
        look,
        INVOICES,
        row,
        made,
        whole,
        body=body,
        fixed=bool(void and known and known.fingerprint),
        states=("status/void",) if void else ("status/sent",),
        reached={
            "status/void": ("void",),
            "status/sent": ("sent", "viewed", "overdue", "unpaid", "partially_paid", "paid"),
        },
    )


def _is_credited(look: Look, id: int) -> bool:
    """Whether a credit note voids it: then it stays at Zoho too, and the two settle each other there."""
    found = look.session.exec(
        select(CreditNote.id).where(
            CreditNote.invoice_id == id, col(CreditNote.voids_invoice), col(CreditNote.issued_at).is_not(None)
        )
    ).first()
    return found is not None


def _tie_to_work(look: Look, row: Invoice, lines: Sequence[InvoiceLine], made: list[dict[str, Any]]) -> None:
    """Each line names the project, the time entries and the expense that it bills, so that Zoho does not
    offer them again. Raises First while one of them is not there."""
    priced = [line for line in lines if counts(line) and line.kind is not LineKind.SECTION]
    logs: dict[int, list[int]] = defaultdict(list)
    for line_id, log_id in look.session.exec(
        select(TimeClaim.invoice_line_id, TimeClaim.time_log_id)
        .where(TimeClaim.invoice_id == row.id, col(TimeClaim.released_at).is_(None))
        .order_by(col(TimeClaim.time_log_id))
    ):
        logs[line_id or 0].append(log_id)
    every = [log for ids in logs.values() for log in ids]
    known = links_of(look.session, look.sync.id or 0, Module.TIME_LOG, every)
    expenses: dict[int, list[int]] = defaultdict(list)
    for line_id, expense_id in look.session.exec(
        select(ExpenseClaim.invoice_line_id, ExpenseClaim.expense_id)
        .where(ExpenseClaim.invoice_id == row.id, col(ExpenseClaim.released_at).is_(None))
        .order_by(col(ExpenseClaim.expense_id))
    ):
        expenses[line_id or 0].append(expense_id)
    for line, body in zip(priced, made, strict=False):
        if line.project_id:
            body["project_id"] = look.remote(Module.PROJECT, line.project_id)
        entries = []
        for log_id in logs.get(line.id or 0, ()):
            if log_id in known:
                entries.append(known[log_id])
                continue
            found = look.link(Module.TIME_LOG, log_id)
            if found is None or found.minutes != 0:
                raise First(Module.TIME_LOG, log_id)
        if entries:
            body["time_entry_ids"] = entries
        if len(expenses.get(line.id or 0, ())) == 1:
            body["expense_id"] = look.remote(Module.EXPENSE, expenses[line.id or 0][0])


def credit_note(look: Look, id: int) -> Plan:
    row = look.session.get(CreditNote, id)
    if row is None:
        return Gone(CREDIT_NOTES)
    if row.issued_at is None or row.number is None:
        return Nothing()
    lines = look.session.exec(
        select(CreditNoteLine)
        .where(CreditNoteLine.credit_note_id == id)
        .order_by(col(CreditNoteLine.position), col(CreditNoteLine.id))
    ).all()
    made, whole = lines_of(row, lines, look.tax)
    void = row.state is CreditNoteState.VOID
    applied: dict[int, int] = defaultdict(int)
    for each in look.session.exec(
        select(Allocation).where(
            Allocation.credit_note_id == id,
            Allocation.kind == AllocationKind.CREDIT_NOTE,
            col(Allocation.removed_at).is_(None),
        )
    ):
        applied[each.invoice_id] += each.amount_minor
    parts = tuple(
        (look.remote(Module.INVOICE, invoice_id), to_decimal(amount, row.currency))
        for invoice_id, amount in sorted(applied.items())
    )
    return _document(
        look,
        CREDIT_NOTES,
        row,
        made,
        whole,
        states=("status/void",) if void else ("status/open",),
        reached={"status/void": ("void",), "status/open": ("open", "closed")},
        follow=(Follow("credits", parts),),
    )


def estimate(look: Look, id: int) -> Plan:
    row = look.session.get(Estimate, id)
    if row is None:
        return Gone(ESTIMATES)
    if row.issued_at is None or row.number is None:
        return Nothing()
    lines = look.session.exec(
        select(EstimateLine)
        .where(EstimateLine.estimate_id == id)
        .order_by(col(EstimateLine.position), col(EstimateLine.id))
    ).all()
    made, whole = lines_of(row, lines, look.tax)
    expiry = row.expires_on if row.expires_on and row.expires_on >= row.issue_date else None
    body: dict[str, Any] = {"expiry_date": expiry.isoformat()} if expiry else {}
    state = "status/accepted" if row.accepted_at else "status/declined" if row.declined_at else "status/sent"
    return _document(
        look,
        ESTIMATES,
        row,
        made,
        whole,
        body=body,
        states=(state,),
        reached={
            "status/sent": ("sent", "viewed", "expired", "accepted", "declined", "invoiced"),
            "status/accepted": ("accepted", "invoiced"),
            "status/declined": ("declined",),
        },
    )


def sales_order(look: Look, id: int) -> Plan:
    """Zoho Invoice has none."""
    row = look.session.get(SalesOrder, id)
    if look.product is not Product.BOOKS:
        return Nothing()
    if row is None:
        return Gone(SALES_ORDERS)
    if row.issued_at is None or row.number is None:
        return Nothing()
    lines = look.session.exec(
        select(SalesOrderLine)
        .where(SalesOrderLine.sales_order_id == id)
        .order_by(col(SalesOrderLine.position), col(SalesOrderLine.id))
    ).all()
    made, whole = lines_of(row, lines, look.tax)
    return _document(
        look,
        SALES_ORDERS,
        row,
        made,
        whole,
        states=("status/void",) if row.voided_at else ("status/open",),
        reached={"status/void": ("void",), "status/open": ("open", "invoiced", "partially_invoiced")},
    )
